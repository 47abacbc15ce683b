// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import Engine

/// What a submission comes to, from what its cases came to.
@Suite struct VerdictOfCasesTests {
    private func report(_ verdicts: [Verdict?], stops: Bool = false) -> SubmissionReport {
        var report = SubmissionReport(verdict: .invalidSubmission, counts: CaseCounts(total: verdicts.count))
        var results: [Int: CaseReport] = [:]
        for (index, verdict) in verdicts.enumerated() {
            guard let verdict else { continue }
            results[index] = CaseReport(id: "\(index)", verdict: verdict, score: verdict == .ok ? 1 : 0)
        }
        SubmissionJudge.finish(&report, results, stops: stops)
        return report
    }

    struct Case: Sendable {
        let verdicts: [Verdict]
        let expected: Verdict
    }

    @Test(arguments: [
        Case(verdicts: [.ok, .ok], expected: .ok),
        Case(verdicts: [.ok, .wrongAnswer, .runtimeError], expected: .wrongAnswer),
        Case(verdicts: [.wallTimeout, .wrongAnswer], expected: .wallTimeout),
        // Our own failure or the checker's decides nothing while a case was judged.
        Case(verdicts: [.checkerFailed, .wrongAnswer], expected: .wrongAnswer),
        Case(verdicts: [.internalError, .ok, .memoryLimit], expected: .memoryLimit),
        Case(verdicts: [.ok, .checkerFailed], expected: .checkerFailed),
        Case(verdicts: [.ok, .internalError, .checkerFailed], expected: .internalError),
    ])
    func isThatOfTheFirstCaseThatWasJudged(item: Case) { #expect(report(item.verdicts).verdict == item.expected) }

    @Test func failuresOfOursCountAsSkippedAndAreNamed() {
        let report = report([.ok, .checkerFailed, .internalError, .wrongAnswer])
        #expect(report.counts == CaseCounts(total: 4, passed: 1, failed: 1, skipped: 2))
        #expect(report.error == nil, "the submission is judged")
        #expect(self.report([.ok, .checkerFailed]).error?.code == "checker_failed")
    }

    @Test func whatRanBesideTheFirstFailureIsNotSeen() {
        let report = report([.ok, .wrongAnswer, .ok, nil, .runtimeError], stops: true)
        #expect(report.cases.map(\.id) == ["0", "1"])
        #expect(report.counts == CaseCounts(total: 5, passed: 1, failed: 1, skipped: 3))
        #expect(report.score == 1)
    }

    @Test func aShareOfThePointsIsWrongWithPoints() {
        var result = CaseReport(id: "a", verdict: .ok, maxScore: 4)
        result.judge(CheckerReport(outcome: .partial, share: 0.25))
        #expect(result.verdict == .wrongAnswer && result.score == 1)
        result.judge(CheckerReport(outcome: .presentation, share: 0))
        #expect(result.verdict == .wrongAnswer && result.score == 0)
        result.judge(CheckerReport(outcome: .failed, share: 0))
        #expect(result.verdict == .checkerFailed)
    }
}

/// How the end of a checker is read.
@Suite struct CheckerEndTests {
    struct End: Sendable {
        var verdict = Verdict.runtimeError
        var code: Int? = nil
        var stderr = ""
        var error: RunErrorReport?
        let outcome: CheckerReport.Outcome
        var share = 0.0
    }

    @Test(arguments: [
        End(verdict: .ok, code: 0, outcome: .accepted, share: 1),
        End(code: 1, stderr: "differs", outcome: .wrong), End(code: 2, outcome: .presentation),
        End(code: 3, stderr: "no answer file", outcome: .failed), End(code: 4, outcome: .failed),
        End(code: 7, stderr: "points 0.5 half", outcome: .partial, share: 0.5),
        End(code: 7, stderr: "0.25", outcome: .partial, share: 0.25),
        End(code: 7, stderr: "points 2", outcome: .failed), End(code: 7, stderr: "points nan", outcome: .failed),
        End(code: 7, outcome: .failed), End(verdict: .wallTimeout, outcome: .failed),
        End(verdict: .signaled, outcome: .failed),
        End(verdict: .memoryLimit, outcome: .failed), End(verdict: .internalError, outcome: .failed),
        End(verdict: .processLimit, code: 1, outcome: .failed),
        // Python ends so by an error that nobody caught.
        End(code: 1, error: RunErrorReport(type: "E", message: "m", traceback: "Traceback", line: 1), outcome: .failed),
    ])
    func isReadAsDocumented(end: End) {
        let stage = StageReport(
            verdict: end.verdict, exitCode: end.code, signal: nil, stdout: "", stderr: end.stderr,
            stdoutTruncated: false, stderrTruncated: false, stdoutBase64: nil, stderrBase64: nil, wallMilliseconds: 1,
            cpuMilliseconds: 1, memoryPeakBytes: 1)
        let report = RunReport(
            id: "run", stage: stage,
            language: LanguageReport(name: "python", version: nil, detectedBy: .explicit, confidence: 1), compile: nil,
            warnings: [], error: end.error, files: [],
            isolation: IsolationReport(driver: "d", start: "cold", limitsEnforcedBy: "none"), timings: Timings())
        let found = CheckerRun.judgement(report)
        #expect(found.outcome == end.outcome)
        #expect(found.share == end.share)
    }
}
