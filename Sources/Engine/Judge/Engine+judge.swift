// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

extension Engine {
    public func judge(
        _ problem: UnitTestProblem, answer: String, terms: JudgeTerms = JudgeTerms()
    ) async throws -> UnitTestReport {
        try await UnitTestJudge(
            preparation: preparation, runner: runner, places: JudgePlaces(queue: queue, isPatient: false),
            bytecode: submissionJudge.bytecode
        ).judge(problem, answer: answer, terms)
    }

    /// Judges one submission by a problem. Waits for a place however many wait.
    ///
    /// - Throws: ``RequestError`` for a problem that is none; `CancellationError`. Everything else is in the report.
    public func judge(
        _ submission: Submission, of problem: JudgeProblem, options: JudgeOptions = JudgeOptions()
    ) async throws -> SubmissionReport {
        let prepared = try PreparedProblem(problem, at: "problem", preparation)
        return try await submissionJudge.judge(.init(submission: submission, problem: prepared, options: options))
    }
}
