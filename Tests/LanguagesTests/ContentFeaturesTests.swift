// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Languages

@Suite("Content features")
struct ContentFeaturesTests {
    private static let syntax = CodeSyntax(lineComments: ["#"], strings: ["\""])

    private func count(_ pattern: String, in code: String) throws -> Int {
        let pattern = try #require(ContentPattern(pattern))
        let tokens = CodeLexer.tokens(of: code, syntax: Self.syntax)
        return tokens.indices.count { pattern.matches(tokens, at: $0) }
    }

    @Test(arguments: [
        ("BOL def ID (", "def f(x)\n  def g()\nx def h(", 2),
        ("; EOL", "a;\nb; c; # d", 2),
        ("if GAP :", "if a b c:\nif a\n:", 1),
        ("if GAP then", "if a b c d e f g h i j then", 0),
        ("let|const ID =", "let x = 1; const y = 2; var z = 3", 2),
        ("std::cout", "std::cout << 1; std :: cout", 2),
        ("CAP . ID", "System.out system.out", 1),
        ("print ( STR )", "print(\"x\") print(x)", 1),
        ("ID GLUE = GLUE NUM", "a=1 b = 2", 1),
        ("ID SPACE = SPACE NUM", "a=1 b = 2", 1),
        ("ID SPACE ID", "a\nb c", 1),
        ("| ID |", "{ |x| x }", 1),
        ("NUM ANY NUM", "1+2 a+b", 1),
        ("BROKEN", "\"a\" \"b", 1),
    ])
    func matchesTokens(pattern: String, code: String, expected: Int) throws {
        #expect(try count(pattern, in: code) == expected)
    }

    @Test(arguments: ["", "GAP", "GAP x", "x GAP", "GLUE x", "a GAP b GAP c GAP d", "ALWAYS x", String(repeating: "x ", count: 17)])
    func refusesWhatCannotBeMatched(pattern: String) {
        #expect(ContentPattern(pattern) == nil)
    }

    @Test func namesTheFirstBadLine() {
        let features = ContentFeatures(text: "# comment\n1 good\nbad one\nworse")
        #expect(features.firstBad?.line == 3)
        #expect(features.compiled.count == 1)
    }
}
