// SPDX-License-Identifier: Apache-2.0
import Engine
import NestboxCore

/// A configuration whose settings fit together. There is no other way to make one, so nothing below checks them again.
struct ValidConfiguration: Sendable {
    /// Settings that contradict each other. `key` is the one to change.
    struct Conflict: Error, Equatable {
        let key: String
        let message: String
    }

    /// The settings as they were given.
    let settings: NestboxConfiguration
    /// Keys of the setting and of the key file together; empty: clients need none.
    let apiKeys: [String]

    var server: NestboxConfiguration.Server { settings.server }
    var isolation: NestboxConfiguration.Isolation { settings.isolation }
    var languages: NestboxConfiguration.Languages { settings.languages }
    var databasePath: String { settings.engine.database }

    /// - Parameter keysInFile: Reads the keys of `server.api_key_file`.
    /// - Throws: ``Conflict`` for the first pair of settings that do not fit, or what `keysInFile` throws.
    init(_ settings: NestboxConfiguration, keysInFile: (String) throws -> [String]) throws {
        self.settings = settings
        apiKeys = settings.server.apiKeys + (try settings.server.apiKeyFile.map(keysInFile) ?? [])
        if !settings.server.listen.isLocal, apiKeys.isEmpty {
            throw Conflict(
                key: "server.listen",
                message:
                    "'server.listen' is \(settings.server.listen), which other machines can reach, but there is no API "
                    + "key; set NESTBOX_API_KEY, 'server.api_keys' or 'server.api_key_file', or listen on 127.0.0.1")
        }
        for field in LimitField.allCases {
            let value = settings.engine.defaultLimits[keyPath: field.keyPath]
            let most = settings.engine.maximumLimits[keyPath: field.keyPath]
            guard value > most else { continue }
            let name = "engine.default_limits.\(field.rawValue)"
            let bound = "engine.maximum_limits.\(field.rawValue)"
            func text(_ value: Int) -> String { field.kind.text(value) ?? "\(value)" }
            throw Conflict(
                key: settings.engine.defaultLimits[keyPath: field.keyPath] == Limits.standard[keyPath: field.keyPath]
                    ? bound : name,
                message:
                    "'\(name)' (\(text(value))) is above '\(bound)' (\(text(most))); lower the one or raise the other")
        }
    }

    var engine: EngineConfiguration {
        let engine = settings.engine
        return EngineConfiguration(
            concurrency: engine.concurrency, queueLength: engine.queueLength, defaultLimits: engine.defaultLimits,
            compileLimits: engine.compileLimits, maximumLimits: engine.maximumLimits, collectBytes: engine.collectBytes,
            collectFiles: engine.collectFiles, isolation: settings.isolation.driver, reportsKept: engine.reportsKept,
            cacheDirectory: engine.cacheDirectory)
    }
}
