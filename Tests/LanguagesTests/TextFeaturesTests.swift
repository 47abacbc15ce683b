// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Languages

@Suite("Features of texts")
struct TextFeaturesTests {
    /// What `scripts/detect-train` wrote: texts, and what the Python that trains makes of them.
    private struct Sample: Decodable {
        var text: String
        var tokens: [String]
        /// Sum of hash times count over the features, modulo 2^32, and how many there are.
        var checksum: UInt32
        var features: Int
        var best: String
        var share: Double
    }

    private static func samples() throws -> [Sample] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fragments/mirror.json")
        return try JSONDecoder().decode([Sample].self, from: Data(contentsOf: file))
    }

    private static func tokens(_ text: String) -> [String] {
        let tokens = TextTokens(text)
        return tokens.tokens.map { $0.isNewline ? "\n" : String(decoding: tokens.pool[$0.range], as: UTF8.self) }
    }

    @Test func seesTheTextsAsTrainingDid() throws {
        let samples = try Self.samples()
        #expect(samples.count >= 100)
        let model = try #require(ContentModel.builtIn)
        for (index, sample) in samples.enumerated() {
            #expect(Self.tokens(sample.text) == sample.tokens, "text \(index)")
            let counts = TextFeatures(of: sample.text, keywords: model.keywords).counts
            let checksum = counts.reduce(UInt32(0)) { $0 &+ $1.key &* UInt32($1.value) }
            #expect(counts.count == sample.features && checksum == sample.checksum, "text \(index)")
            var shares: [String: Double] = [:]
            for (name, share) in zip(model.classes, model.shares(of: sample.text)) {
                shares[name.hasPrefix("-") ? "-" : name, default: 0] += share
            }
            #expect(abs((shares[sample.best] ?? 0) - sample.share) < 1e-6, "text \(index)")
        }
    }

    @Test(arguments: [
        ("x = 1 # note", "x = 0 #t"), ("s = \"a#{b}\" + 'c'", "s = \"#{ + 'c'"), ("don't", "don ' t"),
        ("a // b\n7 // 2", "a //t \n 0 // 0"), ("1.5e3 0xFF 10L", "0.e3 0xFF 0L"), ("/* a\nb */ c", "/* c"),
        ("/* a", "/* a"), ("\"\"\"a\nb\"\"\"", "\"\"\""), ("=pod\nx\n=cut\ny", "=pod \n y"), ("é", "U"),
        ("-- a\n--- b", "--c \n ---c"), ("<%= x %>", "<%= x %>"), ("#include <a.h>", "# include < a . h >"),
    ])
    func splitsWithoutKnowingTheLanguage(text: String, tokens: String) {
        #expect(Self.tokens(text).joined(separator: " ") == tokens)
    }

    @Test(arguments: ["\"", "'", "\"\\", "/*", "`", "(* ", "=pod\n", "--[[", "\"\"\" '''", "a'b", "\n", "\u{FFFF}"])
    func isQuickOnHostileText(piece: String) {
        let text = String(repeating: piece, count: 1 << 20)
        let before = Self.processorSeconds()
        #expect(TextTokens(text).tokens.count <= TextTokens.window)
        #expect(Self.processorSeconds() - before < 10)
    }

    /// What this thread has used of a processor; other tests beside this one do not count.
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
