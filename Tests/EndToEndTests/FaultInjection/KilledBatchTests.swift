// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// SIGKILL in the middle of a batch: the next server judges what has no result yet, and nothing twice.
    @Suite struct KilledBatchTests {
        private static let count = 120

        private struct Page: Decodable {
            let results: [BatchResult]
            let status: BatchStatus
        }

        private func batch() throws -> HTTPRequest {
            let problem = JudgeProblem(cases: [
                JudgeCase(stdin: "20", expected: "21"), JudgeCase(stdin: "5", expected: "6"),
            ])
            let submissions = (0..<Self.count).map { number in
                let added = number % 3 == 0 ? 2 : 1
                return Submission(
                    id: "s\(number)", code: "print(int(input()) + \(added))  # \(number)", language: "python")
            }
            let request = BatchRequest(problem: problem, submissions: submissions)
            return HTTPRequest(
                method: "POST", path: "/v1/batches", headers: [("Content-Type", "application/json")],
                body: try JSONEncoder().encode(request))
        }

        private func results(_ server: ServerProcess, _ id: String) async throws -> ([BatchResult], BatchStatus) {
            let answer = try await server.get("/v1/batches/\(id)/results?limit=1000")
            try #require(answer.status == 200, "\(answer.status): \(answer.text)")
            let page = try JSONDecoder().decode(Page.self, from: answer.body)
            return (page.results, page.status)
        }

        private func status(_ server: ServerProcess, _ id: String) async throws -> BatchStatus {
            try JSONDecoder().decode(BatchStatus.self, from: try await server.get("/v1/batches/\(id)").body)
        }

        @Test func noResultIsLostOrThereTwice() async throws {
            try await withScratchDirectory { home in try await killInTheMiddle(home) }
        }

        private func killInTheMiddle(_ home: URL) async throws {
            let before = MachineState()
            let server = try await ServerProcess(home: home)
            let answer = try await server.exchange(try batch())
            try #require(answer.status == 202, "\(answer.status): \(answer.text)")
            let id = try JSONDecoder().decode(BatchStatus.self, from: answer.body).id
            #expect(answer.headers["location"] == "/v1/batches/\(id)")
            let isOnItsWay = try await eventually(within: .seconds(30)) { try await status(server, id).done >= 20 }
            #expect(isOnItsWay)
            let running = server.sandboxProcesses
            server.process.signal(SIGKILL)
            _ = try await server.process.finish()
            #expect(await eventually { !MachineState.anyAlive(running) }, "sandboxes outlive their server")

            let next = try await ServerProcess(home: home)
            let isOver = try await eventually(within: .seconds(120)) {
                try await status(next, id).state == .finished
            }
            #expect(isOver)
            let (reports, last) = try await results(next, id)
            #expect(reports.map(\.sequence) == Array(1...Self.count))
            #expect(reports.map(\.report.index).sorted() == Array(0..<Self.count))
            for item in reports {
                #expect(item.report.id == "s\(item.report.index)")
                #expect(item.report.verdict == (item.report.index % 3 == 0 ? .wrongAnswer : .ok))
            }
            #expect(last.verdicts == ["ok": 80, "wrong_answer": 40])
            // Who lost the stream goes on where it ended.
            let events = try await next.exchange(
                HTTPRequest(path: "/v1/batches/\(id)/events", headers: [("Last-Event-ID", "118")]))
            #expect(events.headers["content-type"] == "text/event-stream")
            let lines: [String] = events.text.split(separator: "\n").map { String($0) }
            let names: [String] = lines.filter { !$0.hasPrefix("data:") }
            #expect(names == ["event: result", "id: 119", "event: result", "id: 120", "event: end"])
            #expect(try await next.stop().exitCode == 0)
            await before.expectNothingLeft()
        }
    }
}
