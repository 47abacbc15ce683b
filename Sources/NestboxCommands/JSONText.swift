// SPDX-License-Identifier: Apache-2.0
import Foundation

/// JSON as the command line prints it: keys sorted, several lines on a terminal, one line on a pipe.
enum JSONText {
    static func render(_ value: some Encodable, terminal: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if terminal { encoder.outputFormatting.insert(.prettyPrinted) }
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        return terminal ? escapingControls(text) : text
    }

    /// The same JSON value with every character that acts on a terminal as an escape. JSON itself asks for that only
    /// below U+0020 (RFC 8259, section 7); the characters concerned can stand in strings only.
    private static func escapingControls(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.value == 0x7f || TerminalSanitizer.acts(scalar) {
                let digits = String(scalar.value, radix: 16)
                output.append(
                    contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars)
            } else {
                output.append(scalar)
            }
        }
        return String(output)
    }
}
