// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import Isolation
import NestboxCore

/// The drivers that work on this machine, and why the others do not.
struct IsolationChoice: Sendable {
    var drivers: [any IsolationDriver] = []
    var unavailable: [String: IsolationError] = [:]

    /// The driver that a name of the configuration means; see ``StrongestIsolation``.
    ///
    /// - Throws: ``CommandError`` when there is none at all.
    func resolve(_ name: String) throws -> String {
        if let driver = StrongestIsolation.driver(for: name, among: drivers.map(\.name)) { return driver }
        let reasons = unavailable.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        throw CommandError.failure("no isolation driver works on this machine: \(reasons.joined(separator: "; "))")
    }

    /// Makes a sandbox with one driver and removes it again: a server whose every run would fail must not start.
    ///
    /// - Throws: ``CommandError`` when there is no such driver or it does not work.
    func prove(_ name: String) async throws {
        guard let driver = drivers.first(where: { $0.name == name }) else {
            if let reason = unavailable[name] { throw Self.refusal(name, reason) }
            let known = ([StrongestIsolation.word] + drivers.map(\.name) + unavailable.keys).sorted().joined(
                separator: ", ")
            throw CommandError.usage(
                "there is no isolation driver '\(name)'; 'isolation.driver' may be one of: \(known)")
        }
        do {
            let spec = SandboxSpec(id: Identifier.make(prefix: "start"), limits: .standard)
            try await driver.makeSandbox(spec).destroy()
        } catch {
            throw Self.refusal(name, error)
        }
    }

    /// - Throws: ``CommandError`` for a template or an API key whose rules name a driver that this build does not have.
    func checkNames(_ configuration: ValidConfiguration) throws {
        let known = Set([StrongestIsolation.word] + drivers.map(\.name) + unavailable.keys)
        func check(_ names: some Sequence<String>, _ place: String) throws {
            for name in names where !known.contains(name) {
                throw CommandError.usage(
                    "there is no isolation driver '\(name)', which \(place) names; known: \(known.sorted().joined(separator: ", "))"
                )
            }
        }
        try check(configuration.templateIsolation.values, "'isolation.templates'")
        for rules in configuration.server.keyRules.values { try check(rules.isolation ?? [], "an API key's rules") }
    }

    private static func refusal(_ name: String, _ reason: any Error) -> CommandError {
        .failure("no sandbox can be made with the isolation driver '\(name)': \(reason)")
    }
}
