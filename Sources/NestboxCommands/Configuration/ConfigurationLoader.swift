// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Puts a configuration together: command-line options over environment variables over the file over the defaults.
struct ConfigurationLoader: Sendable {
    /// A setting given as an option, such as `--listen`.
    struct Override: Sendable {
        let path: String
        let option: String
        let text: String
    }

    let machine: Machine

    /// - Parameter file: Path of the configuration file; nil means `NESTBOX_CONFIG`, and without that no file.
    /// - Throws: ``ConfigurationError``, or ``CommandError`` when a file cannot be read.
    func load(file: String?, overrides: [Override] = []) throws -> ValidConfiguration {
        var configuration = NestboxConfiguration(defaultsFor: machine)
        var places: [String: ConfigurationPlace] = [:]
        func set(_ key: ConfigurationKey, _ value: RawValue, from place: ConfigurationPlace) throws(ConfigurationError)
        {
            do {
                try key.assign(&configuration, value)
            } catch {
                throw ConfigurationError(place: place, message: "'\(key.path)': \(error.message)")
            }
            places[key.path] = place
        }

        if let path = file ?? machine.environment["NESTBOX_CONFIG"].flatMap({ $0.isEmpty ? nil : $0 }) {
            let bytes = try HostFile.read(path, limit: ConfigurationFile.largest)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ConfigurationError(place: .file(path, line: 1), message: "not UTF-8 text")
            }
            for entry in try ConfigurationFile(text, name: path).entries {
                try set(entry.key, entry.value, from: .file(path, line: entry.line))
            }
        }
        for key in ConfigurationSchema.keys {
            guard let name = key.environment, let text = machine.environment[name], !text.isEmpty else { continue }
            try set(key, RawValue(text, isList: key.isList), from: .environment(name))
        }
        for override in overrides {
            guard let key = ConfigurationSchema.key(override.path) else { continue }
            try set(key, RawValue(override.text, isList: key.isList), from: .option(override.option))
        }

        do {
            return try ValidConfiguration(configuration, keysInFile: { try APIKeyEntry.read($0) })
        } catch let conflict as ValidConfiguration.Conflict {
            let place = conflict.keys.lazy.compactMap { places[$0] }.first ?? .defaults
            throw ConfigurationError(place: place, message: conflict.message)
        }
    }
}

extension RawValue {
    /// A value without quoting; the entries of a list are separated by commas.
    fileprivate init(_ text: String, isList: Bool) {
        if isList {
            self = .list(text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
        } else {
            self = .scalar(text, quoted: false)
        }
    }
}
