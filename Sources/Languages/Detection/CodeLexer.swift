// SPDX-License-Identifier: Apache-2.0

/// Splits text into tokens under the lexical rules of one language, whether or not it is that language.
///
/// Time is linear in the length of the text, for any text.
struct CodeLexer {
    private let bytes: [UInt8]
    private let syntax: Rules
    private var index = 0
    private var line = 1
    private var startsLine = true
    /// Where the last token ended.
    private var endOfLast = -1
    private var tokens: [CodeToken] = []
    /// Names of here-documents whose text begins on the next line.
    private var pendingHeredocs: [ArraySlice<UInt8>] = []
    private var heredocsLeft = 64
    /// Quotes known to be unclosed up to this index, by quote.
    private var unclosed: [[UInt8]: Int] = [:]

    static func tokens(of code: String, syntax: CodeSyntax) -> [CodeToken] {
        var lexer = CodeLexer(bytes: Array(code.utf8), syntax: Rules(syntax))
        lexer.run()
        return lexer.tokens
    }

    private init(bytes: [UInt8], syntax: Rules) {
        self.bytes = bytes
        self.syntax = syntax
        tokens.reserveCapacity(bytes.count / 4)
    }

    /// The rules of a language as bytes.
    private struct Rules {
        var lineComments: [[UInt8]]
        var blockComments: [([UInt8], [UInt8])]
        var strings: [[UInt8]]
        var textBlocks: [[UInt8]]
        var rawStrings: [([UInt8], [UInt8])]
        var characters: [[UInt8]]
        var heredocs: Bool
        /// Whether a byte can begin any of these, so that most bytes need no comparison.
        var begins: [Bool]

        init(_ syntax: CodeSyntax) {
            lineComments = syntax.lineComments.map { Array($0.utf8) }
            blockComments = syntax.blockComments.map { (Array($0.open.utf8), Array($0.close.utf8)) }
            strings = syntax.strings.map { Array($0.utf8) }
            textBlocks = syntax.textBlocks.map { Array($0.utf8) }
            rawStrings = syntax.rawStrings.map { (Array($0.open.utf8), Array($0.close.utf8)) }
            characters = syntax.characters.map { Array($0.utf8) }
            heredocs = syntax.heredocs
            begins = Array(repeating: false, count: 256)
            let marks =
                lineComments + strings + textBlocks + characters + blockComments.map(\.0) + rawStrings.map(\.0)
            for mark in marks { if let first = mark.first { begins[Int(first)] = true } }
        }
    }

    private mutating func run() {
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x0A {
                index += 1
                newLine()
            } else if byte <= 0x20 || byte == 0x7F {
                index += 1
            } else if syntax.begins[Int(byte)], comment() || string() {
                continue
            } else if Self.isWordStart(byte) {
                word()
            } else if Self.isDigit(byte) {
                number()
            } else if syntax.heredocs, heredoc() {
                continue
            } else {
                let length = Operators.length(at: index, in: bytes)
                emit(.punctuation, index..<index + length)
                index += length
            }
        }
    }

    private mutating func emit(_ kind: CodeToken.Kind, _ range: Range<Int>) {
        let text = kind == .string ? "" : String(decoding: bytes[range], as: UTF8.self)
        let isGlued = !startsLine && endOfLast == range.lowerBound
        tokens.append(CodeToken(kind: kind, text: text, line: line, startsLine: startsLine, isGlued: isGlued))
        startsLine = false
        endOfLast = range.upperBound
    }

    private mutating func newLine() {
        line += 1
        startsLine = true
        let names = pendingHeredocs
        pendingHeredocs = []
        for name in names { skipHeredoc(named: name) }
    }

    /// Moves over text that is no code, counting its lines.
    private mutating func skip(to end: Int) {
        for byte in bytes[index..<end] where byte == 0x0A {
            line += 1
            startsLine = true
        }
        index = end
    }

    // MARK: Comments

    private mutating func comment() -> Bool {
        for (open, close) in syntax.blockComments where matches(open, at: index) {
            let anchored = open.first == UInt8(ascii: "=")
            if anchored && !atLineStart(index) { continue }
            let found = find(close, from: index + open.count, atLineStart: anchored)
            let end = found.map { $0 + close.count } ?? bytes.count
            skip(to: anchored ? endOfLine(from: end) : end)
            return true
        }
        for mark in syntax.lineComments where matches(mark, at: index) {
            let needsBlank = mark.first == UInt8(ascii: "#")
            if needsBlank, index > 0, bytes[index - 1] > 0x20 { continue }
            index = endOfLine(from: index)
            return true
        }
        return false
    }

    // MARK: Strings

    private mutating func string() -> Bool {
        for (open, close) in syntax.rawStrings where matches(open, at: index) {
            if unclosed[open] != nil { continue }
            guard let end = find(close, from: index + open.count, atLineStart: false) else {
                unclosed[open] = bytes.count
                continue
            }
            emit(.string, index..<end + close.count)
            skip(to: end + close.count)
            return true
        }
        for quote in syntax.textBlocks where matches(quote, at: index) {
            return quoted(by: quote, spansLines: true)
        }
        for quote in syntax.characters where matches(quote, at: index) {
            guard let end = endOfCharacter(quote) else { return false }
            emit(.string, index..<end)
            index = end
            return true
        }
        for quote in syntax.strings where matches(quote, at: index) {
            return quoted(by: quote, spansLines: false)
        }
        return false
    }

    /// Takes the string that begins here, or the lone quote when none closes it.
    private mutating func quoted(by quote: [UInt8], spansLines: Bool) -> Bool {
        if index < unclosed[quote, default: 0] {
            emit(.broken, index..<index + quote.count)
            index += quote.count
            return true
        }
        var end = index + quote.count
        while end < bytes.count, spansLines || bytes[end] != 0x0A {
            if bytes[end] == UInt8(ascii: "\\") {
                end += 2
            } else if matches(quote, at: end) {
                emit(.string, index..<end + quote.count)
                skip(to: end + quote.count)
                return true
            } else {
                end += 1
            }
        }
        unclosed[quote] = min(end, bytes.count)
        emit(.broken, index..<index + quote.count)
        index += quote.count
        return true
    }

    private func endOfCharacter(_ quote: [UInt8]) -> Int? {
        var end = index + quote.count
        guard end < bytes.count, bytes[end] != 0x0A else { return nil }
        if bytes[end] == UInt8(ascii: "\\") {
            let limit = min(end + 12, bytes.count)
            end += 2
            while end < limit, bytes[end] != 0x0A, !matches(quote, at: end) { end += 1 }
        } else {
            if matches(quote, at: end) { return nil }
            end += 1
            while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        }
        return matches(quote, at: end) ? end + quote.count : nil
    }

    // MARK: Here-documents

    /// Takes `<<NAME`, `<<-NAME`, `<<~NAME`, `<<<NAME` and `<<'NAME'`; a blank may stand before an all-capital name.
    private mutating func heredoc() -> Bool {
        guard heredocsLeft > 0, matches([0x3C, 0x3C], at: index) else { return false }
        var at = index + 2
        while at < bytes.count, [UInt8(ascii: "<"), UInt8(ascii: "-"), UInt8(ascii: "~")].contains(bytes[at]) { at += 1 }
        let blank = at < bytes.count && bytes[at] == 0x20
        if blank { at += 1 }
        var quote: UInt8?
        if at < bytes.count, bytes[at] == UInt8(ascii: "'") || bytes[at] == UInt8(ascii: "\"") {
            quote = bytes[at]
            at += 1
        }
        let start = at
        while at < bytes.count, at - start < 64, Self.isWordByte(bytes[at]) { at += 1 }
        let name = bytes[start..<at]
        guard !name.isEmpty, !Self.isDigit(bytes[start]) else { return false }
        if let quote {
            guard at < bytes.count, bytes[at] == quote else { return false }
            at += 1
        } else if blank, name.contains(where: { (0x61...0x7A).contains($0) }) {
            return false
        }
        heredocsLeft -= 1
        guard heredocEnd(named: name, from: endOfLine(from: at) + 1) != nil else { return false }
        emit(.punctuation, index..<index + 2)
        emit(.string, index + 2..<at)
        pendingHeredocs.append(name)
        index = at
        return true
    }

    private mutating func skipHeredoc(named name: ArraySlice<UInt8>) {
        guard let end = heredocEnd(named: name, from: index) else { return }
        skip(to: end)
        startsLine = true
    }

    /// End of the line that closes a here-document, or nil. `from` is the start of a line.
    private func heredocEnd(named name: ArraySlice<UInt8>, from: Int) -> Int? {
        var start = from
        while start < bytes.count {
            let end = endOfLine(from: start)
            var content = bytes[start..<end]
            while let first = content.first, first == 0x20 || first == 0x09 { content.removeFirst() }
            while let last = content.last, last <= 0x20 || [0x3B, 0x29, 0x2C].contains(last) { content.removeLast() }
            if content.elementsEqual(name) { return end }
            start = end + 1
        }
        return nil
    }

    // MARK: Words and numbers

    private mutating func word() {
        let start = index
        while index < bytes.count, Self.isWordByte(bytes[index]) { index += 1 }
        emit(.word, start..<index)
    }

    private mutating func number() {
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            let isPoint = byte == UInt8(ascii: ".") && index + 1 < bytes.count && Self.isDigit(bytes[index + 1])
            guard Self.isWordByte(byte) || isPoint else { break }
            index += 1
        }
        emit(.number, start..<index)
    }

    // MARK: Bytes

    private func matches(_ mark: [UInt8], at position: Int) -> Bool {
        guard position + mark.count <= bytes.count else { return false }
        for offset in 0..<mark.count where bytes[position + offset] != mark[offset] { return false }
        return true
    }

    private func find(_ mark: [UInt8], from: Int, atLineStart anchored: Bool) -> Int? {
        var position = from
        while position + mark.count <= bytes.count {
            if matches(mark, at: position), !anchored || atLineStart(position) { return position }
            position += 1
        }
        return nil
    }

    private func atLineStart(_ position: Int) -> Bool { position == 0 || bytes[position - 1] == 0x0A }

    private func endOfLine(from position: Int) -> Int {
        var end = min(position, bytes.count)
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        return end
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isWordStart(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte >= 0x80
    }

    private static func isWordByte(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) }
}

/// Punctuation of more than one character, over all languages.
private enum Operators {
    private static let all: [[UInt8]] = [
        "<?php", "===", "!==", "...", ">>>", "<=>", "<<<", "**=", "<<=", ">>=", "??=", "&&=", "||=", "%in%", "%>%", "%%",
        "=>", "->", "<-", ":=", "::", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", ".=",
        "|=", "&=", "^=", "<<", ">>", "**", "//", "/*", "*/", "..", "=~", "!~", "~=", "??", "?.", "?>", "|>", "#!", ";;",
    ].map { Array($0.utf8) }

    /// By first byte, longest first.
    private static let table: [[[UInt8]]] = {
        var table = [[[UInt8]]](repeating: [], count: 256)
        for entry in all { if let first = entry.first { table[Int(first)].append(entry) } }
        return table.map { $0.sorted { $0.count > $1.count } }
    }()

    static func length(at index: Int, in bytes: [UInt8]) -> Int {
        for candidate in table[Int(bytes[index])] where index + candidate.count <= bytes.count {
            if bytes[index..<index + candidate.count].elementsEqual(candidate) { return candidate.count }
        }
        return 1
    }
}
