// SPDX-License-Identifier: Apache-2.0

/// The lines of a program's output, as many and as much of each as is worth looking at.
struct OutputLines {
    static let mostBytes = 512 << 10
    static let mostLines = 8000
    static let mostLineBytes = 4096

    let lines: [Substring]

    init(_ text: String) {
        var halves = [text]
        if text.utf8.count > Self.mostBytes {
            let half = Self.mostBytes / 2
            halves = [
                String(decoding: text.utf8.prefix(half), as: UTF8.self), String(decoding: text.utf8.suffix(half), as: UTF8.self),
            ]
        }
        var lines = halves.flatMap(Self.split)
        if lines.count > Self.mostLines {
            lines = Array(lines.prefix(Self.mostLines / 2) + lines.suffix(Self.mostLines / 2))
        }
        self.lines = lines
    }

    private static func split(_ text: String) -> [Substring] {
        let bytes = text.utf8
        var lines: [Substring] = []
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
            lines.append(text[start..<end].withoutReturn.cut(toBytes: mostLineBytes))
            start = end < bytes.endIndex ? bytes.index(after: end) : end
        }
        return lines
    }
}

extension Substring {
    /// Without a carriage return at its end.
    var withoutReturn: Substring { utf8.last == 0x0D ? Substring(self.unicodeScalars.dropLast()) : self }

    /// At most `count` bytes from the start, cut between characters of UTF-8.
    func cut(toBytes count: Int) -> Substring {
        guard utf8.count > count else { return self }
        var end = utf8.index(startIndex, offsetBy: count)
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return self[startIndex..<end]
    }

    /// At most `count` bytes from the end, cut between characters of UTF-8.
    func cut(toLastBytes count: Int) -> Substring {
        guard utf8.count > count else { return self }
        var start = utf8.index(endIndex, offsetBy: -count)
        while start < endIndex, utf8[start] & 0xC0 == 0x80 { start = utf8.index(after: start) }
        return self[start...]
    }

    /// What stands before and after the first `mark`.
    func split(at mark: String) -> (before: Substring, after: Substring)? {
        guard let start = utf8.index(of: mark.utf8) else { return nil }
        return (self[startIndex..<start], self[utf8.index(start, offsetBy: mark.utf8.count)...])
    }

    /// What stands before and after the last `mark`.
    func splitAtLast(_ mark: String) -> (before: Substring, after: Substring)? {
        var found: (before: Substring, after: Substring)?
        var rest = self
        while let next = rest.split(at: mark) {
            found = (self[startIndex..<next.before.endIndex], next.after)
            rest = next.after
        }
        return found
    }

    /// What stands after `mark`, when the text begins with it.
    func after(_ mark: String) -> Substring? {
        utf8.starts(with: mark.utf8) ? self[utf8.index(startIndex, offsetBy: mark.utf8.count)...] : nil
    }

    func contains(mark: String) -> Bool { utf8.index(of: mark.utf8) != nil }

    var trimmed: Substring {
        var text = self
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text = text[text.utf8.index(after: text.startIndex)...] }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text[..<text.utf8.index(before: text.endIndex)] }
        return text
    }

    var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    /// A whole number of at most nine digits and nothing else.
    var wholeNumber: Int? {
        guard (1...9).contains(utf8.count), utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(self)
    }

    /// A name such as `json.decoder.JSONDecodeError` or `A::B`, and nothing else.
    var isQualifiedName: Bool {
        guard let first = utf8.first, !(0x30...0x39).contains(first), utf8.count <= 200 else { return false }
        return utf8.allSatisfy {
            $0.isASCIILetterOrDigit || $0 == 0x5F || $0 == 0x2E || $0 == 0x3A || $0 == 0x24 || $0 == 0x5C || $0 >= 0x80
        }
    }

    /// Takes `path:12:5` or `path:12` apart.
    var location: (path: Substring, line: Int)? {
        guard let last = splitAtLast(":"), let number = last.after.wholeNumber, !last.before.isEmpty else { return nil }
        if let next = last.before.splitAtLast(":"), let line = next.after.wholeNumber, !next.before.isEmpty {
            return (next.before, line)
        }
        return (last.before, number)
    }
}

extension Substring.UTF8View {
    /// Where `needle` first begins.
    fileprivate func index(of needle: String.UTF8View) -> Index? {
        guard let first = needle.first else { return nil }
        var rest = self[...]
        while let start = rest.firstIndex(of: first) {
            if self[start...].starts(with: needle) { return start }
            rest = rest[index(after: start)...]
        }
        return nil
    }
}
