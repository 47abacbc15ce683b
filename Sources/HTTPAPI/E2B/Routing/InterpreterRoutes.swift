// SPDX-License-Identifier: Apache-2.0
import Engine
import Hummingbird

/// Answers what is sent to port 49999 of a computer: the code interpreter.
///
/// The caller has found the computer and has checked the traffic token and, for `/execute`, the access token. When the
/// computer goes, the caller resets the connection; a response body may simply stop or throw then. Errors are plain text
/// (section 4.1 of the wire), so this answers them itself; whatever it throws becomes a 500 without details.
protocol InterpreterRoutes: Sendable {
    /// - Parameters:
    ///   - request: Its `uri.path` is `/execute`, `/contexts`, `/contexts/{id}`, `/contexts/{id}/restart`, `/health` or
    ///     anything else, which is a 404.
    ///   - context: Its `channel` takes a ``ClientWatch``, which tells that the client has gone.
    func respond(to request: Request, computer: any Computer, context: APIContext) async throws -> Response
}
