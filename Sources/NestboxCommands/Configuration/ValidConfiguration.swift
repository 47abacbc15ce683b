// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPAPI
import NestboxCore
import OCIDriver
import Store

/// A configuration whose settings fit together. There is no other way to make one, so nothing below checks them again.
struct ValidConfiguration: Sendable {
    /// Settings that contradict each other. `keys` are the ones to change; the first that was given is to blame.
    struct Conflict: Error, Equatable {
        let keys: [String]
        let message: String
    }

    /// The settings as they were given.
    let settings: NestboxConfiguration
    /// For the HTTP server, with the keys of the setting and of the key file together.
    let server: ServerConfiguration

    var isolation: NestboxConfiguration.Isolation { settings.isolation }
    var languages: NestboxConfiguration.Languages { settings.languages }
    var databasePath: String { settings.engine.database }

    /// - Parameter keysInFile: Reads the keys of `server.api_key_file`, each with its own rules if it has some.
    /// - Throws: ``Conflict`` for the first settings that do not fit, or what `keysInFile` throws.
    init(_ settings: NestboxConfiguration, keysInFile: (String) throws -> [APIKeyEntry]) throws {
        var server = settings.server.http
        for entry in try settings.server.apiKeyFile.map(keysInFile) ?? [] {
            // A key that also stands elsewhere keeps its rules.
            if !server.apiKeys.contains(entry.key) { server.apiKeys.append(entry.key) }
            if let rules = entry.rules { server.keyRules[entry.key] = rules }
        }
        self.settings = settings
        self.server = server
        try Self.check(server)
        try Self.check(settings.engine)
    }

    private static func check(_ server: ServerConfiguration) throws(Conflict) {
        if !server.listen.isLoopback, server.apiKeys.isEmpty {
            throw Conflict(
                keys: ["server.listen"],
                message:
                    "'server.listen' is \(server.listen), which other machines can reach, but there is no API key; "
                    + "set NESTBOX_API_KEY, 'server.api_keys' or 'server.api_key_file', or listen on 127.0.0.1")
        }
        do {
            try server.validate()
        } catch {
            // The server names its settings as the file does.
            let blamed = ["server.\(error.field ?? "listen")", "server.maximum_body_bytes"]
            throw Conflict(keys: blamed, message: error.message)
        }
    }

    private static func check(_ engine: NestboxConfiguration.Engine) throws(Conflict) {
        for field in LimitField.allCases {
            let value = engine.defaultLimits[keyPath: field.keyPath]
            let most = engine.maximumLimits[keyPath: field.keyPath]
            guard value > most else { continue }
            let name = "engine.default_limits.\(field.rawValue)"
            let bound = "engine.maximum_limits.\(field.rawValue)"
            func text(_ value: Int) -> String { field.kind.text(value) ?? "\(value)" }
            throw Conflict(
                keys: [name, bound],
                message:
                    "'\(name)' (\(text(value))) is above '\(bound)' (\(text(most))); lower the one or raise the other")
        }
    }

    var computers: ComputerConfiguration {
        let computers = settings.computers
        return ComputerConfiguration(
            most: computers.most, mostPerOwner: computers.mostPerOwner, creations: settings.engine.concurrency,
            limits: computers.limits, mostTimeoutSeconds: computers.mostTimeout / 1000, directory: computers.directory,
            storedBytes: computers.storedBytes)
    }

    var batches: BatchRetention {
        BatchRetention(
            batches: settings.engine.batchesKept, bytes: settings.engine.batchBytes,
            judgementBytes: settings.engine.judgementBytes)
    }

    private var warm: WarmConfiguration {
        var warm = settings.warm.settings
        // Each was read before, when its setting was.
        warm.zygotes = (try? ZygoteRule.zygotes(warm.zygotes, with: settings.warm.zygotes)) ?? warm.zygotes
        return warm
    }

    var runtimes: [OCIRuntime] {
        // Each was read before, when its setting was.
        (try? RuntimeRule.runtimes(with: settings.isolation.runtimes)) ?? OCIRuntime.builtIn
    }

    /// Driver by template.
    var templateIsolation: [String: String] {
        // Each was read before, when its setting was; the last of a template counts.
        let pairs = settings.isolation.templates.compactMap { try? TemplateRule.pair($0) }
        return Dictionary(pairs.map { ($0.template, $0.driver) }, uniquingKeysWith: { $1 })
    }

    private var policy: CodePolicy {
        func names(_ allowed: [String], _ denied: [String]) -> CodePolicy.Names {
            CodePolicy.Names(allow: allowed.isEmpty ? nil : allowed, deny: denied)
        }
        let policy = settings.policy
        return CodePolicy(
            imports: names(policy.allowedImports, policy.deniedImports),
            calls: names(policy.allowedCalls, policy.deniedCalls),
            packages: names(policy.allowedPackages, policy.deniedPackages), restrictedPython: policy.restrictedPython)
    }

    var engine: EngineConfiguration {
        let engine = settings.engine
        return EngineConfiguration(
            concurrency: engine.concurrency, queueLength: engine.queueLength, defaultLimits: engine.defaultLimits,
            compileLimits: engine.compileLimits, maximumLimits: engine.maximumLimits, collectBytes: engine.collectBytes,
            collectFiles: engine.collectFiles, isolation: settings.isolation.driver,
            templateIsolation: templateIsolation, reportsKept: engine.reportsKept,
            cacheDirectory: engine.cacheDirectory, warm: warm, policy: policy)
    }
}
