// SPDX-License-Identifier: Apache-2.0

/// Makes the output of an untrusted program safe to show on a terminal.
///
/// Escape sequences can move the cursor over earlier output, set the window title, fill the clipboard or make the
/// terminal type its answer into the shell. Everything that could begin one is shown in a visible form instead: control
/// characters as `^[`, C1 controls and bidirectional overrides as `<U+009B>`, bytes that are not UTF-8 as `\x9b`. Tab,
/// line feed and carriage return pass; a carriage return reaches no further than the line it stands on.
///
/// Characters may be cut anywhere between two pieces: the beginning of one is kept until its end arrives.
struct TerminalSanitizer {
    private var pending: [UInt8] = []

    /// The safe form of everything that is complete after `bytes`.
    mutating func sanitize(_ bytes: [UInt8]) -> [UInt8] {
        let input = pending + bytes
        pending = []
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            let byte = input[index]
            if byte < 0x80 {
                Self.append(ascii: byte, to: &output)
                index += 1
                continue
            }
            switch Self.sequence(in: input, at: index) {
            case .complete(let scalar, let length):
                Self.append(scalar, input[index..<index + length], to: &output)
                index += length
            case .cut:
                pending = Array(input[index...])
                return output
            case .invalid:
                output += Self.hex(byte)
                index += 1
            }
        }
        return output
    }

    /// The safe form of what was kept back; call it at the end of the stream.
    mutating func finish() -> [UInt8] {
        defer { pending = [] }
        return pending.flatMap(Self.hex)
    }

    /// One line of text with every control character made visible, line ends included.
    static func line(_ text: String) -> String {
        var output: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0a, 0x0d: output += [UInt8(ascii: "^"), UInt8(scalar.value) ^ 0x40]
            case 0..<0x80: append(ascii: UInt8(scalar.value), to: &output)
            default: append(scalar, Array(String(scalar).utf8)[...], to: &output)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Text of several lines, made safe as a program's output is.
    static func text(_ text: String) -> String {
        var sanitizer = TerminalSanitizer()
        return String(decoding: sanitizer.sanitize(Array(text.utf8)) + sanitizer.finish(), as: UTF8.self)
    }

    /// Whether a scalar acts on the terminal, or on the order of the text around it, instead of being shown.
    static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x80...0x9f: true  // C1: U+009B begins a sequence as ESC [ does
        case 0x202a...0x202e, 0x2066...0x2069: true  // bidirectional embeddings, overrides and isolates (UAX 9)
        case 0x2028, 0x2029: true  // line and paragraph separators
        default: false
        }
    }

    private static func append(ascii byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case 0x09, 0x0a, 0x0d, 0x20...0x7e: output.append(byte)
        default: output += [UInt8(ascii: "^"), byte ^ 0x40]  // ESC is ^[ and DEL is ^?
        }
    }

    private static func append(_ scalar: Unicode.Scalar, _ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard acts(scalar) else {
            output += bytes
            return
        }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        output += "<U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)>".utf8
    }

    private static func hex(_ byte: UInt8) -> [UInt8] {
        Array("\\x\(String(byte >> 4, radix: 16))\(String(byte & 15, radix: 16))".utf8)
    }

    private enum Sequence {
        case complete(Unicode.Scalar, length: Int)
        /// The bytes so far may be the beginning of a character.
        case cut
        case invalid
    }

    /// The character that begins with the byte at `index`, which is not ASCII. Well-formed ranges: Unicode 16, table 3-7.
    private static func sequence(in input: [UInt8], at index: Int) -> Sequence {
        let first = input[index]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch first {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return .invalid
        }
        var value = UInt32(first) & (0x7f >> UInt32(length))
        for offset in 1..<length {
            guard index + offset < input.count else { return .cut }
            let byte = input[index + offset]
            guard (offset == 1 ? second : 0x80...0xbf).contains(byte) else { return .invalid }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        guard let scalar = Unicode.Scalar(value) else { return .invalid }
        return .complete(scalar, length: length)
    }
}
