// SPDX-License-Identifier: Apache-2.0
import Languages

/// A model's answer. The first byte of an input says whether the rest is repeated, which is how work that grows faster
/// than the text shows itself: libFuzzer stops an input that takes too long.
enum MarkdownText {
    private static let longText = 8 << 20

    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let kind = input.byte()
        let isRepeated = kind == 0x7F
        let text = String(decoding: input.rest, as: UTF8.self)
        if isRepeated, !text.isEmpty {
            _ = MarkdownAnswer.codeBlocks(in: String(repeating: text, count: longText / text.utf8.count + 1))
        } else {
            let blocks = MarkdownAnswer.codeBlocks(in: text)
            try hold(blocks == MarkdownAnswer.codeBlocks(in: text), "the blocks change from one look to the next")
            try check(blocks, of: lines(Array(text.utf8)))
            if kind == 0x7E, let block = blocks.first { try language(of: block) }
        }
    }

    /// Lines end with a line feed, a carriage return, or both (CommonMark 0.31, section 2.1).
    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0A, index > 0, bytes[index - 1] == 0x0D { continue }
            if byte == 0x0A || byte == 0x0D {
                lines.append(line)
                line = []
            } else {
                line.append(byte)
            }
        }
        return lines + [line]
    }

    private static func check(_ blocks: [CodeBlock], of lines: [[UInt8]]) throws {
        var last = 0
        for block in blocks {
            let code = Array(block.code.utf8)
            try hold(code.isEmpty || code.last == 0x0A, "the last line of a block has no end")
            let count = code.count { $0 == 0x0A }
            // Lines count from 1; a fence in the last line opens an empty block behind it.
            let range = block.line - 1..<block.line - 1 + count
            try hold(block.line >= 2 && range.upperBound <= lines.count, "lines \(range) of \(lines.count)")
            try hold(block.line - 1 > last, "two blocks overlap in line \(block.line)")
            last = range.upperBound
            let opening = String(decoding: lines[block.line - 2], as: UTF8.self)
            try hold(
                Self.contains(Array(opening.utf8), Array(block.info.utf8)), "'\(block.info)' is not in '\(opening)'")
            let written = code.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
            for (line, source) in zip(written, lines[range]) {
                // Quote marks and indentation go, and a tab may be cut in parts; nothing else changes.
                let text = line.drop { $0 == 0x20 }
                let isPart = text.isEmpty || source.count >= text.count && source.suffix(text.count).elementsEqual(text)
                try hold(isPart, "'\(Array(line))' is not what stands in '\(source)'")
            }
            if let path = block.filename {
                try hold(Paths.staysBeneath(path.utf8), "the file name '\(path)' leads away")
            }
        }
    }

    private static func language(of block: CodeBlock) throws {
        guard let found = try LanguageCatalog.builtIn().language(of: block) else { return }
        try hold((0...1).contains(found.confidence), "confidence \(found.confidence)")
    }

    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        part.isEmpty || text.indices.contains { text[$0...].starts(with: part) }
    }
}
