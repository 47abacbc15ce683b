// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import NestboxCommands

@Suite struct TerminalSanitizerTests {
    @Test(arguments: [
        ("plain text\n\ttab\r\n", "plain text\n\ttab\r\n"),
        ("héllo, 世界 🌍", "héllo, 世界 🌍"),
        ("\u{1b}[2J\u{1b}[H", "^[[2J^[[H"),  // clear the screen
        ("\u{1b}]0;title\u{07}", "^[]0;title^G"),  // window title
        ("\u{1b}]52;c;cm0gLXJm\u{1b}\\", "^[]52;c;cm0gLXJm^[\\"),  // clipboard
        ("\u{1b}P+q544e\u{1b}\\", "^[P+q544e^[\\"),  // device control string
        ("\u{9b}31mred", "<U+009B>31mred"),  // CSI as one character
        ("\u{90}x\u{9c}", "<U+0090>x<U+009C>"),
        ("a\u{08}b\u{7f}\0", "a^Hb^?^@"),
        ("\u{202e}evil\u{202c}", "<U+202E>evil<U+202C>"),
        ("\u{2066}x\u{2069}", "<U+2066>x<U+2069>"),
        ("progress 10%\rprogress 20%", "progress 10%\rprogress 20%"),
    ])
    func showsWhatWouldActOnTheTerminal(text: String, safe: String) {
        #expect(TerminalSanitizer.text(text) == safe)
    }

    @Test(
        arguments: [
            ([0xff, 0x61], "\\xffa"),
            ([0x9b, 0x33, 0x31, 0x6d], "\\x9b31m"),  // CSI in an 8-bit terminal
            ([0xc0, 0x9b], "\\xc0\\x9b"),  // overlong
            ([0xe0, 0x82, 0x9b], "\\xe0\\x82\\x9b"),
            ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),  // a surrogate
            ([0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),  // above U+10FFFF
            ([0xe2, 0x82], "\\xe2\\x82"),  // cut off at the end
            ([0xe2, 0x82, 0x61], "\\xe2\\x82a"),
        ] as [([UInt8], String)])
    func showsBytesThatAreNotUTF8(bytes: [UInt8], safe: String) {
        var sanitizer = TerminalSanitizer()
        #expect(String(decoding: sanitizer.sanitize(bytes) + sanitizer.finish(), as: UTF8.self) == safe)
    }

    /// However output is cut into pieces, nothing slips through the cut.
    @Test func givesTheSameForEveryCut() {
        let bytes = Array("a\u{1b}[2J世\u{9b}é🌍\u{202e}".utf8) + [0xe2, 0x28, 0xf0, 0x9f, 0x8c]
        var whole = TerminalSanitizer()
        let expected = whole.sanitize(bytes) + whole.finish()
        for cut in 0...bytes.count {
            for second in cut...bytes.count {
                var sanitizer = TerminalSanitizer()
                var output = sanitizer.sanitize(Array(bytes[..<cut]))
                output += sanitizer.sanitize(Array(bytes[cut..<second]))
                output += sanitizer.sanitize(Array(bytes[second...]))
                output += sanitizer.finish()
                #expect(output == expected, "cut at \(cut) and \(second)")
            }
        }
    }

    /// No byte sequence may produce an escape, a C1 control or broken UTF-8.
    @Test func neverLetsAControlThrough() {
        var generator = SplitMix(state: 42)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                [0x1b, 0x9b, 0xc2, 0xe2, 0x80, 0xaa, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            var sanitizer = TerminalSanitizer()
            let output = sanitizer.sanitize(bytes) + sanitizer.finish()
            guard let text = String(validating: output, as: UTF8.self) else {
                Issue.record("not UTF-8 for \(bytes)")
                continue
            }
            let acting = text.unicodeScalars.contains {
                TerminalSanitizer.acts($0) || $0.value == 0x7f || ($0.value < 0x20 && ![9, 10, 13].contains($0.value))
            }
            #expect(!acting, "\(bytes)")
        }
    }

    @Test func keepsALineOnALine() {
        #expect(TerminalSanitizer.line("a\nnestbox: all is well\r\u{1b}[A") == "a^Jnestbox: all is well^M^[[A")
    }
}

/// A generator with a fixed sequence, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite struct JSONTextTests {
    private struct Sample: Encodable {
        let zeta = "a/b"
        let alpha = "\u{9b}31m\u{7f}\u{202e}\u{1b}世"
    }

    @Test func isOneSortedLineOnAPipe() throws {
        #expect(
            try JSONText.render(Sample(), terminal: false)
                == "{\"alpha\":\"\u{9b}31m\u{7f}\u{202e}\\u001b世\",\"zeta\":\"a/b\"}")
    }

    @Test func isPrettyAndHarmlessOnATerminal() throws {
        let text = try JSONText.render(Sample(), terminal: true)
        #expect(text.contains("\n"))
        #expect(text.contains("\"\\u009b31m\\u007f\\u202e\\u001b世\""))
        let decoded = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        #expect(decoded["alpha"] == Sample().alpha)
    }
}

@Suite struct TextStyleTests {
    @Test(
        arguments: [
            (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true),
            (true, ["TERM": "dumb"], false),
        ] as [(Bool, [String: String], Bool)])
    func coloursOnlyTerminalsThatWantIt(terminal: Bool, environment: [String: String], coloured: Bool) {
        let text = TextStyle(terminal: terminal, environment: environment)(.red, "x")
        #expect(text == (coloured ? "\u{1b}[31mx\u{1b}[0m" : "x"))
    }
}
