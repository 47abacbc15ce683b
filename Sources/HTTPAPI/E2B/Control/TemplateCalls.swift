// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NestboxCore

/// What there is of templates: whether one exists, and the deleting of snapshots. Building them is not here yet.
struct TemplateCalls: Sendable {
    private static let builtIn = ["base", "code-interpreter-v1"]

    private let call: ControlCall

    init(_ call: ControlCall) { self.call = call }

    /// - Parameter path: Begins with `templates` or `default-templates`.
    /// - Returns: nil when there is no such call.
    func respond(version: String?, path: [String]) async throws -> Response? {
        switch (call.method, path.count) {
        case (.get, 1): return try await list()
        case (.get, 3) where path[1] == "aliases": return try await alias(path[2])
        case (.get, 2): return try await template(path[1])
        case (.delete, 2) where path[1] != "tags": return try await delete(path[1])
        default: break
        }
        // Reading the body keeps the connection, which a client will use to go on.
        _ = try await call.body()
        if path.contains("tags") { throw E2BError.unavailable("template tags") }
        throw E2BError.unavailable("template builds")
    }

    private struct Alias: Encodable {
        var templateID: String
        var `public`: Bool
    }

    private func alias(_ name: String) async throws -> Response {
        guard await call.service.hasTemplate(name, owner: call.owner) else {
            throw E2BError.noAccess(name, name: "Template")
        }
        return try JSONOutput.response(Alias(templateID: name, public: Self.builtIn.contains(name)))
    }

    private func delete(_ id: String) async throws -> Response {
        do {
            try await call.service.deleteSnapshot(id, owner: call.owner)
        } catch {
            guard error.code == .notFound else { throw error }
            if Self.builtIn.contains(id) {
                throw E2BError(.forbidden, "template '\(id)' is built in and cannot be deleted")
            }
            throw E2BError.noAccess(id, name: "Template")
        }
        return call.noContent()
    }

    private func list() async throws -> Response {
        var names: [String] = []
        for name in Self.builtIn where await call.service.hasTemplate(name, owner: call.owner) { names.append(name) }
        return try JSONOutput.response(names.map(Template.init))
    }

    private func template(_ name: String) async throws -> Response {
        guard await call.service.hasTemplate(name, owner: call.owner) else {
            throw E2BError.noAccess(name, name: "Template")
        }
        return try JSONOutput.response(Template(name))
    }

    private struct Template: Encodable {
        var templateID: String
        var buildID: String
        var cpuCount = 0
        var memoryMB = 0
        var diskSizeMB = 0
        var `public` = true
        var aliases: [String]
        var names: [String]
        var createdAt = Self.beginning
        var updatedAt = Self.beginning
        var spawnCount = 0
        var buildCount = 1
        var envdVersion = SandboxAnswer.envdVersion
        var buildStatus = "ready"

        /// Built-in templates are as old as the server.
        private static let beginning = "1970-01-01T00:00:00Z"

        init(_ name: String) {
            templateID = name
            // Clients want a UUID; this one says which template it is of.
            let digest = SHA256.hexadecimal(name.utf8)
            let cuts = [0, 8, 12, 16, 20, 32]
            buildID = zip(cuts, cuts.dropFirst())
                .map { String(digest.dropFirst($0).prefix($1 - $0)) }.joined(separator: "-")
            aliases = [name]
            names = [name]
        }
    }
}
