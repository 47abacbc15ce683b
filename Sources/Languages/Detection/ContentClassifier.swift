// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Tells the language of a piece of code from its look: how much the features of each pack say for it.
///
/// Deterministic, and linear in the length of the code. Comments and the text of strings do not count.
struct ContentClassifier: Sendable {
    struct Candidate: Sendable, Hashable {
        var name: String
        /// Share of the evidence, 0 to 1; all candidates and "no language at all" add up to 1.
        var confidence: Double
    }

    /// Bytes at the start of the code that are looked at.
    static let window = 16 << 10
    /// Confidence from which the best candidate is believed.
    static let threshold = 0.6

    /// Evidence for "this is no code that we know".
    private static let background = 1.6
    /// Divides scores before they become shares; larger makes less sure.
    private static let temperature = 1.4
    /// What a quote that is never closed says against a language.
    private static let brokenWeight = -1.2
    /// A feature counts by the square root of how often it is found, up to this often.
    private static let mostRepeats = 6

    private struct Model: Sendable {
        var name: String
        var syntax: CodeSyntax
        var patterns: [(weight: Double, pattern: ContentPattern)]
        /// Patterns by the text of their first token, and those that may begin anywhere.
        var anchored: [String: [Int]]
        var free: [Int]
        /// What counts for any code.
        var bias = 0.0
    }

    private let models: [Model]

    /// Packs without features, and features that do not compile, are left out; the loader refuses the latter.
    init(packs: [LanguagePack]) {
        models = packs.filter { !$0.content.isEmpty }.map { pack in
            var model = Model(name: pack.name, syntax: pack.syntax, patterns: [], anchored: [:], free: [])
            for (weight, pattern) in pack.content.compiled {
                if pattern.isAlways {
                    model.bias += weight
                    continue
                }
                let index = model.patterns.count
                model.patterns.append((weight, pattern))
                if let texts = pattern.firstTexts {
                    for text in texts { model.anchored[text, default: []].append(index) }
                } else {
                    model.free.append(index)
                }
            }
            return model
        }
    }

    /// Every language by falling confidence, then by name.
    func candidates(for code: String) -> [Candidate] {
        let text = String(decoding: code.utf8.prefix(Self.window), as: UTF8.self)
        var lexed: [CodeSyntax: [CodeToken]] = [:]
        let scores = models.map { model in
            let tokens = lexed[model.syntax] ?? CodeLexer.tokens(of: text, syntax: model.syntax)
            lexed[model.syntax] = tokens
            return score(of: tokens, in: model)
        }
        let shares = scores.map { exp($0 / Self.temperature) }
        let sum = shares.reduce(exp(Self.background / Self.temperature), +)
        return zip(models, shares).map { Candidate(name: $0.name, confidence: $1 / sum) }
            .sorted { ($1.confidence, $0.name) < ($0.confidence, $1.name) }
    }

    private func score(of tokens: [CodeToken], in model: Model) -> Double {
        var found = [Int](repeating: 0, count: model.patterns.count)
        var broken = 0
        for (position, token) in tokens.enumerated() {
            if token.kind == .broken { broken += 1 }
            let candidates = token.kind == .string ? nil : model.anchored[token.text]
            for index in candidates ?? [] where found[index] < Self.mostRepeats {
                if model.patterns[index].pattern.matches(tokens, at: position) { found[index] += 1 }
            }
            for index in model.free where found[index] < Self.mostRepeats {
                if model.patterns[index].pattern.matches(tokens, at: position) { found[index] += 1 }
            }
        }
        var score = model.bias + Self.brokenWeight * Double(min(broken, Self.mostRepeats)).squareRoot()
        for (index, count) in found.enumerated() where count > 0 {
            score += model.patterns[index].weight * Double(count).squareRoot()
        }
        return min(max(score, -100), 100)
    }
}
