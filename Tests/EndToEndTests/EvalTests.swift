// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// `nestbox eval`, here and by a server.
    @Suite struct EvalTests {
        private static let tasks = (0..<3).map { number in
            #"{"task_id":"T/\#(number)","prompt":"def add(x):\n","entry_point":"add","canonical_solution":"    return x + \#(number)\n","test":"def check(candidate):\n    assert candidate(2) == \#(2 + number)\n"}"#
        }.joined(separator: "\n")

        /// Right, wrong, cheating, no JSON.
        private static let samples = [
            #"{"task_id":"T/0","completion":"    return x\n"}"#, #"{"task_id":"T/1","completion":"    return x\n"}"#,
            #"{"task_id":"T/2","completion":"    import os; os._exit(0)\n"}"#, "{",
        ].joined(separator: "\n")

        private func judged(_ home: URL, _ more: [String]) async throws -> (summary: [String: Any], code: Int) {
            try Data(Self.tasks.utf8).write(to: home.appending(path: "tasks.jsonl"))
            try Data(Self.samples.utf8).write(to: home.appending(path: "samples.jsonl"))
            let arguments = [
                "eval", home.appending(path: "samples.jsonl").path, "--dataset",
                home.appending(path: "tasks.jsonl").path, "--json",
            ]
            let outcome = try await NestboxProcess(arguments + more, home: home).finish()
            let summary = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any], "\(outcome.stderr)"
            )
            return (summary, outcome.exitCode)
        }

        private func expect(_ summary: [String: Any], _ code: Int) {
            #expect((summary["pass_at_k"] as? [String: Double])?["1"].map { abs($0 - 1.0 / 3) < 1e-9 } == true)
            #expect(summary["verdicts"] as? [String: Int] == ["ok": 1, "wrong_answer": 1, "runtime_error": 1])
            #expect((summary["problems"] as? [[String: Any]])?.first?["line"] as? Int == 4)
            // A line was no sample.
            #expect(code == 1)
        }

        @Test func judgesOnThisMachine() async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let page = home.appending(path: "report.html")
                let (summary, code) = try await judged(home, ["--report", page.path])
                expect(summary, code)
                #expect(try String(contentsOf: page, encoding: .utf8).contains("wrong_answer"))
                await before.expectNothingLeft()
            }
        }

        @Test func judgesByAServer() async throws {
            try await withScratchDirectory { home in
                let server = try await ServerProcess(home: home)
                guard case .loopback(let port) = server.endpoint else { return }
                let (summary, code) = try await judged(home, ["--server", "http://127.0.0.1:\(port)"])
                expect(summary, code)
                #expect(try await server.stop().exitCode == 0)
            }
        }
    }
}
