// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import NestboxCommands

@Suite struct EvalSummaryTests {
    private func result(
        _ line: Int, _ task: String, _ verdict: Verdict, language: String? = "python", wall: Double = 1,
        message: String? = nil
    ) -> EvalResult {
        EvalResult(
            place: .init(line: line, answer: 0), digest: "0", conditions: "0", task: task, verdict: verdict,
            language: language,
            wallMilliseconds: wall, cpuMilliseconds: 1, memoryPeakBytes: 1, casesPassed: verdict == .ok ? 1 : 0,
            cases: 1,
            message: message, cached: false)
    }

    private func summary(_ results: [EvalResult], samples: Int? = nil, k: [Int] = [1, 2]) -> EvalSummary {
        EvalSummary(
            dataset: "d", tasks: 3, results: results, samples: samples ?? results.count,
            problems: [EvalLineProblem(line: 9, message: "it is no JSON object")], k: k, seconds: 2,
            judgedNow: results.count)
    }

    @Test func figuresAreOfWhatWasJudged() {
        let summary = summary([
            result(1, "a", .ok, wall: 5), result(2, "a", .wrongAnswer, wall: 70), result(3, "b", .ok, language: "c"),
            result(4, "b", .internalError, wall: 900),
        ])
        #expect(summary.tasksAnswered == 2)
        #expect(summary.answers == .init(answers: 3, passed: 2))
        // b has one answer that counts, so nothing can be said of two.
        #expect(summary.passAtK == ["1": 0.75])
        #expect(summary.verdicts == ["ok": 2, "wrong_answer": 1])
        #expect(summary.languages == ["python": .init(answers: 2, passed: 1), "c": .init(answers: 1, passed: 1)])
        #expect(summary.slowest.map(\.wallMilliseconds) == [70, 5, 1])
        #expect(summary.unjudged == 1)
        #expect(!summary.isComplete)
    }

    @Test func theTextSaysWhatWasNotJudged() {
        let text = summary([result(1, "a", .ok)], samples: 3).text()
        #expect(text.contains("pass@1 = 1.000"))
        #expect(text.contains("1 of 1 answers passed, to 1 of 3 tasks of d"))
        #expect(text.contains("NOT JUDGED: 2"))
        #expect(text.contains("line 9: it is no JSON object"))
        #expect(!text.contains("pass@2"))
    }

    @Test func numbersAreRoundedAndNeverLoseDigits() {
        #expect(EvalSummary.decimal(0.0004, 3) == "0.000")
        #expect(EvalSummary.decimal(0.9996, 3) == "1.000")
        #expect(EvalSummary.decimal(12.05, 1) == "12.1")
        #expect(EvalSummary.decimal(-0.5, 1) == "-0.5")
        #expect(EvalSummary.decimal(7, 0) == "7")
        #expect(EvalProgress.time(0.2) == "1 s")
        #expect(EvalProgress.time(187) == "3:07")
        #expect(EvalProgress.time(3723) == "1:02:03")
    }

    @Test func thePageHoldsAnswersAsTextOnly() {
        let evil = "</pre><script>alert('1')</script>&\u{1b}[31m"
        let results = [
            result(1, "<b>a</b>", .wrongAnswer, message: evil), result(2, "b", .ok, language: "c", wall: 40),
        ]
        let page = EvalReportPage(summary: summary(results), results: results).html
        #expect(!page.contains("<script"))
        #expect(!page.contains("<b>a"))
        #expect(!page.contains("\u{1b}"))
        #expect(page.contains("&lt;script&gt;alert(&#39;1&#39;)"))
        #expect(page.contains("pass@1"))
        #expect(page.ranges(of: "<svg").count == 3)
    }
}
