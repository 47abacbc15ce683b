// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// The machine has too little: memory, descriptors, processes.
    @Suite struct ShortageTests {
        /// The server and its sandboxes have 160 MiB together, a run may have 512: the kernel has to kill somebody.
        @Test(.asRoot) func aSandboxGoesBeforeTheServerWhenMemoryRunsOut() async throws {
            try await ControlGroup.with { group in
                try group.limitMemory(bytes: 160 << 20)
                let configuration = "isolation:\n  cgroup_parent: \(group.sandboxes)\nengine:\n  concurrency: 2\n"
                try await withServer(configuration: configuration, wrapper: group.entering) { server in
                    let neighbour = try await server.open(.run(ServerLifeTests.sleeper))
                    #expect(await eventually(within: .seconds(30)) { server.sandboxProcesses.count == 2 })
                    let kept = server.guestAgents
                    #expect(kept.count == 1)
                    for process in server.sandboxProcesses {
                        let score = try String(contentsOfFile: "/proc/\(process)/oom_score_adj", encoding: .utf8)
                        #expect(score == "900\n", "an agent or a program that the kernel would rather keep")
                    }
                    let hog = "kept = []\nfor _ in range(400): kept.append(b'x' * (1 << 20))"
                    let report = try await server.run(python: hog, limits: LimitsRequest(memoryBytes: 512 << 20))
                    // Not memory_limit: the program was within its own.
                    #expect(report.verdict == .internalError)
                    #expect(report.stage.signal == "SIGKILL")
                    #expect(report.error?.message.contains("the machine is out of memory") == true)
                    // The hog's own agent may still be on its way out.
                    #expect(
                        await eventually { server.guestAgents == kept && server.sandboxProcesses.count == 2 },
                        "the small neighbour was killed, too")
                    neighbour.abandon()
                    #expect(try await server.run(python: "print(1)").verdict == .ok)

                    // Within the group's limit the run's own is the one that counts.
                    let own = try await server.run(python: hog, limits: LimitsRequest(memoryBytes: 64 << 20))
                    #expect(own.verdict == .memoryLimit)
                }
            }
        }

        @Test func connectionsAreBoundedByTheLimitOfOpenFiles() async throws {
            let configuration = "engine:\n  concurrency: 2\n  queue: 200\n"
            try await withServer(configuration: configuration, wrapper: shell("ulimit -n 180")) { server in
                #expect(
                    await server.log("the limit of open files allows fewer connections than server.maximum_connections")
                        .count == 1)
                // More clients than there could be descriptors for.
                let answers = await server.answers(60, to: try .python("print(1)"))
                #expect(Set(answers.map(\.description)) == ["200 ok"])
                #expect(server.logged("connections cannot be accepted").isEmpty)
                #expect(try server.descriptors() < 180)
            }
        }

        @Test func tooFewOpenFilesAreRefusedWithTheNumberNeeded() async throws {
            try await withScratchDirectory { home in
                let outcome = try await NestboxProcess.refusedServer(home: home, wrapper: shell("ulimit -n 64"))
                #expect(outcome.exitCode == 125)
                #expect(outcome.stderr.contains(/need a limit of at least \d+ open files, and it is 64/))
            }
        }

        @Test(.asRoot) func noProcessesToBeHadIsOurFailureAndPasses() async throws {
            try await ControlGroup.with { group in
                let configuration = "isolation:\n  cgroup_parent: \(group.sandboxes)\nengine:\n  concurrency: 2\n"
                try await withServer(configuration: configuration, wrapper: group.entering) { server in
                    #expect(try await server.run(python: "print(1)").verdict == .ok)
                    #expect(await eventually { server.sandboxProcesses.isEmpty })
                    try group.limitProcesses(try group.processes())
                    let answers = await server.answers(10, to: try .python("print(1)"))
                    #expect(Set(answers.map(\.description)) == ["500 isolation_failed"])
                    #expect(await server.log("sandbox failed").contains { $0.contains("a process limit is reached") })
                    #expect(try await server.get("/healthz").status == 200)
                    try group.limitProcesses(nil)
                    #expect(try await server.run(python: "print(1)").verdict == .ok)
                }
            }
        }
    }
}
