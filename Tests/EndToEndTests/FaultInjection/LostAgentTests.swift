// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// The guest agent of a sandbox is killed from outside. While the program runs: `ServerLifeTests`.
    @Suite struct LostAgentTests {
        private func expectInternalError(_ report: RunReport, _ server: ServerProcess) async throws {
            #expect(report.verdict == .internalError)
            #expect(report.error?.type == "internal_error")
            #expect(
                report.error?.message.contains("may be sent again") == true, "\(report.error?.message ?? "no message")")
            #expect(await eventually { server.sandboxProcesses.isEmpty })
            #expect(await server.log("run failed on our side").contains { $0.contains(report.id) })
            #expect(try await server.run(python: "print(1)").verdict == .ok)
        }

        @Test func whileItsProgramIsCompiled() async throws {
            try await withServer { server in
                let code =
                    "#include <bits/stdc++.h>\nint main() { std::map<std::string, std::regex> m; return m.size(); }"
                async let answer = server.exchange(.run(RunRequest(code: code, language: "cpp")))
                // The agent and the compiler's processes.
                #expect(await eventually(within: .seconds(30)) { server.sandboxProcesses.count >= 3 })
                for agent in server.guestAgents { kill(agent, SIGKILL) }
                let report = try await answer.report()
                #expect(report.compile?.verdict == .internalError)
                try await expectInternalError(report, server)
            }
        }

        /// Between the end of the program and the end of the collection there is a moment only, so a run may get through
        /// before its agent is found. What must never be is a good report without its files.
        @Test func whileFilesAreCollected() async throws {
            let code = """
                import os
                for folder in range(40):
                    os.mkdir(f'{folder}')
                    for number in range(250): open(f'{folder}/{number}.txt', 'w').close()
                for number in range(200): open(f'{number}.out', 'w').write('x' * 10_000)
                """
            try await withServer { server in
                var failed: RunReport?
                for _ in 0..<20 where failed == nil {
                    let request = RunRequest(code: code, language: "python", collect: ["**/*.out"])
                    let connection = try await server.open(.run(request, headers: streamed))
                    let report = try await blocking {
                        var reader = try EventReader(connection)
                        while let event = try reader.next() {
                            if event.event == "result" { for agent in server.guestAgents { kill(agent, SIGKILL) } }
                            if let report = event.report { return report as RunReport? }
                        }
                        return nil
                    }
                    let one = try #require(report)
                    #expect(one.stage.exitCode == 0)
                    if one.verdict == .ok { #expect(one.files.count == 200) } else { failed = one }
                }
                let report = try #require(failed, "the agent was always faster")
                #expect(report.files.isEmpty)
                try await expectInternalError(report, server)
            }
        }
    }
}
