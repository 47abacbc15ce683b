// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// The database of reports is held by somebody else, or damaged. Runs do not depend on it.
    @Suite struct DatabaseFaultTests {
        /// Another process that holds a database for itself until it is released.
        private final class Holder: Sendable {
            private let process = Process()

            init(_ database: String) throws {
                let code = """
                    import sqlite3, sys
                    held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
                    held.execute('BEGIN EXCLUSIVE')
                    print('held', end='', flush=True)
                    sys.stdin.read()
                    """
                let (input, output) = (Pipe(), Pipe())
                process.executableURL = URL(filePath: "/usr/bin/python3")
                process.arguments = ["-c", code, database]
                process.standardInput = input
                process.standardOutput = output
                try process.run()
                try #require(output.fileHandleForReading.availableData == Data("held".utf8))
            }

            func release() {
                // SIGTERM may be blocked in it, see NestboxProcess.
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }

            deinit { if process.isRunning { release() } }
        }

        private func database(_ home: URL) -> String { home.appending(path: "nestbox.sqlite").path }

        @Test func aLockedDatabaseHoldsUpNothingAndLosesNothing() async throws {
            try await withScratchDirectory { home in
                let server = try await ServerProcess(home: home)
                let before = try await server.run(python: "print('before')")
                #expect(try await eventually { try server.savedReports() == 1 })
                let holder = try Holder(database(home))
                var reports = [before]
                for number in 0..<3 { reports.append(try await server.run(python: "print(\(number))")) }
                #expect(reports.allSatisfy { $0.verdict == .ok })
                // Those of before are read beside the lock, the others from memory.
                for report in reports { #expect(try await server.get("/v1/runs/\(report.id)").report() == report) }
                // SQLite waits five seconds by itself. Only after that has saving failed, and must be done again.
                try await Task.sleep(for: .seconds(6))
                #expect(try server.savedReports() == 1)
                holder.release()
                let outcome = try await server.stop()
                #expect(outcome.exitCode == 0)
                #expect(outcome.stderr.contains("is locked by another process"))

                let next = try await ServerProcess(home: home)
                for report in reports { #expect(try await next.get("/v1/runs/\(report.id)").report() == report) }
                #expect(try await next.stop().exitCode == 0)
            }
        }

        /// Both wait for SQLite's own five seconds, so side by side.
        @Test func aLockThatStaysEndsTheServerAndItsStartWithAReason() async throws {
            func expectLocked(_ outcome: NestboxProcess.Outcome) {
                #expect(outcome.exitCode == 125)
                #expect(outcome.stderr.contains("is locked by another process"))
                #expect(outcome.stderr.contains("stop that process or name another file (store_locked)"))
            }
            try await withScratchDirectory { home in
                let before = MachineState()
                let server = try await ServerProcess(home: home)
                let holder = try Holder(database(home))
                #expect(try await server.run(python: "print(1)").verdict == .ok)
                let fresh = home.appending(path: "fresh.sqlite").path
                let freshHolder = try Holder(fresh)
                async let refused = NestboxProcess.refusedServer(
                    home: home, configuration: "", wrapper: ["/usr/bin/env", "NESTBOX_DATABASE=\(fresh)"])
                async let stopped = server.stop()
                expectLocked(try await stopped)
                expectLocked(try await refused)
                holder.release()
                freshHolder.release()
                await before.expectNothingLeft()
            }
        }

        @Test func aDamagedFileIsMovedAsideWholeAndTheServerStarts() async throws {
            try await withScratchDirectory { home in
                let garbage = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
                try garbage.write(to: URL(filePath: database(home)))
                let server = try await ServerProcess(home: home)
                let report = try await server.run(python: "print(1)")
                #expect(try await server.get("/v1/runs/\(report.id)").report() == report)
                let names = try FileManager.default.contentsOfDirectory(atPath: home.path)
                let moved = try #require(names.first { $0.hasPrefix("nestbox.sqlite.corrupt-") })
                #expect(try Data(contentsOf: home.appending(path: moved)) == garbage)
                let told = await server.log("the report database was damaged and a new one was made")
                #expect(told.count == 1 && told.first?.contains(moved) == true)
                #expect(try await server.stop().exitCode == 0)
            }
        }

        @Test func damageUnderARunningServerCostsReportsButNoRun() async throws {
            try await withScratchDirectory { home in
                let server = try await ServerProcess(home: home)
                let first = try await server.run(python: "print(1)")
                #expect(try await eventually { try server.savedReports() == 1 })
                for suffix in ["", "-wal"] {
                    let file = try FileHandle(forUpdating: URL(filePath: database(home) + suffix))
                    let size = Int(try file.seekToEnd())
                    try file.seek(toOffset: 0)
                    try file.write(contentsOf: Data(repeating: 0xA5, count: size))
                    try file.close()
                }
                #expect(try await server.run(python: "print(2)").verdict == .ok)
                let answer = try await server.get("/v1/runs/\(first.id)")
                #expect(answer.status == 500)
                #expect(try answer.problemCode() == "store_failed")
                #expect(await server.log("report could not be read").contains { $0.contains("store_corrupt") })
                #expect(try await server.get("/healthz").status == 200)
                server.process.signal(SIGTERM)
                _ = try await server.process.finish(within: .seconds(30))
            }
        }
    }
}
