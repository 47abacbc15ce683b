// SPDX-License-Identifier: Apache-2.0

/// What the classifier counts in a text: words, one to three neighbouring tokens of a line, its first token with its last, and how
/// a line follows the one before: the last token, the change of indentation, the first token.
///
/// A feature is known by the FNV-1a hash of its text. In groups of tokens a word that is no keyword of the model stands as
/// its form (`x_x`, `xX`, `Xx`, ...), `^` and `$` are the ends of the line, and a blank stands where the text has one.
/// The mirror of `features` in `scripts/support/detect/tokens.py`.
struct TextFeatures {
    /// How often each feature occurs, by its hash.
    private(set) var counts: [UInt32: Int] = [:]
    private let pool: [UInt8]
    private var line: [Part] = []
    /// Of the line that is being read.
    private var indentation = TextTokens.Indentation()
    /// The last token of the line before, and the columns before its first.
    private var before: (part: Part, columns: Int)?

    /// A token as it stands in groups.
    private struct Part {
        var form: Form
        var isGlued: Bool
    }

    private enum Form {
        case text(Range<Int>)
        case shape(StaticString)
    }

    init(of code: String, keywords: Set<UInt32>) {
        let tokens = TextTokens(code)
        pool = tokens.pool
        counts.reserveCapacity(tokens.tokens.count)
        for token in tokens.tokens {
            if token.isNewline {
                endLine()
                continue
            }
            var form = Form.text(token.range)
            if token.isWord {
                let hash = FNV.extended(FNV.start, by: pool[token.range])
                count(FNV.extended(FNV.extended(FNV.start, by: UInt8(ascii: "=")), by: pool[token.range]))
                if !keywords.contains(hash) { form = .shape(Self.shape(of: pool[token.range])) }
            }
            if line.isEmpty { indentation = token.indentation }
            line.append(Part(form: form, isGlued: token.isGlued))
        }
        endLine()
    }

    private mutating func count(_ hash: UInt32) { counts[hash, default: 0] += 1 }

    private mutating func endLine() {
        guard let firstPart = line.first, let endPart = line.last else { return }
        // Position 0 is `^`, the last is `$`.
        let last = line.count + 1
        for at in 0..<last {
            let first = hash(FNV.start, at, withBlank: false)
            if at > 0 { count(first) }
            let second = hash(first, at + 1, withBlank: true)
            count(second)
            if at + 2 <= last { count(hash(second, at + 2, withBlank: true)) }
        }
        if line.count > 1 {
            count(hash(FNV.extended(hash(FNV.extended(FNV.start, by: 1), firstPart), by: 1), endPart))
        }
        if let before {
            let step = indentation.columns - before.columns
            let way = FNV.extended(
                FNV.extended(FNV.start, by: 2), by: UInt8(ascii: step == 0 ? "=" : step > 0 ? ">" : "<"))
            let behind = hash(way, before.part)
            count(hash(FNV.extended(behind, by: 2), firstPart))
            count(behind)
            count(hash(FNV.extended(way, by: 2), firstPart))
            if step > 0 {
                let size = indentation.hasTab ? UInt8(ascii: "t") : UInt8(ascii: "0") + UInt8(min(step, 9))
                count(FNV.extended(FNV.extended(FNV.start, by: 3), by: size))
            }
        }
        before = (endPart, indentation.columns)
        line.removeAll(keepingCapacity: true)
    }

    private func hash(_ before: UInt32, _ position: Int, withBlank: Bool) -> UInt32 {
        if position == 0 { return FNV.extended(before, by: UInt8(ascii: "^")) }
        if position > line.count { return FNV.extended(before, by: UInt8(ascii: "$")) }
        let part = line[position - 1]
        var hash = before
        if withBlank, position > 1, !part.isGlued { hash = FNV.extended(hash, by: 0x20) }
        return self.hash(hash, part)
    }

    private func hash(_ before: UInt32, _ part: Part) -> UInt32 {
        switch part.form {
        case .text(let range): FNV.extended(before, by: pool[range])
        case .shape(let name): name.withUTF8Buffer { FNV.extended(before, by: $0) }
        }
    }

    private static func shape(of word: ArraySlice<UInt8>) -> StaticString {
        let hasLower = word.contains { (0x61...0x7A).contains($0) }
        if word.contains(0x5F) { return hasLower ? "x_x" : "X_X" }
        if !hasLower { return word.count > 1 ? "XX" : "X" }
        if let first = word.first, (0x41...0x5A).contains(first) { return "Xx" }
        if word.contains(where: { (0x41...0x5A).contains($0) }) { return "xX" }
        return word.count > 1 ? "x" : "i"
    }
}

/// The 32-bit hash of Fowler, Noll and Vo, variant 1a, byte by byte.
enum FNV {
    static let start: UInt32 = 0x811C_9DC5

    static func extended(_ hash: UInt32, by byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 0x0100_0193 }

    static func extended(_ hash: UInt32, by bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(hash) { extended($0, by: $1) }
    }
}
