// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import HummingbirdCore

/// Who may reach which file by a request to `/files`: the holder of the token, or of a signature for exactly this.
struct FileAccess: Sendable {
    let user: ComputerUser

    /// - Throws: ``E2BError`` 401.
    init(_ exchange: DataExchange, query: QueryItems, for operation: FileSignature.Operation) throws(E2BError) {
        let headers = exchange.request.headers
        let token = exchange.computer.accessToken
        if let shown = headers[.accessToken] {
            guard Secret.isEqual(shown, token) else { throw E2BError.tokenNeeded }
        } else {
            try FileSignature(query).check(operation, token: token)
        }
        do {
            let name = query["username"] ?? ""
            user = name.isEmpty ? try RPCCall.user(headers) : try ComputerUser(named: name)
        } catch {
            throw E2BError(.unauthorized, error.message)
        }
    }

    /// The query value `path`, made absolute.
    func path(_ text: String?) throws(E2BError) -> String {
        guard let text, !text.isEmpty else { throw E2BError(.badRequest, "missing path query parameter") }
        do {
            return try user.resolve(text)
        } catch {
            throw E2BError(error)
        }
    }
}
