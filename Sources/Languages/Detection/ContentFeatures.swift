// SPDX-License-Identifier: Apache-2.0

/// What the code of a language looks like: one feature on each line, its weight first, then its pattern. Empty lines and
/// lines that begin with `#` are skipped.
///
/// Weights are in units of evidence for (or, negative, against) the language: 1 is a hint, 3 is strong, 6 settles it.
///
/// A pattern is a list of words separated by blanks. Each is a piece of code as written, several words joined by `|` of
/// which one must stand there, or one of:
///
/// | word | stands for |
/// |---|---|
/// | `BOL`, `EOL` | the start, the end of a line (comments aside) |
/// | `ID`, `CAP` | any word, any word that begins with a capital |
/// | `NUM`, `STR` | a number, a string |
/// | `ANY` | any token |
/// | `GLUE`, `SPACE` | that no blank, that a blank stands here between two tokens of a line |
/// | `GAP` | up to eight tokens on the same line, at most two in a pattern |
/// | `BROKEN` | a quote that is never closed |
///
/// The pattern `ALWAYS` counts once for any code: a language that extends another (C++, TypeScript) must first earn it back.
public struct ContentFeatures: Sendable, Hashable {
    /// As written in the pack file; not compiled before it is needed.
    public var text: String

    public init(text: String) { self.text = text }

    var isEmpty: Bool { text.isEmpty }

    /// Every feature that can be compiled.
    var compiled: [(weight: Double, pattern: ContentPattern)] { lines.compactMap { Self.feature($0.text) } }

    /// The first line that is no feature, and its number from 1.
    var firstBad: (line: Int, text: String)? {
        lines.first { Self.feature($0.text) == nil }.map { ($0.number, String($0.text)) }
    }

    private var lines: [(number: Int, text: Substring)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .map { ($0.offset + 1, $0.element.drop { $0 == " " }) }
            .filter { !$0.1.isEmpty && !$0.1.hasPrefix("#") }
    }

    private static func feature(_ line: Substring) -> (weight: Double, pattern: ContentPattern)? {
        let weight = line.prefix { $0 != " " }
        guard let number = Double(weight), (-20...20).contains(number),
            let pattern = ContentPattern(String(line.dropFirst(weight.count)))
        else { return nil }
        return (number, pattern)
    }
}

/// A compiled pattern of ``ContentFeatures``.
struct ContentPattern: Sendable, Hashable {
    enum Element: Sendable, Hashable {
        case literal(String)
        case oneOf([String])
        case word, capitalized, number, string, any, gap, lineStart, lineEnd, broken, always, glue, space
    }

    var elements: [Element]

    /// - Returns: nil when the pattern is empty, begins or ends with `GAP`, `GLUE` or `SPACE`, has more than two `GAP` or more than 16
    ///   elements, or has `ALWAYS` among others.
    init?(_ pattern: String) {
        elements = []
        for piece in pattern.split(separator: " ") {
            switch piece {
            case "BOL": elements.append(.lineStart)
            case "EOL": elements.append(.lineEnd)
            case "ID": elements.append(.word)
            case "CAP": elements.append(.capitalized)
            case "NUM": elements.append(.number)
            case "STR": elements.append(.string)
            case "ANY": elements.append(.any)
            case "GLUE": elements.append(.glue)
            case "SPACE": elements.append(.space)
            case "GAP": elements.append(.gap)
            case "BROKEN": elements.append(.broken)
            case "ALWAYS": elements.append(.always)
            default:
                let alternatives = piece.split(separator: "|").map(String.init)
                if alternatives.count > 1 {
                    elements.append(.oneOf(alternatives))
                } else {
                    let tokens = CodeLexer.tokens(of: String(piece), syntax: CodeSyntax())
                    elements += tokens.map { .literal($0.text) }
                }
            }
        }
        let gaps = elements.count { $0 == .gap }
        let inner: Set<Element> = [.gap, .glue, .space]
        guard let first = elements.first, let last = elements.last, !inner.contains(first), !inner.contains(last), gaps <= 2,
            elements.count <= 16, elements.count == 1 || !elements.contains(.always)
        else { return nil }
    }

    var isAlways: Bool { elements == [.always] }

    /// The texts of which one must be the first token; nil when the first token is not fixed.
    var firstTexts: [String]? {
        guard let first = elements.first(where: { $0 != .lineStart }) else { return nil }
        switch first {
        case .literal(let text): return [text]
        case .oneOf(let texts): return texts
        default: return nil
        }
    }

    func matches(_ tokens: [CodeToken], at start: Int) -> Bool {
        matches(tokens, at: start, from: 0)
    }

    private func matches(_ tokens: [CodeToken], at start: Int, from first: Int) -> Bool {
        var position = start
        for index in first..<elements.count {
            switch elements[index] {
            case .lineStart:
                guard position < tokens.count, tokens[position].startsLine else { return false }
                continue
            case .lineEnd:
                guard position == tokens.count || tokens[position].startsLine else { return false }
                continue
            case .glue, .space:
                guard position < tokens.count, !tokens[position].startsLine,
                    tokens[position].isGlued == (elements[index] == .glue)
                else { return false }
                continue
            case .gap:
                for next in position...position + 8 {
                    let endsLine = next >= tokens.count || tokens[next].startsLine
                    if endsLine, elements[index + 1] != .lineEnd { return false }
                    if matches(tokens, at: next, from: index + 1) { return true }
                    if endsLine { return false }
                }
                return false
            default:
                guard position < tokens.count, accepts(tokens[position], elements[index]) else { return false }
                position += 1
            }
        }
        return true
    }

    private func accepts(_ token: CodeToken, _ element: Element) -> Bool {
        switch element {
        case .literal(let text): token.text == text
        case .oneOf(let texts): texts.contains(token.text)
        case .word: token.kind == .word
        case .capitalized: token.kind == .word && (token.text.utf8.first.map { (0x41...0x5A).contains($0) } ?? false)
        case .number: token.kind == .number
        case .string: token.kind == .string
        case .broken: token.kind == .broken
        case .any: true
        case .gap, .lineStart, .lineEnd, .always, .glue, .space: false
        }
    }
}
