// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPAPI
import Logging
import Synchronization

@testable import NestboxCommands

/// Text of programs and clients on its way to a terminal or a log.
enum TerminalText {
    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let seed = input.byte()
        let output = Array(input.rest)
        let text = String(decoding: output, as: UTF8.self)
        try program(output, seed: seed)
        try line(text)
        try json(text)
        try log(text)
    }

    /// C0, DEL, C1, line separators, and what turns the direction of text around.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func program(_ bytes: [UInt8], seed: UInt8) throws {
        var whole = TerminalSanitizer()
        let safe = whole.sanitize(bytes) + whole.finish()
        var cut = TerminalSanitizer()
        let pieces = FuzzInput.pieces(of: bytes, seed: seed).flatMap { cut.sanitize($0) } + cut.finish()
        try hold(safe == pieces, "in pieces, \(safe) becomes \(pieces)")
        guard let shown = String(validating: safe, as: UTF8.self) else { throw FuzzFinding("\(safe) is not UTF-8") }
        try hold(!shown.unicodeScalars.contains { isControl($0) && !"\t\n\r".unicodeScalars.contains($0) }, "\(safe)")
        try hold(TerminalSanitizer.text(shown).utf8.elementsEqual(safe), "what is safe is changed again: \(safe)")
        let isHarmless = String(validating: bytes, as: UTF8.self).map { text in
            !text.unicodeScalars.contains { isControl($0) && !"\t\n\r".unicodeScalars.contains($0) }
        }
        if isHarmless == true { try hold(safe == bytes, "harmless text is changed: \(bytes)") }
    }

    private static func line(_ text: String) throws {
        let line = TerminalSanitizer.line(text)
        try hold(!line.unicodeScalars.contains { isControl($0) && $0 != "\t" }, "\(Array(line.utf8))")
        let table = TextTable(header: ["a", "b"], rows: [[TextTable.Cell(text), TextTable.Cell("x")]])
        let style = TextStyle(terminal: false, environment: [:])
        for row in table.lines(style) {
            try hold(!row.unicodeScalars.contains { isControl($0) && $0 != "\t" }, "\(Array(row.utf8))")
        }
    }

    private static func json(_ text: String) throws {
        let json = try JSONText.render([text: text], terminal: true)
        try hold(!json.unicodeScalars.contains { isControl($0) && $0 != "\n" }, "\(Array(json.utf8))")
        let read = try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
        try hold(read.values.first.map { Array($0.utf8) } == Array(text.utf8), "\(json) is not \(text)")
    }

    private static func log(_ text: String) throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: text) { label in
            JSONLogHandler(label: label, write: { line in lines.withLock { $0.append(line) } })
        }
        logger.error("\(text)", metadata: ["a": "\(text)", "b": ["\(text)", "c"], "key \(text)": "d"])
        let line = lines.withLock { $0.joined() }
        try hold(line.utf8.last == 0x0A, "a line without an end")
        let separators = line.unicodeScalars.dropLast().contains { scalar in
            isControl(scalar) && !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
        }
        try hold(!separators, "\(Array(line.utf8))")
        let entry = try JSONDecoder().decode(LogEntry.self, from: Data(line.utf8))
        for logged in [entry.logger, entry.message, entry.metadata.a, entry.metadata.b.first ?? ""] {
            try hold(Array(logged.utf8) == Array(text.utf8), "\(Array(logged.utf8)) was logged for \(Array(text.utf8))")
        }
    }

    private struct LogEntry: Decodable {
        struct Metadata: Decodable {
            var a: String
            var b: [String]
        }

        var logger: String
        var message: String
        var metadata: Metadata
    }
}
