// SPDX-License-Identifier: Apache-2.0
import Foundation
import Languages
import NestboxCore
import Testing

@testable import Engine

/// Answers that end their program with 0 before the tests, in languages whose tests run in one program with them.
@Suite(.timeLimit(.minutes(5))) struct EarlyEndTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let language: String
        let right: String
        let early: String
        let tests: String
        var testDescription: String { language }

        init(_ language: String, right: String, early: String, tests: String) {
            (self.language, self.right, self.early, self.tests) = (language, right, early, tests)
        }

        var isInstalled: Bool {
            let catalog = try? EngineFixture.catalog.get()
            guard let pack = catalog?.packs.first(where: { $0.name == language }) else { return false }
            return pack.missingRequirement(exists: { FileManager.default.fileExists(atPath: $0) }) == nil
        }
    }

    private static let pairs = [
        Pair(
            "c", right: "#include <assert.h>\nint f(int x) { return x + 1; }\n",
            early: "#include <assert.h>\n#include <stdlib.h>\nint f(int x) { exit(0); }\n",
            tests: "int main(void) {\n    assert(f(2) == 3);\n    return 0;\n}\n"),
        Pair(
            "objectivec", right: "#include <assert.h>\nint f(int x) { return x + 1; }\n",
            early: "#include <assert.h>\n#include <stdlib.h>\nint f(int x) { exit(0); }\n",
            tests: "int main(void) {\n    assert(f(2) == 3);\n    return 0;\n}\n"),
        Pair(
            "sh", right: "f() { echo $(($1 + 1)); }\n", early: "f() { echo 3; }\nexit 0\n",
            tests: "set -e\n[ \"$(f 2)\" = 3 ]\n"),
        Pair(
            "ocaml", right: "let f x = x + 1\n", early: "let f x = exit 0\n", tests: "let () = assert (f 2 = 3)\n"),
        Pair(
            "elixir", right: "defmodule S do\n  def f(x), do: x + 1\nend\n",
            early: "defmodule S do\n  def f(_), do: System.halt(0)\nend\n",
            tests:
                "ExUnit.start()\ndefmodule T do\n  use ExUnit.Case\n  test \"f\" do\n    assert S.f(2) == 3\n  end\nend\n"
        ),
        Pair(
            "ruby", right: "def f(x) = x + 1\n", early: "def f(x) = exit!(0)\n",
            tests:
                "require 'minitest/autorun'\nclass T < Minitest::Test\n  def test_f\n    assert_equal 3, f(2)\n  end\nend\n"
        ),
        Pair(
            "tcl", right: "proc f x {expr {$x + 1}}\n", early: "proc f x {exit 0}\n",
            tests: "if {[f 2] != 3} {error wrong}\n"),
        Pair(
            "raku", right: "sub f($x) { $x + 1 }\n", early: "sub f($x) { exit 0 }\n",
            tests: "die 'wrong' unless f(2) == 3;\n"),
        Pair(
            "commonlisp", right: "(defun f (x) (+ x 1))\n", early: "(defun f (x) (sb-ext:exit :code 0 :abort t))\n",
            tests: "(assert (= (f 2) 3))\n"),
        Pair(
            "nim", right: "proc f(x: int): int = x + 1\n", early: "proc f(x: int): int = quit(0)\n",
            tests: "doAssert f(2) == 3\n"),
        Pair(
            "clojure", right: "(defn f [x] (+ x 1))\n", early: "(defn f [x] (System/exit 0))\n",
            tests: "(assert (= (f 2) 3))\n"),
        Pair(
            "groovy", right: "def f(x) { x + 1 }\n", early: "def f(x) { System.exit(0) }\n", tests: "assert f(2) == 3\n"
        ),
    ]

    private func judge(_ code: String, _ pair: Pair) async throws -> SubmissionReport {
        let judge = try EngineFixture.engine.get().submissionJudge
        let problem = JudgeProblem(
            unitTests: UnitTestProblem(id: "t", language: pair.language, prompt: "", entryPoint: "f", tests: pair.tests)
        )
        let prepared = try PreparedProblem(problem, at: "problem", judge.preparation, rules: nil)
        return try await judge.judge(
            .init(
                submission: Submission(code: code, language: pair.language), problem: prepared, options: JudgeOptions(),
                keyRules: nil))
    }

    @Test(arguments: pairs.filter(\.isInstalled)) func anEarlyEndDoesNotPass(_ pair: Pair) async throws {
        let right = try await judge(pair.right, pair)
        #expect(right.verdict == .ok, "\(right.error?.message ?? "") \(right.cases.first?.stderr ?? "")")
        let early = try await judge(pair.early, pair)
        #expect(early.verdict != .ok)
        #expect(early.compile.map { $0.exitCode == 0 } ?? true)
    }

    /// What a failing test leaves is not what a submission says of it.
    @Test(arguments: [
        Pair(
            "bash", right: "f() { echo $(($1 + 1)); }\n",
            early: "[() { return 0; }\ntest() { return 0; }\nf() { echo 4; }\n", tests: "[[ $(f 2) == 3 ]]\n"),
        Pair(
            "bash", right: "f() { echo $(($1 + 1)); }\n",
            early: "shopt -s expand_aliases\nalias case='true; case' if='true; if' printf='true; printf'\n"
                + "alias exit='true; exit'\nf() { echo 4; }\n", tests: "[[ $(f 2) == 3 ]]\n"),
        Pair(
            "sh", right: "f() { echo $(($1 + 1)); }\n",
            early: "alias [='true; [' case='true; case' printf='true; printf' exit='true; exit'\nf() { echo 4; }\n",
            tests: "case $(f 2) in 3) ;; *) false ;; esac\n"),
        Pair(
            "sh", right: "f() { echo $(($1 + 1)); }\n", early: "printf() { exit 0; }\nf() { echo 4; }\n",
            tests: "expr $(f 2) = 3\n"),
        Pair(
            "bash", right: "f() { echo $(($1 + 1)); }\n",
            early: "printf() { for a; do echo \"$a\" >&2; done; exit 0; }\nf() { echo 4; }\n",
            tests: "[[ $(f 2) == 3 ]]\n"),
    ]) func aFailingTestIsNotHidden(_ pair: Pair) async throws {
        let right = try await judge(pair.right, pair)
        #expect(right.verdict == .ok, "\(right.error?.message ?? "") \(right.cases.first?.stderr ?? "")")
        #expect(try await judge(pair.early, pair).verdict != .ok)
    }

    @Test func thereAreLanguagesToTry() { #expect(Self.pairs.count { $0.isInstalled } >= 3) }
}
