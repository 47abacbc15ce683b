// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// What became of one sample: a line of the results' file.
struct EvalResult: Sendable, Hashable, Codable {
    var place: EvalSample.Place
    /// Of the answer.
    var digest: String
    /// Of what judged it.
    var conditions: String
    var task: String
    var verdict: Verdict
    var language: String?
    /// Times of the slowest case, memory of the largest.
    var wallMilliseconds: Double
    var cpuMilliseconds: Double
    var memoryPeakBytes: Int
    /// Accepted cases, and all of them.
    var casesPassed: Int
    var cases: Int
    /// What was wrong, in words; nil when nothing was.
    var message: String?
    var cached: Bool

    var isPassed: Bool { verdict == .ok }

    /// Whether it says something about the sample. What does not is judged again when the evaluation goes on.
    var isFinal: Bool {
        switch verdict {
        case .internalError, .checkerFailed, .cancelled: false
        default: true
        }
    }

    enum CodingKeys: String, CodingKey {
        case place, digest, conditions, verdict, language, cases, message, cached
        case task = "task_id"
        case wallMilliseconds = "wall_ms"
        case cpuMilliseconds = "cpu_ms"
        case memoryPeakBytes = "memory_peak_bytes"
        case casesPassed = "cases_passed"
    }
}

extension EvalResult {
    /// Of a message; reports hold whole outputs.
    private static let mostMessageBytes = 2000

    init(_ report: SubmissionReport, of item: EvalItem) {
        let failed = report.cases.first { $0.verdict != .ok }
        let words =
            [
                report.error?.message, failed?.checker?.message, failed?.error?.message, report.compile?.stderr,
                failed?.stderr,
            ]
            .lazy.compactMap(\.self).first { !$0.isEmpty }
        self.init(
            place: item.sample.place, digest: item.sample.digest, conditions: item.conditions, task: item.task,
            verdict: report.verdict, language: report.language?.name,
            wallMilliseconds: report.cases.map(\.wallMilliseconds).max() ?? 0,
            cpuMilliseconds: report.cases.map(\.cpuMilliseconds).max() ?? 0,
            memoryPeakBytes: report.cases.map(\.memoryPeakBytes).max() ?? 0,
            casesPassed: report.counts.passed, cases: report.counts.total,
            message: report.verdict == .ok
                ? nil : words.map { String(decoding: $0.utf8.prefix(Self.mostMessageBytes), as: UTF8.self) },
            cached: report.cached)
    }
}
