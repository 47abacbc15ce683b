// SPDX-License-Identifier: Apache-2.0
import Languages
import NestboxCore
import Testing

@testable import Engine

/// Where the end of tests is.
@Suite struct TestsEndTests {
    private func said(_ tests: String, _ language: String) -> String? {
        TestsEnd.saying("told_1", in: tests, language: language)
    }

    @Test(arguments: [
        ("rust", "fn main() {\n    assert!(f('}'));\n}\n", "::std::eprint"),
        ("cpp", "int main() {\n    assert(f(\"}\"));\n    return 0;\n}\n", "::fputs"),
        ("kotlin", "fun main() {\n    f()\n}\nfun other() { g() }\n", "System.err"),
        ("scala", "    var x = f(1)\n    assert(x == 1)\n}\n", "java.lang.System.err"),
        ("lua", "function t() end\nos.exit(lu.LuaUnit.run())", "io.stderr"),
        ("perl", "test();\nexit 0;\n", "print STDERR"), ("php", "test();\n?>\n", "<?php fwrite"),
        ("c", "int main(void) {\n    assert(f());\n    return 0;\n}\n", "(fputs)"),
        ("ruby", "require 'minitest/autorun'\nclass T; end\n", "STDERR"),
        ("elixir", "ExUnit.start()\ndefmodule T do\nend\n", "ExUnit.after_suite"),
        ("ocaml", "assert (f t)", "prerr_string"),
        ("d", "unittest\n{\n    assert(f());\n}\nvoid main(){}", "unittest { import"),
    ])
    func theStatementIsBehindTheLastTest(language: String, tests: String, statement: String) throws {
        let text = try #require(said(tests, language))
        #expect(text.contains("told_1"))
        let place = try #require(text.ranges(of: statement).last?.lowerBound)
        #expect(
            text[..<place].contains(language == "d" ? "assert" : language == "kotlin" ? "f()" : "t")
                && !text[..<place].contains("told_1"))
    }

    @Test(arguments: [
        ("int main() {\n    f();\n    return g();\n}\n", "return g"),
        ("int main() {\n    if (f()) { return 1; }\n}\n", "}\n"),
        ("int main() { }", "}"), ("int main() {\n    f(); // return 1;\n    g();\n}\n", "}\n"),
    ])
    func aReturnThatEndsMainStaysTheLast(tests: String, rest: String) throws {
        let text = try #require(said(tests, "cpp"))
        let line = try #require(text.split(separator: "stderr);\n").last)
        #expect(line.hasPrefix(rest), "\(text)")
    }

    @Test(arguments: [
        ("rust", "mod tests {}"), ("haskell", "main = f"), ("csharp", "Check(f());"),
        ("ruby", "require 'minitest'\nMinitest.run"),
    ])
    func whereTheEndIsNotKnownNothingIsSaid(language: String, tests: String) {
        #expect(said(tests, language) == nil)
    }

    @Test(arguments: [
        ("rust", "    if f(n - 1) > 2 {\n        return 1;\n    }\n", false), ("go", "\tfor f(n) {\n\t}\n", false),
        ("ruby", "  f(n - 1)\nend\n", false), ("lua", "    local function f(x) end\nend\n", false),
        ("csharp", "        while (f(n)) { }\n", false), ("rust", "fn f(n: u8) -> u8 {\n    n\n}\n", true),
        ("ruby", "def f(n)\n  n\nend\n", true), ("racket", "(define (f n)\n  n)\n", true),
        ("bash", "f() {\n    :\n}\n", true),
        ("r", "f <- function(n) n\n", true), ("perl", "sub f {\n    1;\n}\n", true),
    ])
    func aCallIsNoDeclaration(language: String, answer: String, isWhole: Bool) throws {
        let problem = UnitTestProblem(id: "f", language: language, prompt: "f(", entryPoint: "f", tests: "f")
        let catalog = try EngineFixture.catalog.get()
        #expect(UnitTestAssembly(problem: problem, catalog: catalog, answer: answer).isWhole == isWhole)
    }

    @Test func whatAnAnswerInGoUsesIsImported() {
        let setup = "package main\n\nimport (\n    \"testing\"\n    \"math\"\n)\n"
        #expect(
            TestTool.imports(of: "return strings.Repeat(x, int(math.Sqrt(4)))", beside: setup) == "import \"strings\"\n"
        )
        #expect(TestTool.imports(of: "strings.Repeat(x)", beside: "").isEmpty)
    }
}
