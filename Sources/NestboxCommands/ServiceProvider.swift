// SPDX-License-Identifier: Apache-2.0
import Engine
import Isolation
import NestboxCore

/// What the commands need of the layers below. ``ServiceFactory`` is the real one; tests bring their own.
protocol ServiceProvider: Sendable {
    /// A service for one command. It keeps reports in memory only.
    func makeService(_ configuration: ValidConfiguration) async throws -> any NestboxService

    /// Every isolation driver of this build, whether this machine can use it or not.
    func drivers(_ configuration: ValidConfiguration) async throws -> [any IsolationDriver]

    /// Which language a text is written in.
    ///
    /// - Parameter filename: The file's name without directories; nil when the text has none.
    /// - Throws: `RequestError` `ambiguous_language` or `unknown_language` that names the candidates.
    func detect(_ text: String, filename: String?, _ configuration: ValidConfiguration) async throws -> LanguageReport

    /// Who judges many answers on this machine, with everything prepared for it.
    func makeEvalJudge(_ configuration: ValidConfiguration) async throws -> any EvalJudge

    /// Serves the HTTP API until SIGTERM or SIGINT, then drains and returns.
    ///
    /// - Parameter onListening: Called once with the address that is really bound (of port 0, the chosen one).
    func serve(
        _ configuration: ValidConfiguration, onListening: @escaping @Sendable (String) async -> Void
    ) async throws
}
