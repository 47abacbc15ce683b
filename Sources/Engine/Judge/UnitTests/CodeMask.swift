// SPDX-License-Identifier: Apache-2.0

/// Which bytes of a text in a language like C are code, and not comment, text or preprocessor line.
struct CodeMask {
    private let bytes: [UInt8]
    /// The text with everything else made spaces; ends of preprocessor lines are `;`.
    private var code: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        code = bytes
        var i = 0
        var startsLine = true
        func blank(_ from: Int, _ to: Int, _ code: inout [UInt8]) {
            for j in from..<min(to, code.count) where code[j] != 0x0A { code[j] = 0x20 }
        }
        while i < bytes.count {
            let byte = bytes[i]
            let next = i + 1 < bytes.count ? bytes[i + 1] : 0
            var end = i + 1
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "/") {
                while end < bytes.count, bytes[end] != 0x0A { end += 1 }
                blank(i, end, &code)
            } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                end = i + 2
                while end < bytes.count,
                    !(bytes[end] == UInt8(ascii: "/") && bytes[end - 1] == UInt8(ascii: "*") && end > i + 2)
                {
                    end += 1
                }
                end = min(end + 1, bytes.count)
                blank(i, end, &code)
            } else if byte == UInt8(ascii: "#"), startsLine {
                while end < bytes.count, bytes[end] != 0x0A || bytes[end - 1] == UInt8(ascii: "\\") { end += 1 }
                blank(i, end, &code)
                code[end - 1] = UInt8(ascii: ";")
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
                while end < bytes.count, bytes[end] != byte, bytes[end] != 0x0A || byte == UInt8(ascii: "`") {
                    end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
                }
                end = min(end + 1, bytes.count)
                blank(i, end, &code)
            }
            startsLine = byte == 0x0A || (startsLine && (byte == 0x20 || byte == 0x09))
            i = end
        }
    }

    /// How many `{` are not closed.
    var depth: Int {
        code.reduce(0) { $0 + ($1 == UInt8(ascii: "{") ? 1 : $1 == UInt8(ascii: "}") ? -1 : 0) }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
            || byte == 0x24
    }

    /// Words that stand before a call, and never before a declaration.
    private static let control: Set = [
        "assert", "await", "case", "defer", "else", "for", "guard", "if", "in", "loop", "match", "new", "return",
        "switch",
        "throw", "until", "while", "yield",
    ]

    /// The last place where `name` is declared with a body: from the first word behind what ends before it, to the `{`
    /// (in a script, to the end of its first words).
    func declaration(of name: [UInt8], isScript: Bool) -> Range<Int>? {
        var i = code.count - name.count
        while i >= 0 {
            defer { i -= 1 }
            guard code[i..<(i + name.count)].elementsEqual(name), i == 0 || !Self.isName(code[i - 1]),
                i + name.count == code.count || !Self.isName(code[i + name.count])
            else { continue }
            var start = i
            while start > 0, !";{}".utf8.contains(code[start - 1]) { start -= 1 }
            while start < i, code[start] <= 0x20 { start += 1 }
            let before = String(decoding: code[start..<i], as: UTF8.self).split { $0.isWhitespace }
            if isScript {
                // JavaScript may do without semicolons: the words directly before count.
                let word = before.last.map(String.init) ?? ""
                guard ["function", "const", "let", "var", "class", "function*"].contains(word) else { continue }
                var at = i - 1
                while at > 0, code[at - 1] != 0x0A, code[at - 1] != UInt8(ascii: ";"), code[at - 1] != UInt8(ascii: "}")
                { at -= 1 }
                return at..<(i + name.count)
            }
            guard let open = skipSpaces(i + name.count), code[open] == UInt8(ascii: "("), !before.isEmpty,
                before.allSatisfy({ !Self.control.contains(String($0)) }), !before.joined().contains("="),
                !before.joined().contains("(")
            else { continue }
            var depth = 0
            var j = open
            while j < code.count {
                if code[j] == UInt8(ascii: "(") { depth += 1 }
                if code[j] == UInt8(ascii: ")") { depth -= 1 }
                j += 1
                if depth == 0 { break }
            }
            while j < code.count, code[j] != UInt8(ascii: "{"), code[j] != UInt8(ascii: ";") { j += 1 }
            guard j < code.count, code[j] == UInt8(ascii: "{") else { continue }
            return start..<(j + 1)
        }
        return nil
    }

    /// Where the function `name` ends: the place of its closing brace, or of a `return` that is its last statement.
    func lastStatement(of name: [UInt8]) -> Int? {
        guard let place = declaration(of: name, isScript: false) else { return nil }
        var depth = 1
        var close = place.upperBound
        while close < code.count {
            if code[close] == UInt8(ascii: "{") { depth += 1 }
            if code[close] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { break }
            close += 1
        }
        guard close < code.count else { return nil }
        func backOverSpaces(_ from: Int) -> Int {
            var i = from
            while i > place.upperBound, code[i - 1] <= 0x20 { i -= 1 }
            return i
        }
        let last = backOverSpaces(close)
        guard last > place.upperBound else { return close }
        var start = code[last - 1] == UInt8(ascii: ";") ? last - 1 : last
        while start > place.upperBound, !";{}".utf8.contains(code[start - 1]) { start -= 1 }
        while start < last, code[start] <= 0x20 { start += 1 }
        let word = code[start..<last].prefix { Self.isName($0) }
        return word.elementsEqual("return".utf8) ? start : close
    }

    private func skipSpaces(_ from: Int) -> Int? {
        var i = from
        while i < code.count, code[i] <= 0x20 { i += 1 }
        return i < code.count ? i : nil
    }

    /// The text without comments and texts.
    var text: String { String(decoding: code, as: UTF8.self) }
}
