// SPDX-License-Identifier: Apache-2.0

/// Splits a text into tokens without knowing its language, as the classifier was trained to see them.
///
/// `scripts/support/detect/tokens.py` does the same for training; a test holds both to the same answers. Comments lose their
/// text where their marks are unmistakable, strings lose theirs, numbers keep only their form. Time is linear in the length
/// of the text but for strings, of which at most 2,000 bytes are looked at from each quote.
struct TextTokens {
    struct Token {
        /// Where the token's text lies in ``TextTokens/pool``.
        var range: Range<Int>
        /// Whether it stands right behind the token before it in its line.
        var isGlued: Bool
        var isNewline: Bool
        var isWord: Bool
        /// The blanks before the first token of a line.
        var indentation = Indentation()
    }

    struct Indentation {
        /// A tab takes 8.
        var columns = 0
        var hasTab = false
    }

    /// Bytes at the start of a text that are looked at.
    static let window = 16 << 10
    private static let longestWord = 32
    private static let longestString = 2000
    private static let longestIndentation = 64

    private(set) var pool: [UInt8] = []
    private(set) var tokens: [Token] = []
    private let text: [UInt8]
    private var index = 0
    /// Where the token that is being read begins.
    private var begin = 0
    private var startsLine = true
    private var glued = false
    /// The name of a here-document whose text begins on the next line.
    private var here: ArraySlice<UInt8>?
    private var hereLeft = 16
    /// Closing marks known not to come any more.
    private var missing: Set<[UInt8]> = []

    init(_ code: String) {
        text = Self.plainLines(code.utf8)
        pool.reserveCapacity(text.count)
        tokens.reserveCapacity(text.count / 3)
        while index < text.count { next() }
    }

    /// The start of a text with `\n` for every line end.
    private static func plainLines(_ bytes: String.UTF8View) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(min(bytes.count, window))
        var afterReturn = false
        for byte in bytes {
            if result.count == window { break }
            if byte == 0x0A, afterReturn {
                afterReturn = false
                continue
            }
            afterReturn = byte == 0x0D
            result.append(afterReturn ? 0x0A : byte)
        }
        return result
    }

    private mutating func next() {
        begin = index
        let byte = text[index]
        if byte == 0x0A {
            if let last = tokens.last, !last.isNewline {
                tokens.append(Token(range: 0..<0, isGlued: false, isNewline: true, isWord: false))
            }
            startsLine = true
            index += 1
            if let name = here {
                here = nil
                skipHere(named: name)
            }
        } else if ByteKind.isBlank(byte) {
            while index < text.count, ByteKind.isBlank(text[index]) { index += 1 }
            glued = false
        } else if ByteKind.isWordStart(byte) {
            word()
        } else if ByteKind.isDigit(byte) {
            number()
        } else if byte >= 0x80 {
            while index < text.count, text[index] >= 0x80 { index += 1 }
            add("U")
        } else if beginsHere() || tripleQuote(byte) || block() || pod() || comment() || string(byte) {
            return
        } else if ByteKind.isOperator(byte) {
            var length = 1
            while length < 3, index + length < text.count, ByteKind.isOperator(text[index + length]) { length += 1 }
            add(text[index..<index + length])
            index += length
        } else {
            add(text[index...index])
            index += 1
        }
    }

    private mutating func add(_ bytes: some Collection<UInt8>, isWord: Bool = false) {
        let start = pool.count
        pool.append(contentsOf: bytes)
        tokens.append(
            Token(
                range: start..<pool.count, isGlued: glued && !startsLine, isNewline: false, isWord: isWord,
                indentation: startsLine ? indentation() : Indentation()))
        startsLine = false
        glued = true
    }

    private func indentation() -> Indentation {
        var result = Indentation()
        var at = begin
        while at > max(begin - Self.longestIndentation, 0), text[at - 1] == 0x20 || text[at - 1] == 0x09 {
            at -= 1
            result.columns += text[at] == 0x09 ? 8 : 1
            result.hasTab = result.hasTab || text[at] == 0x09
        }
        return result
    }

    private mutating func add(_ token: StaticString) {
        token.withUTF8Buffer { add($0) }
    }

    // MARK: Words and numbers

    private mutating func word() {
        let start = index
        while index < text.count, ByteKind.isWord(text[index]) { index += 1 }
        let value = text[start..<index].prefix(Self.longestWord)
        // A run of bytes beyond ASCII is called U as well.
        add(value, isWord: !(value.count == 1 && value.first == UInt8(ascii: "U")))
    }

    /// A number is `0`, `0.` with a fraction, and up to three bytes of what is glued to it (`0f`, `0.e9`, `0x~`).
    private mutating func number() {
        while index < text.count, ByteKind.isDigit(text[index]) { index += 1 }
        var form: [UInt8] = [UInt8(ascii: "0")]
        if index + 1 < text.count, text[index] == UInt8(ascii: "."), ByteKind.isDigit(text[index + 1]) {
            form.append(UInt8(ascii: "."))
            index += 1
            while index < text.count, ByteKind.isDigit(text[index]) { index += 1 }
        }
        let start = index
        while index < text.count, ByteKind.isWord(text[index]) { index += 1 }
        let suffix = text[start..<index]
        form += suffix.count <= 3 ? suffix : suffix.prefix(1) + [UInt8(ascii: "~")]
        add(form)
    }

    // MARK: Comments

    private mutating func tripleQuote(_ byte: UInt8) -> Bool {
        guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), index + 2 < text.count, text[index + 1] == byte,
            text[index + 2] == byte
        else { return false }
        let mark = [byte, byte, byte]
        let end = end(of: mark, from: index + 3)
        add(mark)
        index = end ?? index + 3
        return true
    }

    private static let blocks: [(open: [UInt8], close: [UInt8])] = [
        ("/*", "*/"), ("{-", "-}"), ("#|", "|#"), ("--[[", "]]"), ("<!--", "-->"),
    ].map { (Array($0.utf8), Array($1.utf8)) }

    private mutating func block() -> Bool {
        for (open, close) in Self.blocks where has(open, at: index) {
            guard let end = end(of: close, from: index + open.count) else { continue }
            add(open)
            index = end
            return true
        }
        guard has([UInt8(ascii: "("), UInt8(ascii: "*")], at: index), index + 2 < text.count,
            [UInt8(ascii: " "), UInt8(ascii: "*"), 0x0A].contains(text[index + 2]),
            let end = end(of: [UInt8(ascii: "*"), UInt8(ascii: ")")], from: index + 2)
        else { return false }
        add("(*")
        index = end
        return true
    }

    /// `=begin` and `=pod` at the start of a line, up to `=end` or `=cut`.
    private mutating func pod() -> Bool {
        guard startsLine, text[index] == UInt8(ascii: "="), index == 0 || text[index - 1] == 0x0A,
            index + 1 < text.count, (0x61...0x7A).contains(text[index + 1])
        else { return false }
        let stops = ["\n=cut", "\n=end"].compactMap { find(Array($0.utf8), from: index) }
        add("=pod")
        index = stops.min().map { $0 + 5 } ?? text.count
        return true
    }

    private mutating func comment() -> Bool {
        var length = startsLine ? CommentMark.atLineStart(text, index) : nil
        if length == nil, index > 0, ByteKind.isBlank(text[index - 1]) {
            length = CommentMark.behindCode(text, index)
        }
        guard let length else { return false }
        add(text[index..<index + length] + [UInt8(ascii: startsLine ? "c" : "t")])
        while index < text.count, text[index] != 0x0A { index += 1 }
        return true
    }

    // MARK: Strings

    private mutating func string(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""):
            guard let end = endOfString(byte, escapes: true) else { return false }
            let content = text[index + 1..<end - 1]
            add([byte] + Self.interpolation(in: content))
            index = end
        case UInt8(ascii: "'"):
            guard let end = endOfString(byte, escapes: true), end == text.count || !ByteKind.isWord(text[end]) else {
                return false
            }
            if index > 0, ByteKind.isWord(text[index - 1]) { return false }
            let length = end - index
            let isCharacter = length == 3 || length == 4 && text[index + 1] == UInt8(ascii: "\\")
            add(isCharacter ? "'c'" : "'s'")
            index = end
        case UInt8(ascii: "`"):
            guard let end = endOfString(byte, escapes: false) else { return false }
            add("``")
            index = end
        default: return false
        }
        return true
    }

    /// The first kind of interpolation that a string has; a quote when it has none.
    private static func interpolation(in content: ArraySlice<UInt8>) -> [UInt8] {
        for mark in marks where content.contains(mark) { return mark }
        return [UInt8(ascii: "\"")]
    }

    private static let marks = ["#{", "${", "\\(", "$", "%", "{"].map { Array($0.utf8) }

    /// Index behind the closing quote in the same line.
    private func endOfString(_ quote: UInt8, escapes: Bool) -> Int? {
        var at = index + 1
        var length = 0
        while at < text.count, text[at] != 0x0A {
            if text[at] == quote { return at + 1 }
            guard length < Self.longestString else { return nil }
            length += 1
            if escapes, text[at] == UInt8(ascii: "\\") {
                guard at + 1 < text.count, text[at + 1] != 0x0A else { return nil }
                at += 1
            }
            at += 1
        }
        return nil
    }

    // MARK: Here-documents

    /// `<<NAME`, `<<-NAME`, `<<~NAME` and `<<'NAME'` with a name in capitals. The text is left out when its end is there.
    private mutating func beginsHere() -> Bool {
        guard text[index] == UInt8(ascii: "<"), here == nil, hereLeft > 0, has(Array("<<".utf8), at: index) else {
            return false
        }
        var at = index + 2
        if at < text.count, text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "~") { at += 1 }
        var quote: UInt8?
        if at < text.count, text[at] == UInt8(ascii: "'") || text[at] == UInt8(ascii: "\"") {
            quote = text[at]
            at += 1
        }
        let start = at
        while at < text.count, at - start < 31, Self.isNameByte(text[at], first: at == start) { at += 1 }
        let name = text[start..<at]
        guard !name.isEmpty else { return false }
        if let quote {
            guard at < text.count, text[at] == quote else { return false }
            at += 1
        }
        guard at == text.count || !ByteKind.isWord(text[at]) else { return false }
        hereLeft -= 1
        here = name
        add("<<H")
        index = at
        return true
    }

    private static func isNameByte(_ byte: UInt8, first: Bool) -> Bool {
        (0x41...0x5A).contains(byte) || !first && (ByteKind.isDigit(byte) || byte == 0x5F)
    }

    /// Moves to the end of the line that ends a here-document; stays when there is none.
    private mutating func skipHere(named name: ArraySlice<UInt8>) {
        var at = index
        while at < text.count {
            var end = at
            while end < text.count, text[end] != 0x0A { end += 1 }
            let isPadding = { (byte: UInt8) in " \t;),".utf8.contains(byte) }
            let line = text[at..<end].drop(while: isPadding)
            if line.prefix(name.count).elementsEqual(name), line.dropFirst(name.count).allSatisfy(isPadding) {
                index = end
                return
            }
            at = end + 1
        }
    }

    // MARK: Searching

    private func has(_ mark: [UInt8], at position: Int) -> Bool {
        guard position + mark.count <= text.count else { return false }
        for offset in mark.indices where text[position + offset] != mark[offset] { return false }
        return true
    }

    private func find(_ mark: [UInt8], from: Int) -> Int? {
        var position = from
        while position + mark.count <= text.count {
            if has(mark, at: position) { return position }
            position += 1
        }
        return nil
    }

    /// Index behind the next `mark`; that there is none is remembered, because it stays so.
    private mutating func end(of mark: [UInt8], from: Int) -> Int? {
        guard !missing.contains(mark) else { return nil }
        guard let found = find(mark, from: from) else {
            missing.insert(mark)
            return nil
        }
        return found + mark.count
    }
}
