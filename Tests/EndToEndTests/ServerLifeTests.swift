// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Synchronization
import Testing

extension EndToEnd {
    /// A server's start, its end, and what happens when it or its clients go away.
    @Suite struct ServerLifeTests {
        static let sleeper = RunRequest(
            code: "import time; print('up', flush=True); time.sleep(120)", language: "python")

        /// Waits for so many sandboxes of a server; their processes.
        @discardableResult
        private func expectSandboxes(_ count: Int, of server: ServerProcess) async -> [Int32] {
            #expect(await eventually(within: .seconds(30)) { server.guestAgents.count == count })
            return server.sandboxProcesses
        }

        private func expectNoSandbox(of server: ServerProcess) async {
            #expect(await eventually(within: .seconds(20)) { server.sandboxProcesses.isEmpty }, "a sandbox goes on")
        }

        @Test func aClientThatGoesAwayCancelsItsRun() async throws {
            try await withServer { server in
                let connection = try await server.open(.run(Self.sleeper))
                await expectSandboxes(1, of: server)
                connection.abandon()
                // The run itself would go on for half a minute.
                await expectNoSandbox(of: server)
                #expect(try await server.run(python: "print(1)").verdict == .ok)
            }
        }

        @Test func killedServersLeaveNothingRunningAndTheNextStartSweeps() async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let server = try await ServerProcess(home: home, configuration: "engine:\n  concurrency: 3\n")
                var connections: [Connection] = []
                for _ in 0..<3 { connections.append(try await server.open(.run(Self.sleeper))) }
                let running = await expectSandboxes(3, of: server)
                server.process.signal(SIGKILL)
                _ = try await server.process.finish()
                #expect(await eventually { !MachineState.anyAlive(running) }, "sandboxes outlive their server")

                let next = try await ServerProcess(home: home)
                #expect(try await next.run(python: "print(1)").verdict == .ok)
                _ = try await next.stop()
                await before.expectNothingLeft()
                connections.removeAll()
            }
        }

        @Test func aPoliteEndLetsRunsFinish() async throws {
            try await withServer { server in
                async let running = server.run(python: "import time; time.sleep(3); print('done')")
                await expectSandboxes(1, of: server)
                server.process.signal(SIGTERM)
                let report = try await running
                #expect(report.verdict == .ok)
                #expect(report.stage.stdout == "done\n")
                let outcome = try await server.process.finish(within: .seconds(30))
                #expect(outcome.exitCode == 0)
            }
        }

        @Test func aPoliteEndHasALimit() async throws {
            try await withServer(configuration: "server:\n  drain_time: 1s\n") { server in
                let connection = try await server.open(.run(Self.sleeper))
                let running = await expectSandboxes(1, of: server)
                let outcome = try await server.stop()
                #expect(outcome.exitCode == 0)
                #expect(!MachineState.anyAlive(running))
                connection.abandon()
            }
        }

        @Test func listensOnAUnixSocket() async throws {
            try await withScratchDirectory { home in
                let path = home.appending(path: "nestbox.sock").path
                let server = try await ServerProcess(home: home, unixSocket: path)
                #expect(try await server.run(python: "print(1)").verdict == .ok)
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                let permissions = try #require(attributes[.posixPermissions] as? NSNumber).intValue
                #expect(permissions & 0o007 == 0, "anybody may connect: \(String(permissions, radix: 8))")
                #expect(try await server.stop().exitCode == 0)
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }

        @Test func keepsReportsOverARestart() async throws {
            try await withScratchDirectory { home in
                let first = try await ServerProcess(home: home)
                let report = try await first.run(python: "print('kept')")
                _ = try await first.stop()
                let second = try await ServerProcess(home: home)
                let found = try await second.get("/v1/runs/\(report.id)").report()
                #expect(found == report)
                _ = try await second.stop()
            }
        }

        @Test func refusesWhatItCannotQueue() async throws {
            try await withServer(configuration: "engine:\n  concurrency: 1\n  queue: 1\n") { server in
                // Of four, one runs, one waits and two are refused, whichever come last.
                let answers = Mutex<[HTTPResponse]>([])
                var connections: [Connection] = []
                for _ in 0..<4 {
                    let connection = try await server.open(.run(Self.sleeper))
                    connections.append(connection)
                    Thread {
                        var reader = HTTPResponseReader(connection)
                        if let answer = try? reader.response() { answers.withLock { $0.append(answer) } }
                    }.start()
                }
                #expect(await eventually { answers.withLock { $0.count } >= 2 })
                let refused = answers.withLock { $0 }
                #expect(refused.count == 2)
                for answer in refused {
                    #expect(answer.status == 429)
                    #expect(try answer.problemCode() == "queue_full")
                    #expect(answer.headers["retry-after"].flatMap { Int($0) } ?? 0 > 0)
                }
                for connection in connections { connection.abandon() }
                await expectNoSandbox(of: server)
                #expect(try await server.run(python: "print(1)").verdict == .ok)
            }
        }

        /// The guest agent is killed from outside: that is Nestbox's failure and never the program's.
        @Test func aLostSandboxIsAnInternalError() async throws {
            try await withServer { server in
                async let answer = server.exchange(.run(Self.sleeper))
                // The agent and the program.
                #expect(await eventually(within: .seconds(30)) { server.sandboxProcesses.count >= 2 })
                for agent in server.guestAgents { kill(agent, SIGKILL) }
                let response = try await answer
                let report = try response.report()
                #expect(report.verdict == .internalError, "\(response.text)")
                #expect(report.error != nil)
                #expect(try await server.run(python: "print(1)").verdict == .ok)
            }
        }

        @Test func manyRunsLeaveNothingInTheServer() async throws {
            try await withServer(configuration: "engine:\n  concurrency: 4\n") { server in
                func round(_ count: Int) async throws {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 0..<count {
                            let one = VerdictCase.all[number % VerdictCase.all.count]
                            guard one.options.isEmpty else { continue }
                            group.addTask {
                                let report = try await server.run(RunRequest(code: one.code, language: one.language))
                                #expect(report.verdict == one.verdict)
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                try await round(22)
                let settled = MachineState()
                let descriptors = try server.descriptors()
                try await round(66)
                await settled.expectNothingLeft()
                #expect(await eventually { (try? server.descriptors()) ?? .max <= descriptors + 2 })
            }
        }
    }
}
