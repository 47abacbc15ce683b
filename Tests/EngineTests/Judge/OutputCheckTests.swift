// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import Engine

@Suite struct OutputCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let checker: Checker
        let output: String
        let expected: String
        let isRight: Bool
        var testDescription: String {
            "\(checker.kind.rawValue) \(output.debugDescription) \(expected.debugDescription)"
        }

        init(_ checker: Checker, _ output: String, _ expected: String, _ isRight: Bool) {
            (self.checker, self.output, self.expected, self.isRight) = (checker, output, expected, isRight)
        }
    }

    private static let near = Checker.float(.init(absolute: 1e-6, relative: 0))
    private static let share = Checker.float(.init(absolute: 0, relative: 1e-3))
    private static let any = Checker.float(.init(absolute: 1e300, relative: 1))

    static let cases = [
        Case(.exact, "a\n", "a\n", true), Case(.exact, "a", "a\n", false), Case(.exact, "a\n\n", "a\n", false),
        Case(.exact, "", "", true), Case(.exact, "b", "a", false), Case(.exact, "a\r\n", "a\n", false),
        Case(.tokens, "1 2\n3", "1\n2 3\n\n", true), Case(.tokens, "1 2", "1 2 3", false),
        Case(.tokens, "1 2 3 4", "1 2 3", false), Case(.tokens, "12 3", "1 23", false),
        Case(.tokens, " \n\t", "", true),
        Case(.tokens, "YES", "yes", false), Case(.tokens, "1.0", "1", false),
        Case(.tokens, "a\u{0B}b\u{0C}c", "a b c", true),
        Case(.lines, "a  \nb\n\n\n", "a\nb", true), Case(.lines, "a\r\nb", "a\nb", true),
        Case(.lines, "a\n\nb", "a\nb", false),
        Case(.lines, " a", "a", false), Case(.lines, "a b", "a  b", false), Case(.lines, "", "\n\n", true),
        Case(.lines, "a", "a\nb", false), Case(.lines, "a\nb", "a", false), Case(.lines, "\na", "a", false),
        Case(near, "0.3333333", "0.33333333", true), Case(near, "0.3334", "0.3333", false),
        Case(near, "1e2", "100", true),
        Case(near, "x 1.0", "x 1.0000001", true), Case(near, "x", "y", false), Case(near, "1", "1 2", false),
        Case(near, "+1", "1", true), Case(near, "-0", "0", true), Case(near, "1,5", "1.5", false),
        Case(share, "1001", "1000", true), Case(share, "1002", "1000", false), Case(share, "0.0000001", "0", false),
        Case(share, "-1000", "1000", false),
        // What is no number in decimal is a word, however large the tolerance.
        Case(any, "nan", "1", false), Case(any, "inf", "1", false), Case(any, "nan", "nan", true),
        Case(any, "0x10", "16", false), Case(any, "1e999", "1", false), Case(any, "1", "1e999", false),
        Case(any, "", "1", false), Case(any, "--1", "1", false), Case(any, "5", "1", true),
        Case(.regex(pattern: "a+b"), "aaab\n", "", true), Case(.regex(pattern: "a+b"), "aaabc", "", false),
        Case(.regex(pattern: #"\d{3}(\.\d+)?"#), "123.5", "", true), Case(.regex(pattern: "a"), "xax", "", false),
    ]

    @Test(arguments: cases) func tellsRightFromWrong(item: Case) throws {
        let pattern: Pattern? = if case .regex(let text) = item.checker { try Pattern(text) } else { nil }
        let found = OutputCheck.check(
            item.checker, output: Array(item.output.utf8), expected: Array(item.expected.utf8), pattern: pattern)
        #expect(found.outcome == (item.isRight ? .accepted : .wrong))
        #expect(found.share == (item.isRight ? 1 : 0))
        #expect(found.message.isEmpty == item.isRight)
    }

    @Test func theFirstDifferenceIsNamed() {
        func message(_ checker: Checker, _ output: String, _ expected: String) -> String {
            OutputCheck.check(checker, output: Array(output.utf8), expected: Array(expected.utf8), pattern: nil).message
        }
        #expect(message(.tokens, "1 2 4", "1 2 3") == "token 3 is '4', expected '3'")
        #expect(message(.tokens, "1", "1 2") == "there is no token 2, expected '2'")
        #expect(message(.lines, "a\nb", "a\nc") == "line 2 is 'b', expected 'c'")
        #expect(message(.lines, "a\nb", "a") == "line 2 is 'b', expected the end")
        #expect(message(.exact, "a\nbx", "a\nby").contains("line 2"))
        #expect(message(.tokens, String(repeating: "é", count: 500), "x").utf8.count < 200)
    }

    @Test func outputThatIsNoTextIsCompared() {
        let found = OutputCheck.check(.tokens, output: [0xFF, 0xFE], expected: [0xFF, 0xFD], pattern: nil)
        #expect(found.outcome == .wrong)
    }
}

@Suite struct PatternTests {
    @Test(arguments: [
        ("", "", true), ("a|b|", "", true), ("a|b", "b", true), ("(ab)*", "ababab", true), ("(ab)*", "aba", false),
        ("a?b{2}", "bb", true), ("a{2,3}", "aaaa", false), ("a{2,}", "aaaaa", true), ("a{0}", "", true),
        ("[a-c]+", "abcab", true), ("[^a-c]", "d", true), ("[^a-c]", "b", false), ("[]a]", "]", true),
        ("[a-]", "-", true),
        (#"[\d.]+"#, "1.5", true), (#"\w+\s\W"#, "ab_1 !", true), (#"\D\S"#, "a1", true), (#"\."#, "a", false),
        (#"\x41\u{1F600}"#, "A😀", true), (".", "\n", false), ("(?s).", "\n", true), ("(?i)AbC[x-z]", "aBcY", true),
        ("^a$", "a", true), ("(?m)a$\n^b", "a\nb", true), ("a$\nb", "a\nb", false), (#"\bab\b"#, "ab", true),
        (#"a\bb"#, "ab", false), (#"a\Bb"#, "ab", true), ("(?:a|b)+?c", "abac", true), ("a{,2}", "a{,2}", true),
        ("(a*)*", "aaaa", true), ("(a|a)*b", "aaab", true), ("x{", "x{", true), ("é+", "éé", true),
    ])
    func matchesAsExpressionsDo(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try Pattern(pattern).matches(text) == isMatch)
    }

    @Test(arguments: [
        "(", ")", "a)", "[a", "*a", "a**", #"\1"#, "(?=a)", "(?<n>a)", "(?!a)", #"\q"#, "a{3,2}", "a{2000}", "[b-a]",
        #"[\d-z]"#,
        #"\"#, "(?x)a", #"\u41"#, #"\x4"#, "a++", "(((a{900}){900}){900})", "((((){1000}){1000}){1000})",
    ])
    func whatIsNotKnownIsRefused(pattern: String) {
        let error = #expect(throws: RequestError.self) { try Pattern(pattern, field: "problem.checker.pattern") }
        #expect(error?.code == .invalidPattern)
        #expect(error?.field == "problem.checker.pattern")
    }

    @Test func groupsInGroupsAreBounded() {
        #expect(throws: RequestError.self) { try Pattern(String(repeating: "(", count: 5000) + "a") }
    }

    /// A matcher that goes back would not end here.
    @Test func noTextKeepsItBusy() throws {
        #expect(try Pattern("(a+)+b").matches(String(repeating: "a", count: 2000)) == false)
        #expect(try Pattern("(a|a)*(a|a)*c").matches(String(repeating: "a", count: 2000)) == false)
    }

    @Test func whatCostsTooMuchIsGivenUp() throws {
        #expect(try Pattern("(a{0,50}){0,9}x").matches(String(repeating: "a", count: 1000), mostSteps: 10_000) == nil)
    }
}
