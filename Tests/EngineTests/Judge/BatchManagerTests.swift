// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Isolation
import Logging
import NestboxCore
import Testing

@testable import Engine
@testable import Store

@Suite(.timeLimit(.minutes(5))) struct BatchManagerTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private static let problem = JudgeProblem(cases: [JudgeCase(stdin: "4", expected: "4")])
    private static let echo = Submission(code: "print(input())", language: "python")

    private func manager(
        _ store: BatchStore, concurrency: Int = 2, driver: (any IsolationDriver)? = nil
    ) throws -> BatchManager {
        let engine = try EngineFixture.make(EngineConfiguration(concurrency: concurrency), driver: driver)
        return BatchManager(engine: engine, store: store, logger: Self.logger)
    }

    /// Waits until a batch is over and returns all its results.
    private func reports(_ manager: BatchManager, _ id: String) async throws -> [SubmissionReport] {
        var lines: [BatchPage.Line] = []
        while let page = try await manager.results(ofBatch: id, after: lines.count, limit: 7) {
            lines += page.lines
            if page.status.state.isOver, page.status.done == lines.count { break }
            try await manager.waitForResults(ofBatch: id, after: lines.count, atMost: .seconds(20))
        }
        #expect(lines.map(\.sequence) == Array(1..<(lines.count + 1)))
        return try lines.map { try JSONDecoder().decode(SubmissionReport.self, from: Data($0.report.utf8)) }
    }

    @Test func everySubmissionGetsOneResult() async throws {
        let manager = try manager(BatchStore(path: nil))
        let submissions = (0..<40).map { number in
            Submission(id: "s\(number)", code: number % 2 == 0 ? "print(input())" : "", language: "python")
        }
        let status = try await manager.submit(BatchRequest(problem: Self.problem, submissions: submissions))
        #expect(status.state == .queued && status.total == 40)
        let reports = try await reports(manager, status.id)
        #expect(Set(reports.map(\.index)) == Set(0..<40) && reports.count == 40)
        #expect(reports.allSatisfy { $0.id == "s\($0.index)" })
        #expect(reports.allSatisfy { $0.verdict == ($0.index % 2 == 0 ? .ok : .invalidSubmission) })
        let over = try #require(try await manager.status(ofBatch: status.id))
        #expect(over.state == .finished && over.verdicts == ["ok": 20, "invalid_submission": 20])
        await manager.shutDown()
    }

    /// What one process left is judged by the next, and nothing twice.
    @Test func anotherProcessGoesOn() async throws {
        let store = try BatchStore(path: nil)
        let first = try manager(store)
        let id = try await first.submit(
            BatchRequest(problem: Self.problem, submissions: Array(repeating: Self.echo, count: 30))
        ).id
        try await first.waitForResults(ofBatch: id, after: 3, atMost: .seconds(20))
        await first.shutDown()
        let done = try #require(try await first.status(ofBatch: id)).done
        #expect(done < 30)
        let second = try manager(store)
        await second.start()
        let reports = try await reports(second, id)
        #expect(reports.map(\.index).sorted() == Array(0..<30))
        await second.shutDown()
    }

    @Test func aCancelledBatchEnds() async throws {
        let manager = try manager(BatchStore(path: nil))
        let sleeper = Submission(code: "import time; time.sleep(60)", language: "python")
        let id = try await manager.submit(
            BatchRequest(problem: Self.problem, submissions: Array(repeating: sleeper, count: 10))
        ).id
        #expect(try await manager.cancel(batch: id)?.state == .cancelled)
        #expect(try await reports(manager, id).isEmpty)
        // Its places are free again.
        let other = try await manager.submit(BatchRequest(problem: Self.problem, submissions: [Self.echo])).id
        #expect(try await reports(manager, other).map(\.verdict) == [.ok])
        await manager.shutDown()
        #expect(try await manager.cancel(batch: "batch_unknown") == nil)
    }

    /// Those whose batch is cancelled make room; the store answers no task that is cancelled, so that they must not be who reads what comes.
    @Test func whatWaitsBehindACancelledBatchIsJudged() async throws {
        let manager = try manager(BatchStore(path: nil))
        let sleeper = Submission(code: "import time; time.sleep(60)", language: "python")
        let first = try await manager.submit(
            BatchRequest(problem: Self.problem, submissions: Array(repeating: sleeper, count: 4))
        ).id
        while try await manager.status(ofBatch: first)?.state != .running { await Task.yield() }
        let second = try await manager.submit(BatchRequest(problem: Self.problem, submissions: [Self.echo])).id
        #expect(try await manager.cancel(batch: first)?.state == .cancelled)
        #expect(try await reports(manager, second).map(\.verdict) == [.ok])
        await manager.shutDown()
    }

    @Test func identicalJudgementsAreAnsweredAgainWhenAskedFor() async throws {
        let manager = try manager(BatchStore(path: nil))
        func judged(_ submission: Submission, cache: Bool = true, expected: String = "4") async throws
            -> SubmissionReport
        {
            let problem = JudgeProblem(cases: [JudgeCase(stdin: "4", expected: expected)])
            let id = try await manager.submit(
                BatchRequest(problem: problem, submissions: [submission], options: JudgeOptions(cache: cache))
            ).id
            return try #require(try await reports(manager, id).first)
        }
        var named = Self.echo
        named.id = "named"
        let first = try await judged(Self.echo)
        let second = try await judged(named)
        #expect(!first.cached && second.cached)
        #expect(second.id == "named" && second.cases == first.cases)
        #expect(!(try await judged(Self.echo, cache: false)).cached)
        #expect(!(try await judged(Self.echo, expected: "5")).cached)
        // A time limit may end otherwise the next time.
        let slow = Submission(code: "while True: pass", language: "python")
        let problem = JudgeProblem(
            cases: [JudgeCase(stdin: "", expected: "")], limits: LimitsRequest(cpuMilliseconds: 50))
        for _ in 0..<2 {
            let batch = BatchRequest(problem: problem, submissions: [slow], options: JudgeOptions(cache: true))
            let report = try #require(try await reports(manager, try await manager.submit(batch).id).first)
            #expect(report.verdict == .cpuTimeout && !report.cached)
        }
        await manager.shutDown()
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let field: String
        let code: RequestError.Code
        let problem: JudgeProblem
        var testDescription: String { "\(code.rawValue) \(field)" }

        init(_ field: String, _ code: RequestError.Code, _ item: JudgeCase, checker: Checker? = nil) {
            (self.field, self.code) = (field, code)
            problem = JudgeProblem(cases: [JudgeCase(stdin: "", expected: ""), item], checker: checker)
        }
    }

    @Test(arguments: [
        Bad(
            "problems.p.cases.1.limits.wall_ms", .invalidLimit,
            JudgeCase(stdin: "", expected: "", limits: .init(wallMilliseconds: 0))),
        Bad(
            "problems.p.cases.1.files.0.path", .invalidPath,
            JudgeCase(files: [FileInput(path: "../x", content: "")], expected: "")),
        Bad("problems.p.cases.1.args.0", .invalidArgument, JudgeCase(args: ["a\0b"], expected: "")),
        Bad(
            "problems.p.cases.1.expected", .invalidField,
            JudgeCase(stdin: "", expected: String(repeating: "x", count: 2 << 20))),
        Bad("problems.p.cases.1.checker.pattern", .invalidPattern, JudgeCase(stdin: "", checker: .regex(pattern: "("))),
        Bad(
            "problems.p.checker.program.language", .unknownLanguage, JudgeCase(stdin: "", expected: ""),
            checker: .program(CheckerProgram(code: "x", language: "klingon"))),
        Bad(
            "problems.p.checker.program.code", .missingCode, JudgeCase(stdin: "", expected: ""),
            checker: .program(CheckerProgram())),
    ])
    func aBatchThatCannotBeJudgedIsRefusedWhole(bad: Bad) async throws {
        let store = try BatchStore(path: nil)
        let manager = try manager(store)
        let batch = BatchRequest(
            problems: ["p": bad.problem], submissions: [Submission(problem: "p", code: "x", language: "python")])
        let error = await #expect(throws: RequestError.self) { try await manager.submit(batch) }
        #expect(error?.code == bad.code)
        #expect(error?.field == bad.field)
        #expect(try await store.open().isEmpty)
    }

    /// What a problem may cost beside its text.
    @Test(arguments: [
        (RequestError.Code.invalidField, "problem.cases.100.checker"),
        (.invalidPattern, "problem.cases.51.checker"),
    ])
    func tooManyCheckersAreRefused(code: RequestError.Code, field: String) async throws {
        let cases = (0..<120).map { number in
            let checker: Checker =
                code == .invalidField
                ? .program(CheckerProgram(code: "exit(\(number))", language: "python"))
                : .regex(pattern: "(a{100}){196}\(number)")
            return JudgeCase(stdin: "", expected: "", checker: checker)
        }
        let manager = try manager(BatchStore(path: nil))
        let batch = BatchRequest(problem: JudgeProblem(cases: cases), submissions: [Self.echo])
        let error = await #expect(throws: RequestError.self) { try await manager.submit(batch) }
        #expect(error?.code == code)
        #expect(error?.field == field)
        await manager.shutDown()
    }

    /// The smaller one does not wait for the larger one that came first.
    @Test func batchesTakeTurns() async throws {
        let manager = try manager(BatchStore(path: nil), concurrency: 1)
        func submit(_ count: Int) async throws -> String {
            try await manager.submit(
                BatchRequest(problem: Self.problem, submissions: Array(repeating: Self.echo, count: count))
            ).id
        }
        let (large, small) = (try await submit(20), try await submit(3))
        #expect(try await reports(manager, small).count == 3)
        #expect(try await reports(manager, large).count == 20)
        let ends = [
            try await manager.status(ofBatch: small)?.finishedMilliseconds,
            try await manager.status(ofBatch: large)?.finishedMilliseconds,
        ].compactMap(\.self)
        #expect(ends.count == 2 && ends[0] < ends[1])
        await manager.shutDown()
    }

    @Test func moreThanTheDiskMayHoldIsRefusedUntilThereIsRoom() async throws {
        let manager = try manager(BatchStore(path: nil, retention: BatchRetention(bytes: 200)))
        let sleeper = Submission(code: "import time; time.sleep(60)", language: "python")
        let batch = BatchRequest(problem: Self.problem, submissions: [sleeper, sleeper, sleeper])
        let id = try await manager.submit(batch).id
        let error = await #expect(throws: RequestError.self) { try await manager.submit(batch) }
        #expect(error?.code == .queueFull)
        #expect(try await manager.cancel(batch: id)?.state == .cancelled)
        let next = try await manager.submit(BatchRequest(problem: Self.problem, submissions: [Self.echo])).id
        #expect(try await reports(manager, next).map(\.verdict) == [.ok])
        await manager.shutDown()
    }

    /// While nothing can be kept, what is judged waits; afterwards everything is there, once.
    @Test func aFullDatabaseHoldsResultsBackAndLosesNone() async throws {
        let store = try BatchStore(path: nil)
        let manager = try manager(store)
        // A result of this does not fit into what its submission leaves.
        let loud = Submission(code: "print('x' * 7000)", language: "python")
        let pages = try await store.perform("test") { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        func bound(_ pages: Int) async throws {
            try await store.perform("test") { _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)") }
        }
        let id = try await manager.submit(
            BatchRequest(problem: Self.problem, submissions: Array(repeating: loud, count: 6))
        ).id
        try await bound(pages)
        while await !manager.metrics().contains("nestbox_batch_store_failing 1") {
            try await Task.sleep(for: .milliseconds(5))
        }
        let refused = BatchRequest(problem: Self.problem, submissions: Array(repeating: loud, count: 400))
        let error = await #expect(throws: ServiceError.self) { try await manager.submit(refused) }
        #expect(error?.code == .storeFailed)
        try await bound(1 << 30)
        #expect(try await reports(manager, id).map(\.index).sorted() == Array(0..<6))
        #expect(await manager.metrics().contains("nestbox_batch_store_failing 0"))
        #expect(try await store.open().isEmpty, "what was refused is not there")
        await manager.shutDown()
    }

    /// One batch that cannot be read does not keep the others from being judged.
    @Test func whatCannotBeReadIsEndedAndTheRestGoesOn() async throws {
        let store = try BatchStore(path: nil)
        try await store.add(id: "bad", options: "nonsense", problems: [:], count: 1, createdMilliseconds: 0) { _ in "{}"
        }
        let first = try manager(store)
        let id = try await first.submit(BatchRequest(problem: Self.problem, submissions: [Self.echo])).id
        await first.shutDown()
        let second = try manager(store)
        await second.start()
        #expect(try await reports(second, id).map(\.verdict) == [.ok])
        #expect(try await second.status(ofBatch: "bad")?.state == .cancelled)
        await second.shutDown()
    }

    @Test func whatCameOfBatchesIsCounted() async throws {
        let manager = try manager(BatchStore(path: nil))
        let failing = CheckerProgram(code: "1 / 0", language: "python")
        let problem = JudgeProblem(cases: [
            JudgeCase(stdin: "4", expected: "4"), JudgeCase(stdin: "4", checker: .program(failing)),
        ])
        var batch = BatchRequest(problem: problem, submissions: [Self.echo])
        batch.problems["p"] = Self.problem
        for code in ["print(5)", "print(input())", "print(input())"] {
            batch.submissions.append(Submission(problem: "p", code: code, language: "python"))
        }
        batch.options.cache = true
        batch.options.parallel = 1
        let id = try await manager.submit(batch).id
        #expect(try await reports(manager, id).count == 4)
        let lines = Set(await manager.metrics().split(separator: "\n").map(String.init))
        let wanted = [
            "nestbox_batches_open 0", "nestbox_batch_submissions_waiting 0", "nestbox_batch_submissions_running 0",
            "nestbox_batch_results_total{verdict=\"checker_failed\"} 1",
            "nestbox_batch_results_total{verdict=\"wrong_answer\"} 1", "nestbox_batch_checker_failures_total 1",
            "nestbox_batch_store_failures_total 0",
        ]
        for line in wanted { #expect(lines.contains(line), "\(line) is not in \(lines)") }
        await manager.shutDown()
    }
}
