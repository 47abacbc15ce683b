// SPDX-License-Identifier: Apache-2.0

/// A position in a line of Markdown, which counts columns: a tab reaches to the next multiple of four.
struct LineCursor {
    private let bytes: [UInt8]
    private let end: Int
    private var position: Int
    private var column = 0
    /// Columns of a tab that was taken in part, still to come.
    private var pending = 0
    /// Columns of blanks before the next other byte.
    private(set) var indent = 0
    private var firstNonBlank: Int

    init(bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
        firstNonBlank = range.lowerBound
        measure()
    }

    private mutating func measure() {
        var at = position
        var columns = column + pending
        while at < end, bytes[at] == 0x20 || bytes[at] == 0x09 {
            columns += bytes[at] == 0x20 ? 1 : 4 - columns % 4
            at += 1
        }
        indent = columns - column
        firstNonBlank = at
    }

    var isBlank: Bool { firstNonBlank == end }

    /// The next byte that is no blank; nil at the end of the line.
    var firstByte: UInt8? { firstNonBlank < end ? bytes[firstNonBlank] : nil }

    /// What is left of the line; a tab that was taken in part is shown as blanks.
    var rest: [UInt8] { Array(repeating: 0x20, count: pending) + bytes[position..<end] }

    mutating func skipIndent() {
        column += indent
        indent = 0
        pending = 0
        position = firstNonBlank
    }

    /// Moves over a mark that stands here.
    mutating func skipMark(length: Int) {
        position += length
        column += length
        measure()
    }

    /// Moves over at most `count` columns of blanks.
    mutating func skipColumns(_ count: Int) {
        var left = min(count, indent)
        indent -= left
        let taken = min(left, pending)
        pending -= taken
        column += taken
        left -= taken
        while left > 0, position < firstNonBlank {
            let width = bytes[position] == 0x20 ? 1 : 4 - column % 4
            position += 1
            if width > left {
                pending = width - left
                column += left
                left = 0
            } else {
                column += width
                left -= width
            }
        }
    }

    /// Length of a bullet (`-`, `+`, `*`) or a number (`1.`, `1)`) that begins a list item here.
    var listMark: Int? {
        guard let first = firstByte else { return nil }
        var length = 1
        if (0x30...0x39).contains(first) {
            while length < 10, firstNonBlank + length < end, (0x30...0x39).contains(bytes[firstNonBlank + length]) {
                length += 1
            }
            guard length < 10, firstNonBlank + length < end,
                [UInt8(ascii: "."), UInt8(ascii: ")")].contains(bytes[firstNonBlank + length])
            else { return nil }
            length += 1
        } else if ![UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "*")].contains(first) {
            return nil
        }
        let after = firstNonBlank + length
        return after == end || bytes[after] == 0x20 || bytes[after] == 0x09 ? length : nil
    }

    /// A fence that opens here: its byte, its length, its info string.
    var fence: (byte: UInt8, length: Int, info: String)? {
        guard let byte = firstByte, byte == UInt8(ascii: "`") || byte == UInt8(ascii: "~") else { return nil }
        var at = firstNonBlank
        while at < end, bytes[at] == byte { at += 1 }
        let length = at - firstNonBlank
        guard length >= 3 else { return nil }
        if byte == UInt8(ascii: "`"), bytes[at..<end].contains(byte) { return nil }
        var info = bytes[at..<end]
        while let first = info.first, first == 0x20 || first == 0x09 { info.removeFirst() }
        while let last = info.last, last == 0x20 || last == 0x09 { info.removeLast() }
        return (byte, length, String(decoding: info, as: UTF8.self))
    }

    /// Whether a fence of at least `length` and nothing else but blanks stands here.
    func closes(mark: UInt8, length: Int) -> Bool {
        var at = firstNonBlank
        while at < end, bytes[at] == mark { at += 1 }
        return at - firstNonBlank >= length && bytes[at..<end].allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
