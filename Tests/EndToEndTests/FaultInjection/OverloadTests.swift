// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// Far more clients than places, and an end in the middle of it.
    @Suite struct OverloadTests {
        @Test func fiveHundredClientsOnAQueueOf32() async throws {
            try await withServer(configuration: "engine:\n  concurrency: 2\n  queue: 32\n") { server in
                let answers = await server.answers(500, to: try .python("print(1)"))
                let kinds = Dictionary(grouping: answers, by: \.description).mapValues(\.count)
                #expect(answers.count == 500)
                #expect(Set(kinds.keys) == ["200 ok", "429 queue_full"], "\(kinds)")
                // Two at a time and 32 behind them were taken at least.
                #expect(kinds["200 ok"] ?? 0 >= 34)
                #expect(answers.filter { $0.status == 429 }.allSatisfy { $0.retryAfter ?? 0 > 0 })
                #expect(Set(answers.compactMap(\.id)).count == kinds["200 ok"], "two clients got the same run")
                #expect(try await server.run(python: "print(1)").verdict == .ok)
            }
        }

        /// Everything that was taken is answered; everybody else is told, or finds nobody listening.
        @Test func sigtermUnderLoad() async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let configuration = "engine:\n  concurrency: 2\n  queue: 8\nserver:\n  drain_time: 20s\n"
                let server = try await ServerProcess(home: home, configuration: configuration)
                let answers = CollectedAnswers()
                let request = try HTTPRequest.python("import time; time.sleep(0.1); print(1)")
                let long = try HTTPRequest.python("import time; print('up', flush=True); time.sleep(3); print('done')")
                let clients = Task {
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask { answers.append(await server.answer(long)) }
                        for _ in 0..<16 {
                            group.addTask {
                                while true {
                                    let answer = await server.answer(request)
                                    answers.append(answer)
                                    if answer.status == 0 { return }
                                }
                            }
                        }
                    }
                }
                #expect(await eventually(within: .seconds(30)) { answers.all.count { $0.status == 200 } >= 10 })
                server.process.signal(SIGTERM)
                // Nobody is let in while the long run goes on.
                #expect(await eventually(within: .seconds(2.5)) { (try? Connection(to: server.endpoint)) == nil })
                #expect(server.process.process.isRunning, "the server did not wait for its runs")
                let outcome = try await server.process.finish(within: .seconds(40))
                #expect(outcome.exitCode == 0, "\(outcome.stderr)")
                await clients.value

                let all = answers.all
                let kinds = Dictionary(grouping: all.filter { $0.status != 0 }, by: \.description).mapValues(\.count)
                #expect(Set(kinds.keys).isSubset(of: ["200 ok", "429 queue_full", "503 shutting_down"]), "\(kinds)")
                let broken = all.filter { $0.status == 0 }
                #expect(broken.count == 16, "each of them found the door closed: \(broken)")
                // No run was made that nobody was told of.
                let saved = try tool(
                    "sqlite3", "-readonly", home.appending(path: "nestbox.sqlite").path, "SELECT id FROM report")
                #expect(Set(saved.split(separator: "\n").map(String.init)) == Set(all.compactMap(\.id)))
                await before.expectNothingLeft()
            }
        }
    }
}
