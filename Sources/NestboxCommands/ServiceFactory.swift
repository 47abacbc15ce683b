// SPDX-License-Identifier: Apache-2.0
import Engine
import Isolation
import NestboxCore

/// Puts the layers together for the commands: the only place that names concrete drivers, engine, store and server.
struct ServiceFactory: ServiceProvider {
    func makeService(_ configuration: ValidConfiguration) async throws -> any NestboxService { throw Self.notLinked }

    func drivers(_ configuration: ValidConfiguration) async throws -> [any IsolationDriver] { throw Self.notLinked }

    func detect(_ text: String, filename: String?, _ configuration: ValidConfiguration) async throws -> LanguageReport {
        throw Self.notLinked
    }

    func serve(
        _ configuration: ValidConfiguration, onListening: @escaping @Sendable (String) async -> Void
    ) async throws {
        throw Self.notLinked
    }

    private static let notLinked = ServiceError(.internalError, "this build has no engine linked")
}
