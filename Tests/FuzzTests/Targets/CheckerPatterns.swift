// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Engine

/// A checker's expression and the text it is matched with.
enum CheckerPatterns {
    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let source = input.textField()
        let text = String(decoding: input.rest, as: UTF8.self)
        let pattern: Pattern
        do throws(RequestError) {
            pattern = try Pattern(source)
        } catch {
            try hold(error.code == .invalidPattern && error.field == "pattern", "\(error) for '\(source)'")
            try Problems.check(error)
            return
        }
        try hold(pattern.size <= 2 * Pattern.mostInstructions, "\(pattern.size) instructions of '\(source)'")
        guard let found = pattern.matches(text, mostSteps: 2_000_000) else {
            let most = (text.unicodeScalars.count + 1) * pattern.size
            try hold(most > 10_000, "'\(source)' needs too many steps for \(text.unicodeScalars.count) characters")
            return
        }
        var parser = PatternParser(source, field: "pattern")
        if pattern.size < 1000, text.unicodeScalars.count < 48 {
            let scalars = text.unicodeScalars.map(\.value)
            let ends = Self.ends(of: try parser.parse(), from: [0], in: scalars)
            try hold(found == ends.contains(scalars.count), "'\(source)' on '\(text)': \(found), but ends at \(ends)")
        }
        // A text matches itself, written as characters.
        let literal = text.unicodeScalars.prefix(200).map { "\\u{\(String($0.value, radix: 16))}" }.joined()
        let own = String(String.UnicodeScalarView(text.unicodeScalars.prefix(200)))
        try hold(try Pattern(literal).matches(own) == true, "'\(own)' does not match itself")
    }

    /// Where matches of a part end that begin at one of `starts`: the meaning of expressions, with no machine in it.
    private static func ends(of node: PatternParser.Node, from starts: Set<Int>, in text: [UInt32]) -> Set<Int> {
        if starts.isEmpty { return [] }
        switch node {
        case .empty: return starts
        case .one(let set):
            return Set(starts.filter { $0 < text.count && set.contains(text[$0]) }.map { $0 + 1 })
        case .assert(let assertion): return starts.filter { holds(assertion, $0, text) }
        case .sequence(let parts): return parts.reduce(starts) { ends(of: $1, from: $0, in: text) }
        case .choice(let parts): return parts.reduce(into: []) { $0.formUnion(ends(of: $1, from: starts, in: text)) }
        case .repeated(let part, let least, let most):
            var here = starts
            for _ in 0..<least { here = ends(of: part, from: here, in: text) }
            var all = here
            var left = most.map { $0 - least } ?? Int.max
            while left > 0 {
                here = ends(of: part, from: here, in: text)
                if here.isSubset(of: all) { break }
                all.formUnion(here)
                left -= 1
            }
            return all
        }
    }

    private static func holds(_ assertion: Pattern.Assertion, _ index: Int, _ text: [UInt32]) -> Bool {
        let isBehindWord = index > 0 && isWord(text[index - 1])
        let isBeforeWord = index < text.count && isWord(text[index])
        return switch assertion {
        case .begin: index == 0
        case .end: index == text.count
        case .lineBegin: index == 0 || text[index - 1] == 10
        case .lineEnd: index == text.count || text[index] == 10
        case .boundary: isBehindWord != isBeforeWord
        case .noBoundary: isBehindWord == isBeforeWord
        }
    }

    private static func isWord(_ value: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(value), scalar.isASCII else { return false }
        let character = Character(scalar)
        return character.isLetter || character.isNumber || character == "_"
    }
}
