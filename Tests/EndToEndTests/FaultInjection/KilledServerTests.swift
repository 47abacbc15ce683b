// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// SIGKILL in the middle of everything: what was answered is kept, what was not is neither kept nor still running.
    @Suite struct KilledServerTests {
        @Test func answeredReportsStayAndInterruptedRunsAreUnknown() async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let server = try await ServerProcess(home: home, configuration: "engine:\n  concurrency: 3\n")
                var answered: [RunReport] = []
                for number in 0..<5 { answered.append(try await server.run(python: "print(\(number))")) }
                #expect(try await eventually { try server.savedReports() == answered.count })

                // Two run, one compiles, two wait.
                let heavy =
                    "#include <bits/stdc++.h>\nint main() { std::map<std::string, std::regex> m; return m.size(); }"
                var requests = [ServerLifeTests.sleeper, ServerLifeTests.sleeper]
                requests.append(RunRequest(code: heavy, language: "cpp"))
                requests += [ServerLifeTests.sleeper, ServerLifeTests.sleeper]
                var interrupted: [String] = []
                var connections: [Connection] = []
                for (number, request) in requests.enumerated() {
                    let connection = try await server.open(.run(request, headers: streamed))
                    connections.append(connection)
                    interrupted.append(
                        try #require(
                            try await blocking {
                                var reader = try EventReader(connection)
                                return try reader.next()?.id
                            }))
                    if number < 3 {
                        #expect(await eventually(within: .seconds(30)) { server.guestAgents.count == number + 1 })
                    }
                }
                let running = server.sandboxProcesses
                #expect(running.count >= 6, "three agents, each with a program")
                server.process.signal(SIGKILL)
                _ = try await server.process.finish()
                #expect(await eventually { !MachineState.anyAlive(running) }, "sandboxes outlive their server")
                for connection in connections {
                    // Not without end: the connection is gone with its server.
                    _ = try await blocking { try connection.rest() }
                }

                let next = try await ServerProcess(home: home)
                for report in answered { #expect(try await next.get("/v1/runs/\(report.id)").report() == report) }
                for id in interrupted {
                    let answer = try await next.get("/v1/runs/\(id)")
                    #expect(answer.status == 404)
                    #expect(try answer.problemCode() == "not_found")
                }
                #expect(try await next.run(python: "print(1)").verdict == .ok)
                #expect(try await next.stop().exitCode == 0)
                await before.expectNothingLeft()
            }
        }
    }
}
