// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

extension Engine {
    /// Judges one submission, behind the runs that wait; nothing of it is kept.
    ///
    /// - Throws: ``RequestError`` for a problem that cannot be judged, naming the case; `CancellationError`. Whatever is wrong with
    ///   the submission is in the report.
    public func judge(
        _ submission: Submission, of problem: JudgeProblem, options: JudgeOptions = JudgeOptions()
    ) async throws -> SubmissionReport {
        try await judge.judge(
            .init(
                submission: submission, problem: try PreparedProblem(problem, at: "problem", judge.preparation),
                options: options))
    }
}
