// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Synchronization

/// A sample with what judges it.
struct EvalItem: Sendable {
    let sample: EvalSample
    /// The data set's own name of the task.
    let task: String
    /// A digest of the task's row, the mode, the limits, seed and clock.
    let conditions: String
    let problem: JudgeProblem
    let submission: Submission
    /// What its programs find the same each time.
    var deterministic: Determinism?
}

/// What is to judge, one after the other, for any number of takers.
final class EvalSource: Sendable {
    private let next: Mutex<Int> = Mutex(0)
    private let count: Int
    private let item: @Sendable (Int) -> EvalItem?

    /// - Parameter item: Makes one when it is wanted; nil leaves it out.
    init(count: Int, item: @escaping @Sendable (Int) -> EvalItem?) {
        self.count = count
        self.item = item
    }

    /// Nil when there are no more.
    func take() -> EvalItem? {
        while true {
            let index = next.withLock { next -> Int? in
                guard next < count else { return nil }
                defer { next += 1 }
                return next
            }
            guard let index else { return nil }
            if let item = item(index) { return item }
        }
    }
}

/// Who judges samples: this machine, or a server.
protocol EvalJudge: Sendable {
    /// Judges all that `source` has. `onReport` is awaited for each, from several tasks at one time.
    ///
    /// - Parameter jobs: At one time; nil means as many as fit.
    /// - Throws: `CancellationError`, what `onReport` throws, and ``CommandError`` when nobody can judge any more. What was told by
    ///   `onReport` stays.
    func judge(
        _ source: EvalSource, jobs: Int?,
        onReport: @escaping @Sendable (EvalItem, SubmissionReport) async throws -> Void
    ) async throws

    /// Ends what was begun for judging.
    func close() async
}

/// Judges on this machine.
struct LocalEvalJudge: EvalJudge {
    /// Most samples at one time that help.
    let places: Int
    let judging: @Sendable (EvalItem) async throws -> SubmissionReport
    let closing: @Sendable () async -> Void

    func judge(
        _ source: EvalSource, jobs: Int?,
        onReport: @escaping @Sendable (EvalItem, SubmissionReport) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<(jobs ?? places) {
                group.addTask {
                    while let item = source.take() {
                        try Task.checkCancellation()
                        let report = try await judging(item)
                        // One that was stopped with us says nothing; it is judged when the evaluation goes on.
                        guard report.verdict != .cancelled else { throw CancellationError() }
                        try await onReport(item, report)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func close() async { await closing() }
}
