// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import NestboxCommands

/// What evaluations read and write.
@Suite struct EvalFilesTests {
    private func samples(_ text: String) throws -> EvalSampleFile { try EvalSampleFile(Data(text.utf8), name: "s") }

    @Test func linesOfSeveralMakersAreSamples() throws {
        let file = try samples(
            """
            {"task_id": "HumanEval/0", "completion": "    return 1\\n"}

            {"id": 7, "response": "```python\\nx\\n```", "model": {"name": "m"}}
            {"task_id": "a", "generations": ["one", "two"]}
            {"name": "HumanEval_1_x", "completions": ["three"]}
            """)
        #expect(file.problems.isEmpty)
        #expect(file.entries.map(\.task) == ["HumanEval/0", "7", "a", "a", "HumanEval_1_x"])
        #expect(file.entries.map(\.place.line) == [1, 3, 4, 4, 5])
        #expect(file.entries.map(\.place.answer) == [0, 0, 0, 1, 0])
        #expect(file.sample(file.entries[3])?.text == "two")
        #expect(file.sample(file.entries[0])?.text == "    return 1\n")
        #expect(Set(file.entries.map(\.digest)).count == 5)
    }

    @Test func aLineThatIsNoSampleIsNamedAndTheRestGoesOn() throws {
        var text = (1...7000).map { "{\"task_id\": \($0), \"completion\": \"\"}" }.joined(separator: "\n")
        text +=
            "\n{\"task_id\": 1, \"completion\": \n[1]\n{\"completion\": \"x\"}\n{\"task_id\": 1}\n{\"task_id\": 1, \"answers\": []}\n"
        text += "{\"task_id\": 9, \"code\": \"x\"}"
        let file = try samples(text)
        #expect(file.entries.count == 7001)
        #expect(file.problems.map(\.line) == [7001, 7002, 7003, 7004, 7005])
        let why = "it is no JSON object: column 30: the text ends where a value should be"
        #expect(file.problems[0].text == "line 7001: \(why)")
        #expect(file.problems[2].message.hasPrefix("it names no task"))
        #expect(file.problems[3].message.hasPrefix("it has no answer"))
        #expect(file.problems[4].message.contains("nothing in it"))
        #expect(file.entries.last?.place.line == 7006)
    }

    @Test func anEmptyFileIsRefused() throws {
        #expect(throws: CommandError.self) { try samples("\n \n") }
        #expect(throws: CommandError.self) { try EvalSampleFile(path: "/nonexistent/samples.jsonl") }
    }

    @Test func theDigestNamesTheTextAndIsStable() {
        #expect(EvalSample.digest(of: []) == "cbf29ce484222325")
        #expect(EvalSample.digest(of: ["a", "b"]) != EvalSample.digest(of: ["ab", ""]))
        #expect(EvalSample.digest(of: ["a", "b"]).count == 16)
    }

    // MARK: Results

    private func result(_ line: Int, _ verdict: Verdict = .ok) -> EvalResult {
        EvalResult(
            place: .init(line: line, answer: 0), digest: "0", conditions: "0", task: "t", verdict: verdict,
            language: "python",
            wallMilliseconds: 1, cpuMilliseconds: 1, memoryPeakBytes: 1, casesPassed: 1, cases: 1, message: nil,
            cached: false)
    }

    @Test func resultsAreThereAfterTheFileWasOpenedAgain() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/r.jsonl"
        let first = try EvalResultFile(path: path, startsAgain: false)
        #expect(first.earlier.isEmpty)
        try first.add(result(1))
        try first.add(result(2, .internalError))
        try first.add(result(2, .wrongAnswer))
        let second = try EvalResultFile(path: path, startsAgain: false)
        #expect(second.earlier.values.sorted { $0.place < $1.place } == [result(1), result(2, .wrongAnswer)])
        let third = try EvalResultFile(path: path, startsAgain: true)
        #expect(third.earlier.isEmpty)
        #expect(try directory.read("r.jsonl").isEmpty)
    }

    @Test func aLineThatWasNotWrittenToItsEndIsRemoved() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/r.jsonl"
        try EvalResultFile(path: path, startsAgain: false).add(result(1))
        let whole = try directory.read("r.jsonl")
        try directory.file("r.jsonl", whole + whole.dropLast(5))
        let file = try EvalResultFile(path: path, startsAgain: false)
        #expect(file.earlier.count == 1)
        try file.add(result(2))
        #expect(try EvalResultFile(path: path, startsAgain: false).earlier.count == 2)
    }

    @Test func aFileOfSomethingElseIsLeftAsItIs() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("notes.txt", "my notes\n")
        let error = #expect(throws: CommandError.self) { try EvalResultFile(path: path, startsAgain: false) }
        #expect(error?.message.contains("line 1 of") == true)
        #expect(try directory.read("notes.txt") == "my notes\n")
    }
}
