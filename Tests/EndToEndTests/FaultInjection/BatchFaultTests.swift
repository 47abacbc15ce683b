// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// Batches whose database fails, and batches that somebody ends.
    @Suite struct BatchFaultTests {
        private func batch(_ code: String, count: Int) throws -> HTTPRequest {
            let request = BatchRequest(
                problem: JudgeProblem(cases: [JudgeCase(stdin: "", expected: "")]),
                submissions: (0..<count).map { Submission(code: "\(code) # \($0)", language: "python") })
            return HTTPRequest(
                method: "POST", path: "/v1/batches", headers: [("Content-Type", "application/json")],
                body: try JSONEncoder().encode(request))
        }

        private func status(_ server: ServerProcess, _ id: String) async throws -> BatchStatus {
            try JSONDecoder().decode(BatchStatus.self, from: try await server.get("/v1/batches/\(id)").body)
        }

        private func taken(_ server: ServerProcess, _ request: HTTPRequest) async throws -> String {
            let answer = try await server.exchange(request)
            try #require(answer.status == 202, "\(answer.status): \(answer.text)")
            return try JSONDecoder().decode(BatchStatus.self, from: answer.body).id
        }

        /// Results wait for room, new batches are refused, and runs go on.
        @Test(.asRoot) func aFullDiskHoldsResultsBackAndLosesNone() async throws {
            let mount = "mkdir full; mount -t tmpfs -o size=2m tmpfs full"
            try await withServer(
                environment: ["NESTBOX_DATABASE": "full/nestbox.sqlite"], wrapper: privateMounts(mount)
            ) { server in
                let full = "/proc/\(server.process.pid)/cwd/full"
                let slow = "import time; time.sleep(1); print('x' * 9000)"
                let id = try await taken(server, try batch(slow, count: 12))
                try tool("sh", "-c", "dd if=/dev/zero of=\(full)/ballast bs=4k status=none 2>/dev/null || true")
                let failure = "batches cannot be read or kept; what is judged waits for it"
                #expect(await eventually(within: .seconds(60)) { !server.logged(failure).isEmpty })
                let refused = try await server.exchange(
                    try batch("print(1)\n" + String(repeating: "#", count: 100_000), count: 9))
                #expect(refused.status == 500)
                #expect(refused.text.contains("store_failed"))
                #expect(try await server.run(python: "print('a run')").verdict == .ok)

                try FileManager.default.removeItem(atPath: "\(full)/ballast")
                let isOver = try await eventually(within: .seconds(60)) {
                    try await status(server, id).state == .finished
                }
                #expect(isOver)
                #expect(try await status(server, id).verdicts == ["wrong_answer": 12])
                #expect(await server.log(failure).count == 1, "one line, not one for each try")
                #expect(await server.log(failure).first?.contains("no space left") == true)
                #expect(await server.log("batches are kept again").count == 1)
            }
        }

        /// Everything else is served without it, and it is left as it is.
        @Test func aDatabaseThatCannotBeHadCostsBatchesOnly() async throws {
            try await withScratchDirectory { home in
                let file = home.appending(path: "nestbox-batches.sqlite")
                let holder = try await ServerProcess(home: home)
                let other = try await ServerProcess(home: home)
                try await expectNoBatches(other, "store_locked")
                #expect(try await other.stop().exitCode == 0)
                #expect(try await holder.stop().exitCode == 0)

                let damaged = Data("this is no database, whatever its name says".utf8)
                for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + end) }
                try damaged.write(to: file)
                let server = try await ServerProcess(home: home)
                try await expectNoBatches(server, "store_corrupt")
                #expect(try Data(contentsOf: file) == damaged)
                #expect(try await server.stop().exitCode == 0)
            }
        }

        private func expectNoBatches(_ server: ServerProcess, _ reason: String) async throws {
            let answer = try await server.exchange(try batch("print(1)", count: 1))
            #expect(answer.status == 503)
            #expect(answer.text.contains("batches_unavailable"))
            #expect(await server.log("batches are not served").first?.contains(reason) == true)
            #expect(try await server.run(python: "print(1)").verdict == .ok)
        }

        @Test func endingABatchEndsWhatRuns() async throws {
            try await withServer { server in
                func count(_ name: String) async throws -> Int? {
                    let lines = try await server.get("/v1/metrics").text.split(separator: "\n")
                    return lines.first { $0.hasPrefix(name + " ") }?.split(separator: " ").last.flatMap { Int($0) }
                }
                let id = try await taken(server, try batch("import time; time.sleep(500)", count: 20))
                #expect(try await eventually(within: .seconds(30)) { try await count("nestbox_runs_running") ?? 0 > 0 })
                let cancelled = try await server.exchange(HTTPRequest(method: "DELETE", path: "/v1/batches/\(id)"))
                #expect(try JSONDecoder().decode(BatchStatus.self, from: cancelled.body).state == .cancelled)
                let isIdle = try await eventually(within: .seconds(10)) {
                    let running = try await count("nestbox_runs_running")
                    let left = try await count("nestbox_batch_submissions_running")
                    return running == 0 && left == 0
                }
                #expect(isIdle)
                #expect(try await status(server, id).done == 0)
                #expect(try await server.get("/v1/batches/\(id)/events").text.contains("event: end"))
            }
        }
    }
}
