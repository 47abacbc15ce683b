// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// The wall clock of the server jumps, as it does when somebody sets it. The machine's own clock is left alone:
    /// the server preloads `wallclock.c`.
    @Suite struct ClockTests {
        private static let compiler = "/usr/bin/gcc"
        private static let day = 86_400

        private func withClock(_ body: (ServerProcess, _ set: (Int) throws -> Void) async throws -> Void) async throws {
            let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "wallclock.c").path
            try await withScratchDirectory { folder in
                let (library, clock) = (folder.appending(path: "wallclock.so").path, folder.appending(path: "clock"))
                try tool(Self.compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source)
                try Data("0".utf8).write(to: clock)
                let environment = ["LD_PRELOAD": library, "NESTBOX_TEST_CLOCK": clock.path]
                try await withServer(environment: environment) { server in
                    try await body(server) { try Data("\($0)".utf8).write(to: clock) }
                }
            }
        }

        /// Starts a run, sets the clock while its program sleeps, and returns the report.
        private func run(_ code: String, wall: Int, on server: ServerProcess, then set: () throws -> Void) async throws
            -> RunReport
        {
            let request = RunRequest(
                code: "import time; print('up', flush=True); \(code)", language: "python",
                limits: LimitsRequest(wallMilliseconds: wall))
            let connection = try await server.open(.run(request))
            #expect(await eventually(within: .seconds(30)) { server.sandboxProcesses.count == 2 })
            try set()
            return try await blocking {
                var reader = HTTPResponseReader(connection)
                return try reader.response().report()
            }
        }

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: compiler), "needs gcc"))
        func limitsAndTimeoutsDoNotFollowTheWallClock() async throws {
            try await withClock { server, set in
                // Back by ten days: a deadline of that clock would be ten days away.
                let late = try await run("time.sleep(60)", wall: 1500, on: server) { try set(-10 * Self.day) }
                #expect(late.verdict == .wallTimeout)
                #expect((1500..<30_000).contains(late.stage.wallMilliseconds))

                // Forward by ten years: it would be over at once.
                let early = try await run("time.sleep(1); print('done')", wall: 30_000, on: server) {
                    try set(3650 * Self.day)
                }
                #expect(early.verdict == .ok)
                #expect(early.stage.stdout == "up\ndone\n")
                #expect((900..<30_000).contains(early.stage.wallMilliseconds))

                // Reports are kept in the order in which they came, whatever their time stamps say.
                #expect(try await server.get("/v1/runs/\(late.id)").status == 200)
                // The clock did jump: log lines carry its time.
                let now = Calendar(identifier: .gregorian).component(.year, from: Date())
                let isAhead = try await eventually {
                    try server.logged("request").contains { line in
                        try #require(line.firstMatch(of: /"time":"(\d{4})-/).flatMap { Int($0.1) }) >= now + 9
                    }
                }
                #expect(isAhead, "no line of the log is from the future")
            }
        }
    }
}
