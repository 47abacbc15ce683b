// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import Engine

/// Unit tests as the problem of a submission, as batches and evaluations judge them.
@Suite(.timeLimit(.minutes(3))) struct UnitTestSubmissionTests {
    private static func problem(_ tests: String = "assert f(2) == 3\n", limits: LimitsRequest = LimitsRequest())
        -> JudgeProblem
    {
        JudgeProblem(
            unitTests: UnitTestProblem(id: "t", language: "python", prompt: "", entryPoint: "f", tests: tests),
            limits: limits)
    }

    private let engine: Engine

    init() throws { engine = try EngineFixture.make() }

    private func judge(
        _ submission: Submission, _ problem: JudgeProblem = problem(), rules: KeyRules? = nil
    ) async throws -> SubmissionReport {
        let prepared = try PreparedProblem(problem, at: "problem", engine.submissionJudge.preparation, rules: rules)
        return try await engine.submissionJudge.judge(
            .init(submission: submission, problem: prepared, options: JudgeOptions(), keyRules: rules))
    }

    @Test func theTestsAreOneCaseAndTheReportSaysWhyToBelieveIt() async throws {
        let right = try await judge(Submission(id: "a", code: "def f(x): return x + 1"))
        #expect(right.verdict == .ok && right.score == 1 && right.maxScore == 1)
        #expect(right.cases.map(\.id) == ["tests"] && right.counts == CaseCounts(total: 1, passed: 1))
        #expect(right.evidence?.mode == .separate)
        #expect(right.language?.name == "python")

        let wrong = try await judge(Submission(markdown: "Here it is:\n```python\ndef f(x): return x\n```\n"))
        #expect(wrong.verdict == .wrongAnswer && wrong.score == 0)
        #expect(wrong.counts == CaseCounts(total: 1, failed: 1))
        #expect(wrong.cases.first?.checker?.message.contains("line 1 `assert f(2) == 3`") == true)
    }

    @Test func whatIsNoAnswerIsInvalid() async throws {
        let answers = [
            Submission(), Submission(code: "x", markdown: "y"), Submission(code: "x", language: "ruby"),
            Submission(code: "x", files: [FileInput(path: "a", content: "")]),
        ]
        for answer in answers {
            let report = try await judge(answer)
            #expect(report.verdict == .invalidSubmission && report.error != nil && report.cases.isEmpty)
        }
    }

    @Test func aKeysLimitsAndPolicyHold() async throws {
        let rules = KeyRules(
            policy: CodePolicy(imports: .init(deny: ["socket"])), limits: LimitsRequest(cpuMilliseconds: 500))
        let denied = try await judge(Submission(code: "import socket\ndef f(x): return x + 1"), rules: rules)
        #expect(denied.verdict == .policyViolation && denied.cases.isEmpty)
        #expect(denied.error?.message.contains("socket") == true)
        let tests = try await judge(
            Submission(code: "def f(x): return x + 1"), Self.problem("import socket\nassert f(2) == 3\n"), rules: rules)
        #expect(tests.verdict == .policyViolation)
        let slow = try await judge(Submission(code: "def f(x):\n    while True: pass"), rules: rules)
        #expect(slow.verdict == .cpuTimeout)
        let fine = try await judge(Submission(code: "def f(x): return x + 1"), rules: rules)
        #expect(fine.verdict == .ok)
        #expect(throws: RequestError.self) {
            try PreparedProblem(
                Self.problem(limits: LimitsRequest(cpuMilliseconds: 5000)), at: "problem",
                engine.submissionJudge.preparation, rules: rules)
        }
    }

    @Test func problemsSayWhatIsWrongWithThem() throws {
        let preparation = engine.submissionJudge.preparation
        #expect(throws: RequestError.self) { try PreparedProblem(Self.problem(" \n"), at: "p", preparation) }
        var mixed = Self.problem()
        mixed.cases = [JudgeCase(stdin: "")]
        #expect(throws: RequestError.self) { try PreparedProblem(mixed, at: "p", preparation) }
        var unknown = Self.problem()
        unknown.unitTests?.language = "klingon"
        let error = #expect(throws: RequestError.self) { try PreparedProblem(unknown, at: "p", preparation) }
        #expect(error?.code == .unknownLanguage && error?.field == "p.unit_tests.language")
    }
}
