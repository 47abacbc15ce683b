// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Synchronization

/// What came of submissions since this process began, for monitoring.
final class BatchCounts: Sendable {
    private struct State {
        var verdicts: [Verdict: Int] = [:]
        var cases = 0
        var failedCheckers = 0
        var cached = 0
    }

    private let state = Mutex(State())

    /// Its result is committed.
    func add(_ report: SubmissionReport) {
        state.withLock { state in
            state.verdicts[report.verdict, default: 0] += 1
            if report.cached {
                state.cached += 1
                return
            }
            state.cases += report.cases.count
            state.failedCheckers += report.cases.count { $0.verdict == .checkerFailed }
        }
    }

    func write(to text: inout MetricsText) {
        let state = state.withLock { $0 }
        for verdict in Verdict.allCases {
            text.add(
                "nestbox_batch_results_total", .counter, "Results of submissions, by verdict.",
                state.verdicts[verdict] ?? 0, label: ("verdict", verdict.rawValue))
        }
        text.add("nestbox_batch_cases_total", .counter, "Cases that were judged.", state.cases)
        text.add(
            "nestbox_batch_checker_failures_total", .counter, "Cases whose checker failed.", state.failedCheckers)
        text.add(
            "nestbox_batch_cached_total", .counter, "Submissions answered from earlier judgements.", state.cached)
    }
}
