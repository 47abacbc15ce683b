// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import NestboxCore
import Store
import Testing

@testable import Engine

/// Submissions judged in real sandboxes.
@Suite struct JudgeTests {
    private static let sums = (0..<3).map { JudgeCase(stdin: "\($0) 1\n", expected: "\($0 + 1)\n") }
    private static let adding = "a, b = map(int, input().split())\nprint(a + b)"

    private func judge(
        _ submission: Submission, _ problem: JudgeProblem, options: JudgeOptions = JudgeOptions(),
        configuration: EngineConfiguration = EngineConfiguration(concurrency: 4)
    ) async throws -> SubmissionReport {
        try await EngineFixture.make(configuration).judge(submission, of: problem, options: options)
    }

    @Test func aRightProgramIsAccepted() async throws {
        let report = try await judge(
            Submission(id: "a", markdown: "Text.\n```python\n\(Self.adding)\n```\n"), JudgeProblem(cases: Self.sums))
        #expect(report.verdict == .ok)
        #expect(report.score == 3 && report.maxScore == 3)
        #expect(report.counts == CaseCounts(total: 3, passed: 3))
        #expect(report.cases.map(\.id) == ["0", "1", "2"])
    }

    @Test func eachCaseFindsItsOwnInput() async throws {
        let code = """
            import os, sys
            print(sys.argv[1:], os.environ.get("WHICH"), open("data.txt").read(), os.path.exists("left.txt"))
            open("left.txt", "w").write("x")
            """
        let cases = ["a", "b"].map { name in
            JudgeCase(
                args: [name], files: [FileInput(path: "data.txt", content: name)], env: ["WHICH": name],
                expected: "['\(name)'] \(name) \(name) False")
        }
        #expect(try await judge(Submission(code: code, language: "python"), JudgeProblem(cases: cases)).verdict == .ok)
    }

    /// Also with the cache switched off, and with case files beside the program.
    @Test func aCompilerRunsOnceForAllCases() async throws {
        let code = """
            #include <fstream>
            #include <iostream>
            int main() { long made, read; std::ifstream("n.txt") >> read; std::cin >> made; std::cout << made + read << "\\n"; }
            """
        let cases = (0..<4).map { number in
            JudgeCase(
                stdin: "1", files: [FileInput(path: "n.txt", content: "\(number)")], expected: "\(number + 1)")
        }
        let engine = try EngineFixture.make()
        let held = HeldCompilation()
        let problem = try PreparedProblem(JudgeProblem(cases: cases), at: "problem", engine.submissionJudge.preparation)
        let report = try await engine.submissionJudge.judge(
            .init(submission: Submission(code: code, language: "cpp"), problem: problem, options: JudgeOptions()))
        #expect(report.verdict == .ok)
        #expect(report.compile?.verdict == .ok && report.compile?.cached == false)
        guard
            case .program(let program) = try engine.submissionJudge.preparation.prepare(
                RunRequest(code: code, language: "cpp"))
        else { return }
        for isCached in [false, true] {
            let run = try await engine.submissionJudge.runner.run(
                program, id: Identifier.make(prefix: "run"), held: held, queued: .zero
            ) {
                _ in
            }
            #expect(run.compile?.cached == isCached)
        }
    }

    @Test func verdictsOfProgramsStay() async throws {
        let code = "import sys\nn = int(input())\nif n == 1: sys.exit(3)\nif n == 2: print('x' * 5000)\nprint(n)"
        let cases = (0..<3).map { JudgeCase(stdin: "\($0)", expected: "\($0)") }
        let report = try await judge(
            Submission(code: code, language: "python"),
            JudgeProblem(cases: cases, limits: LimitsRequest(outputBytes: 1000)))
        #expect(report.cases.map(\.verdict) == [.ok, .runtimeError, .outputLimit])
        #expect(report.verdict == .runtimeError)
        #expect(report.cases[1].exitCode == 3)
    }

    @Test func whatDoesNotCompileRunsNoCase() async throws {
        let report = try await judge(Submission(code: "int main({", language: "c"), JudgeProblem(cases: Self.sums))
        #expect(report.verdict == .compileError)
        #expect(report.cases.isEmpty && report.counts.skipped == 3)
        #expect(report.compile?.stderr.contains("error") == true)
    }

    @Test(arguments: [
        (Submission(code: "x", language: "klingon"), "unknown_language"), (Submission(code: ""), "missing_code"),
        (Submission(markdown: "No code here."), "no_code_blocks"),
        (Submission(markdown: "```python\n1\n```\n```c\nint main(){}\n```\n"), "conflicting_fields"),
    ])
    func whatCannotRunSaysWhy(submission: Submission, code: String) async throws {
        let report = try await judge(submission, JudgeProblem(cases: Self.sums))
        #expect(report.verdict == .invalidSubmission)
        #expect(report.error?.code == code)
    }

    @Test func aCheckerSeesInputOutputAndAnswer() async throws {
        let checker = """
            import sys
            given, printed, answer = (open(path).read().split() for path in sys.argv[1:])
            sys.stderr.write(f"{given} {printed} {answer}")
            sys.exit(0 if sorted(printed) == sorted(answer) else 1)
            """
        let problem = JudgeProblem(
            cases: [JudgeCase(stdin: "in", expected: "1 2 3"), JudgeCase(stdin: "in", expected: "1 2")],
            checker: .program(CheckerProgram(code: checker, language: "python")))
        let report = try await judge(Submission(code: "print(3, 2, 1)", language: "python"), problem)
        #expect(report.cases.map(\.verdict) == [.ok, .wrongAnswer])
        #expect(report.cases[0].checker?.message == "['in'] ['3', '2', '1'] ['1', '2', '3']")
    }

    @Test(arguments: [
        "1 / 0", "import time; time.sleep(60)", "import sys; sys.exit(3)", "import os; os.kill(os.getpid(), 11)",
        "def (",
    ])
    func aCheckerThatFailsIsNotTheSubmissionsFault(code: String) async throws {
        let checker = CheckerProgram(code: code, language: "python", limits: LimitsRequest(wallMilliseconds: 500))
        let problem = JudgeProblem(cases: [JudgeCase(stdin: "", expected: "1")], checker: .program(checker))
        let report = try await judge(Submission(code: "print(1)", language: "python"), problem)
        #expect(report.verdict == .checkerFailed)
        #expect(report.error?.code == "checker_failed")
        #expect(report.counts == CaseCounts(total: 1, skipped: 1))
    }

    @Test(arguments: [
        ("int main( {", CheckerReport.Outcome.failed), ("int main() { *(volatile int *)0 = 1; }", .failed),
        (
            "#include <fstream>\nint main(int, char **v) { std::ifstream a(v[2]), b(v[3]); int x, y; a >> x; b >> y; return x != y; }",
            .accepted
        ),
    ])
    func aCheckerMayBeCompiled(code: String, outcome: CheckerReport.Outcome) async throws {
        let problem = JudgeProblem(
            cases: [JudgeCase(stdin: "", expected: "1"), JudgeCase(stdin: "", expected: "1")],
            checker: .program(CheckerProgram(code: code, language: "cpp")))
        let report = try await judge(Submission(code: "print(1)", language: "python"), problem)
        #expect(report.cases.map(\.checker?.outcome) == [outcome, outcome])
        #expect(report.verdict == (outcome == .accepted ? .ok : .checkerFailed))
    }

    /// Neither where the submission fails only because its judge went away.
    @Test(arguments: [
        "import time; time.sleep(60)", "1 / 0", "import sys; sys.exit(3)", "while True: print('x' * 9999)",
    ])
    func aJudgeThatFailsIsNotTheSubmissionsFault(code: String) async throws {
        let judge = CheckerProgram(code: code, language: "python", limits: LimitsRequest(wallMilliseconds: 700))
        let problem = JudgeProblem(cases: [JudgeCase(stdin: "")], checker: .interactive(judge))
        let report = try await self.judge(
            Submission(code: "input()\nwhile True: input()", language: "python"), problem)
        #expect(report.verdict == .checkerFailed)
        #expect(report.error?.message.contains("EOF") == false)
    }

    @Test(arguments: [
        (
            "low, high = 0, 1000\nwhile True:\n    guess = (low + high) // 2\n    print(guess, flush=True)\n    answer = input()\n    if answer == 'yes': break\n    if answer == 'more': low = guess + 1\n    else: high = guess - 1",
            Verdict.ok
        ),
        ("for n in range(30):\n    print(n, flush=True)\n    if input() == 'yes': break", .wrongAnswer),
        ("raise ValueError('own')", .runtimeError),
        ("import time\ntime.sleep(60)", .wallTimeout),
    ])
    func aProgramTalksToItsJudge(code: String, verdict: Verdict) async throws {
        let judge = """
            import sys
            number = int(open(sys.argv[3]).read())
            for _ in range(12):
                guess = int(input())
                print("yes" if guess == number else "more" if guess < number else "less", flush=True)
                if guess == number: sys.exit(0)
            sys.stderr.write("too many questions")
            sys.exit(1)
            """
        let problem = JudgeProblem(
            cases: [JudgeCase(stdin: "", expected: "377")],
            checker: .interactive(CheckerProgram(code: judge, language: "python")),
            limits: LimitsRequest(wallMilliseconds: verdict == .wallTimeout ? 1500 : 20_000))
        let report = try await self.judge(Submission(code: code, language: "python"), problem)
        #expect(report.verdict == verdict)
        if verdict == .wrongAnswer { #expect(report.cases[0].checker?.message == "too many questions") }
    }

    /// Nothing of what is expected is anywhere that the program can look.
    @Test func whatIsExpectedIsNotInTheSandbox() async throws {
        let secret = "expected-\(UUID().uuidString)"
        let code = """
            import os
            found = 0
            for top in ("/home", "/tmp", "/run", "/dev/shm", "/var", "/proc/self", "/proc/1"):
                for folder, _, names in os.walk(top):
                    for name in names:
                        try:
                            with open(os.path.join(folder, name), "rb") as file: found += b"expected-" in file.read(1 << 16)
                        except OSError: pass
            print(found)
            """
        let problem = JudgeProblem(
            cases: [JudgeCase(stdin: "", expected: secret), JudgeCase(stdin: "", expected: secret)],
            limits: LimitsRequest(wallMilliseconds: 60_000, cpuMilliseconds: 60_000))
        let report = try await judge(Submission(code: code, language: "python"), problem)
        // The program's own text says the word once.
        #expect(report.cases.allSatisfy { $0.stdout == "1\n" && $0.verdict == .wrongAnswer })
    }
}
