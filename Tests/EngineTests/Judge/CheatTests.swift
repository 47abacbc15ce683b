// SPDX-License-Identifier: Apache-2.0
import Engine
import NestboxCore
import Testing

/// Submissions that answer nothing right and try to pass all the same. None may.
@Suite(.timeLimit(.minutes(10))) struct CheatTests {
    private static let limits = LimitsRequest(wallMilliseconds: 8000, cpuMilliseconds: 2000)

    private func verdict(_ problem: UnitTestProblem, _ answer: Cheat) async throws -> Verdict {
        try await JudgeFixture.engine.get().judge(problem, answer: answer.text, terms: .init(limits: Self.limits))
            .verdict
    }

    private static func python(_ mode: UnitTestProblem.Mode) -> UnitTestProblem {
        UnitTestProblem(
            id: "python", language: "python", prompt: "", entryPoint: "f",
            tests:
                "def check(candidate):\n    assert candidate(3) == 1234567\n    assert not candidate(4)\n\ncheck(f)\n",
            mode: mode)
    }

    @Test(arguments: CheatCorpus.python) func pythonCannotForgeATestsEnd(answer: Cheat) async throws {
        #expect(try await verdict(Self.python(.separate), answer) != .ok)
    }

    /// In one process, what does not know the harness does not get through.
    @Test(arguments: CheatCorpus.simplePython) func simpleTricksFailInOneProcess(answer: Cheat) async throws {
        #expect(try await verdict(Self.python(.inProcess), answer) != .ok)
    }

    @Test(arguments: CheatCorpus.unittest, [UnitTestProblem.Mode.separate, .inProcess])
    func unittestCannotBeTurnedOff(answer: Cheat, mode: UnitTestProblem.Mode) async throws {
        let problem = UnitTestProblem(
            id: "unittest", language: "python", prompt: "", entryPoint: "f",
            tests:
                "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(3), 1234567)\n",
            isUnittest: true, mode: mode)
        #expect(try await verdict(problem, answer) != .ok)
    }

    @Test(arguments: CheatCorpus.javascript) func javaScriptCannotForgeATestsEnd(answer: Cheat) async throws {
        let problem = UnitTestProblem(
            id: "javascript", language: "javascript", prompt: "", entryPoint: "f",
            tests:
                "const assert = require('node:assert');\nassert.equal(f(3), 1234567);\nassert.deepEqual(f([1]), [{a: 1}]);\n(async () => { const x = await f(2); assert.ok(x === 7654321); })();\n",
            mode: .separate)
        #expect(try await verdict(problem, answer) != .ok)
    }

    /// The harness is JavaScript's; this is about the way there.
    @Test(arguments: CheatCorpus.javascript.prefix(8)) func typeScriptCannotForgeATestsEnd(answer: Cheat) async throws {
        let problem = UnitTestProblem(
            id: "typescript", language: "typescript", prompt: "", entryPoint: "f",
            tests:
                "declare var require: any;\nconst assert = require('node:assert');\nfunction test() {\n  let candidate: any = f;\n  assert.deepEqual(candidate(3), 1234567);\n}\n\ntest();",
            mode: .separate)
        #expect(try await verdict(problem, answer) != .ok)
    }

    /// What would hang the tests in a promise that never ends, after all that is equal by kind was right.
    @Test func aPromiseOfTheSubmissionsOwnMakingDoesNotEndTheTests() async throws {
        let problem = UnitTestProblem(
            id: "javascript", language: "javascript", prompt: "", entryPoint: "f",
            tests:
                "const assert = require('node:assert');\n(async () => { const x = await f(2); assert.ok(x === 7654321); })();\n",
            mode: .separate)
        for answer in ["function f() { return { then() {} }; }", "function f() { return new Promise(() => {}); }"]
            as [Cheat]
        {
            #expect(try await verdict(problem, answer) != .ok)
        }
    }

    /// What decides the mode is the problem, not what a submission gives the tests to hand back.
    @Test func aSubmissionCannotChooseTheMode() async throws {
        let python = UnitTestProblem(
            id: "mode", language: "python", prompt: "", entryPoint: "f", tests: "assert f(f(3)) == 1234567\n")
        let javaScript = UnitTestProblem(
            id: "mode", language: "javascript", prompt: "", entryPoint: "f",
            tests: "require('assert').equal(f(f(3)), 1234567);\n")
        for (problem, answer) in [
            (python, "async def f(x): return 0"), (python, "class E(Exception): pass\ndef f(x): return E(x)"),
            (python, "def f(x): return f"), (python, "import re\ndef f(x): return re.compile('a')"),
            (javaScript, "async function f() { return 0 }"), (javaScript, "function f() { return f }"),
            (javaScript, "function f() { return [Symbol('x')] }"),
        ] {
            let report = try await JudgeFixture.engine.get().judge(
                problem, answer: answer, terms: .init(limits: Self.limits))
            #expect(report.verdict != .ok)
            #expect(report.evidence.mode == .separate, "\(answer): \(report.message)")
        }
    }

    @Test(arguments: CheatCorpus.cpp) func cppCannotForgeATestsEnd(answer: Cheat) async throws {
        let problem = UnitTestProblem(
            id: "cpp", language: "cpp", prompt: "#include <assert.h>\n#include <string>\nlong f(std::string text) {\n",
            entryPoint: "f", tests: "int main() {\n    assert(f(\"three\") == 1234567);\n}\n", mode: .separate)
        #expect(try await verdict(problem, answer) != .ok)
    }

    @Test(arguments: CheatCorpus.java) func javaCannotForgeATestsEnd(answer: Cheat) async throws {
        let problem = UnitTestProblem(
            id: "java", language: "java",
            prompt: "import java.util.*;\nclass Problem {\n    public static ArrayList<Long> f(long value) {\n",
            entryPoint: "f",
            tests:
                "    public static void main(String[] args) {\n    assert(f(3l).equals(new ArrayList<Long>(Arrays.asList(1234567l))));\n    }\n}\n",
            closing: "    }\n", mode: .separate)
        #expect(try await verdict(problem, answer) != .ok)
    }
}
