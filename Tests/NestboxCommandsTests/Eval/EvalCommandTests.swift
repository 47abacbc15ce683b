// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxClient
import NestboxCore
import Synchronization
import Testing

@testable import NestboxCommands

/// `nestbox eval`, with a judge that is made up.
@Suite(.timeLimit(.minutes(1))) struct EvalCommandTests {
    private let directory: TemporaryDirectory
    private let dataset: String

    init() throws {
        directory = try TemporaryDirectory()
        dataset = try directory.file(
            "tasks.jsonl",
            (0..<3).map {
                "{\"task_id\": \"T/\($0)\", \"prompt\": \"def f():\\n\", \"entry_point\": \"f\", \"canonical_solution\": \"    return \($0)\\n\", \"test\": \"def check(f):\\n    assert f() == \($0)\\n\"}"
            }.joined(separator: "\n"))
    }

    /// Passes answers that say so; remembers what it was asked.
    private final class Judge: Sendable {
        private let asked = Mutex<[String]>([])
        var texts: [String] { asked.withLock { $0.sorted() } }

        func judge(_ item: EvalItem) async throws -> SubmissionReport {
            asked.withLock { $0.append("\(item.task) \(item.sample.text)") }
            if item.sample.text == "hang" { try await Task.sleep(for: .seconds(3600)) }
            let verdict: Verdict =
                item.sample.text == "good" ? .ok : item.sample.text == "ours" ? .internalError : .wrongAnswer
            return SubmissionReport(verdict: verdict, counts: .init(total: 1, passed: verdict == .ok ? 1 : 0))
        }
    }

    private func fixture(_ judge: Judge) -> CommandFixture {
        var fixture = CommandFixture()
        fixture.services.judging = { try await judge.judge($0) }
        return fixture
    }

    private func samples(_ answers: [(String, String)]) throws -> String {
        try directory.file(
            "s.jsonl", answers.map { "{\"task_id\": \"\($0.0)\", \"completion\": \"\($0.1)\"}" }.joined(separator: "\n")
        )
    }

    @Test func judgesEachAnswerAndSaysHowManyPassed() async throws {
        let judge = Judge()
        let fixture = fixture(judge)
        let path = try samples([("T/0", "good"), ("1", "bad"), ("T/2", "good")])
        let page = directory.path + "/report.html"
        #expect(await fixture.run("eval", path, "--dataset", dataset, "--report", page) == 0)
        #expect(judge.texts == ["T/0 good", "T/1 bad", "T/2 good"])
        #expect(fixture.output.text.contains("pass@1 = 0.667"))
        #expect(fixture.output.text.contains("2 of 3 answers passed, to 3 of 3 tasks"))
        #expect(try directory.read("report.html").contains("0.667"))
        #expect(try directory.read("s.jsonl.results.jsonl").split(separator: "\n").count == 3)
    }

    @Test func goesOnWhereItWasAndJudgesNothingTwice() async throws {
        let path = try samples([("T/0", "good"), ("T/1", "ours")])
        let first = fixture(Judge())
        #expect(await first.run("eval", path, "--dataset", dataset) == 1)
        #expect(first.output.text.contains("NOT JUDGED: 1"))
        let judge = Judge()
        let second = fixture(judge)
        #expect(await second.run("eval", path, "--dataset", dataset, "--json") == 1)
        #expect(judge.texts == ["T/1 ours"])
        #expect(second.output.text.contains("\"unjudged\":1"))
    }

    @Test func resultsOfOtherAnswersAreNotMixedIn() async throws {
        #expect(await fixture(Judge()).run("eval", try samples([("T/0", "good")]), "--dataset", dataset) == 0)
        let changed = fixture(Judge())
        let path = try samples([("T/0", "bad")])
        #expect(await changed.run("eval", path, "--dataset", dataset) == 64)
        #expect(changed.errors.text.contains("result of another answer for line 1"))
        let anew = fixture(Judge())
        #expect(await anew.run("eval", path, "--dataset", dataset, "--force") == 0)
        #expect(anew.output.text.contains("0 of 1 answers passed"))
    }

    @Test(arguments: [
        ["--seed", "2"], ["--cpu-time", "3s"], ["--mode", "in_process"], ["--clock", "2024-02-29T12:00:00Z"],
    ])
    func resultsOfOtherConditionsAreNotMixedIn(_ condition: [String]) async throws {
        let path = try samples([("T/0", "good")])
        let usual = ["eval", path, "--dataset", dataset, "--seed", "1"]
        #expect(await fixture(Judge()).run(usual) == 0)
        let same = Judge()
        #expect(await fixture(same).run(usual) == 0)
        #expect(same.texts.isEmpty)
        let changed = fixture(Judge())
        #expect(await changed.run(["eval", path, "--dataset", dataset] + condition) == 64)
        #expect(changed.errors.text.contains("line 1 was judged otherwise in '\(path).results.jsonl'"))
    }

    @Test func resultsOfAnotherTaskOfTheSameNameAreNotMixedIn() async throws {
        let path = try samples([("T/0", "good")])
        #expect(await fixture(Judge()).run(["eval", path, "--dataset", dataset]) == 0)
        let other = try directory.file(
            "other.jsonl", try directory.read("tasks.jsonl").replacing("== 0", with: "== 7"))
        let changed = fixture(Judge())
        #expect(await changed.run(["eval", path, "--dataset", other]) == 64)
        #expect(changed.errors.text.contains("by another task"))
    }

    @Test func whatIsWrongIsNamedAndTheRestIsJudged() async throws {
        let judge = Judge()
        let fixture = fixture(judge)
        let path = try directory.file(
            "s.jsonl",
            "{\"task_id\": \"T/0\", \"completion\": \"good\"}\nnonsense\n{\"task_id\": \"T/9\", \"completion\": \"x\"}\n"
        )
        #expect(await fixture.run("eval", path, "--dataset", dataset) == 1)
        #expect(judge.texts == ["T/0 good"])
        #expect(fixture.output.text.contains("line 2: it is no JSON object: column 1: "))
        #expect(fixture.output.text.contains("line 3: it answers 'T/9', which is no task of the data set"))
    }

    @Test func theDataSetsOwnAnswersCanBeJudged() async throws {
        let judge = Judge()
        let out = directory.path + "/own.jsonl"
        #expect(await fixture(judge).run("eval", "--reference", "--dataset", dataset, "--out", out) == 0)
        #expect(judge.texts == (0..<3).map { "T/\($0)     return \($0)\n" })
    }

    @Test func anInterruptKeepsWhatIsJudged() async throws {
        let fixture = fixture(Judge())
        let path = try samples([("T/0", "good"), ("T/1", "hang"), ("T/2", "hang")])
        async let status = fixture.run("eval", path, "--dataset", dataset)
        while (try? directory.read("s.jsonl.results.jsonl"))?.contains("T/0") != true {
            try await Task.sleep(for: .milliseconds(5))
        }
        fixture.interrupts.send(.interrupt)
        #expect(await status == 130)
        #expect(fixture.output.text.contains("NOT JUDGED: 2"))
        #expect(try directory.read("s.jsonl.results.jsonl").split(separator: "\n").count == 1)
    }

    @Test func aFileThatCannotBeWrittenIsToldBeforeAnythingIsJudged() async throws {
        let judge = Judge()
        let path = try samples([("T/0", "good")])
        for out in [directory.path, directory.path + "/none/r.jsonl"] {
            let fixture = fixture(judge)
            #expect(await fixture.run("eval", path, "--dataset", dataset, "--out", out) == 64)
            #expect(fixture.errors.text.contains("cannot write '\(out)'"))
        }
        let report = fixture(judge)
        #expect(await report.run("eval", path, "--dataset", dataset, "--report", directory.path + "/none/r.html") != 0)
        #expect(report.errors.text.contains("cannot write '\(directory.path)/none/r.html'"))
    }

    /// A line twice is two answers to its task.
    @Test func aKThatCannotBeToldIsNamed() async throws {
        let fixture = fixture(Judge())
        let path = try samples([("T/0", "good"), ("T/0", "good"), ("T/1", "bad")])
        #expect(await fixture.run("eval", path, "--dataset", dataset, "--k", "1,2") == 0)
        #expect(fixture.output.text.contains("pass@1 = 0.500"))
        #expect(fixture.output.text.contains("pass@2 cannot be told: it needs 2 answers of each task"))
        #expect(fixture.output.text.contains("2 of 3 answers passed, to 2 of 3 tasks"))
    }

    @Test(arguments: [
        (["eval", "--dataset", "/dev/null"], "name a file of answers"),
        (["eval", "x", "--reference", "--dataset", "y"], "name a file of answers"),
        (["eval", "/nonexistent", "--dataset", "/nonexistent"], "there is no data set"),
        (["eval", "/nonexistent", "--dataset", "/dev/null"], "has no tasks"),
        (["eval", "/dev/null", "--dataset", "/dev/null", "--k", "0"], "--k takes"),
        (["eval", "/dev/null", "--dataset", "/dev/null", "--jobs", "0"], "--jobs takes"),
    ])
    func wrongUseIsExplained(arguments: [String], message: String) async {
        let fixture = CommandFixture()
        #expect(await fixture.run(arguments) == 64)
        #expect(fixture.errors.text.contains(message))
    }

    /// It takes connections, and never answers.
    @Test func aSilentServerIsGivenUp() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, length) == 0, listen(listener, 8) == 0,
                    getsockname(listener, address, &length) == 0
                else { return 0 }
                return Int(pointer.pointee.sin_port.bigEndian)
            }
        }
        let exchange = try HTTPExchange(
            url: "http://127.0.0.1:\(port)", key: nil, agent: "test", patience: .milliseconds(500))
        let failure = await #expect(throws: HTTPExchange.Failure.self) { try await exchange.send(.get, "/healthz") }
        #expect(failure?.isBeforeSending == false)
    }

    @Test func anAddressThatIsNoneIsRefusedBeforeAnythingElse() async throws {
        let path = try samples([("T/0", "good")])
        let fixture = CommandFixture()
        #expect(await fixture.run("eval", path, "--dataset", dataset, "--server", "https://example.org") == 64)
        #expect(fixture.errors.text.contains("http://"))
    }
}
