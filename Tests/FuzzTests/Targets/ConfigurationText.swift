// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import NestboxCore

@testable import NestboxCommands

/// The configuration file, and the values that stand in it.
enum ConfigurationText {
    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let kind = input.number(below: 4)
        let text = String(decoding: input.rest, as: UTF8.self)
        if kind == 3 { try quantities(text) } else { try file(text) }
    }

    private static let machine = Machine(environment: ["HOME": "/home/user"], isRoot: false, cores: 2)

    private static func file(_ text: String) throws {
        let lines = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 1
        let file: ConfigurationFile
        do throws(ConfigurationError) {
            file = try ConfigurationFile(text, name: "nestbox.yaml")
        } catch {
            try check(error, lines: lines)
            return
        }
        var configuration = NestboxConfiguration(defaultsFor: machine)
        for entry in file.entries {
            try hold((1...lines).contains(entry.line), "line \(entry.line) of \(lines)")
            do throws(ValueError) {
                try entry.key.assign(&configuration, entry.value)
            } catch {
                try hold(!error.message.isEmpty, "an error says nothing")
            }
        }
        try render(configuration)
        do {
            let valid = try ValidConfiguration(configuration, keysInFile: { _ in [] })
            let listen = valid.server.listen
            try hold(listen.isLoopback || !valid.server.apiKeys.isEmpty, "'\(listen)' is open to everybody")
            try hold(valid.server.apiKeys.allSatisfy { $0.utf8.count >= 16 }, "a short key")
        } catch let conflict as ValidConfiguration.Conflict {
            try hold(!conflict.message.isEmpty && !conflict.keys.isEmpty, "a conflict of nothing")
        }
    }

    private static func check(_ error: ConfigurationError, lines: Int) throws {
        try hold(!error.message.isEmpty, "an error says nothing")
        guard case .file(_, let line) = error.place else { throw FuzzFinding("no file is to blame: \(error)") }
        try hold((1...lines + 1).contains(line), "\(error) is in line \(line) of \(lines)")
    }

    /// What a setting is written as is read as the same.
    private static func render(_ configuration: NestboxConfiguration) throws {
        var again = NestboxConfiguration(defaultsFor: machine)
        for key in ConfigurationSchema.keys {
            guard let text = key.render(configuration) else { continue }
            if key.isList {
                let items = text.dropFirst().dropLast().split(separator: ", ").map(String.init)
                try key.assign(&again, .list(items))
            } else {
                try key.assign(&again, .scalar(text, quoted: false))
            }
            let rendered = key.render(again)
            try hold(rendered == text, "\(key.path): '\(text)' is read as '\(rendered ?? "nothing")'")
        }
    }

    private static func quantities(_ text: String) throws {
        let kinds: [(parse: (String) throws(ValueError) -> Int, text: (Int) -> String)] = [
            ({ (text) throws(ValueError) in try ByteSize.parse(text) }, { ByteSize.text($0) }),
            ({ (text) throws(ValueError) in try TimeText.parse(text) }, { TimeText.text($0) }),
            ({ (text) throws(ValueError) in try CPUCount.parse(text) }, { CPUCount.text($0) }),
        ]
        for kind in kinds {
            guard let value = try? kind.parse(text) else { continue }
            try hold(value >= 0, "'\(text)' is \(value)")
            let written = kind.text(value)
            let again = try kind.parse(written)
            try hold(again == value, "'\(text)' is \(value), '\(written)' is \(again)")
        }
    }
}
