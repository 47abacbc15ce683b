// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

extension Engine {
    /// Judges an answer by a problem's unit tests.
    ///
    /// - Parameters:
    ///   - answer: What a model wrote: code, or Markdown with code in it; the whole function, or what goes on from the prompt.
    ///   - limits: Of the submission.
    /// - Throws: ``RequestError`` for a problem that cannot be judged as it asks, or when the queue is full; ``ServiceError``;
    ///   `CancellationError`.
    public func judge(
        _ problem: UnitTestProblem, answer: String, limits: LimitsRequest = LimitsRequest(),
        compileLimits: LimitsRequest? = nil
    ) async throws -> UnitTestReport {
        try await UnitTestJudge(
            preparation: preparation, runner: runner, places: JudgePlaces(queue: queue, isPatient: false),
            bytecode: submissionJudge.bytecode
        ).judge(problem, answer: answer, .init(limits: limits, compileLimits: compileLimits))
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
