// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// The disk of the server's state is full. It is a small tmpfs that only the server's mount namespace has.
    @Suite struct FullDiskTests {
        private static let mount = "mkdir full; mount -t tmpfs -o size=1m tmpfs full"
        private static let fill = "dd if=/dev/zero of=full/ballast bs=4k status=none 2>/dev/null || true"

        @Test(.asRoot) func reportsStayInMemoryAndRunsGoOn() async throws {
            try await withServer(
                environment: ["NESTBOX_DATABASE": "full/nestbox.sqlite"], wrapper: privateMounts(Self.mount)
            ) { server in
                // The server's own view of the directory.
                let full = "/proc/\(server.process.pid)/cwd/full"
                let first = try await server.run(python: "print('before')")
                #expect(try await eventually { try server.savedReports(in: "full/nestbox.sqlite") == 1 })
                try tool("sh", "-c", Self.fill.replacing("full/", with: full + "/"))

                var reports = [first]
                for _ in 0..<5 { reports.append(try await server.run(python: "print('x' * 30_000)")) }
                #expect(reports.allSatisfy { $0.verdict == .ok })
                for report in reports { #expect(try await server.get("/v1/runs/\(report.id)").report() == report) }
                let failure = "reports cannot be saved; the newest are kept in memory"
                #expect(await eventually { !server.logged(failure).isEmpty })

                try FileManager.default.removeItem(atPath: "\(full)/ballast")
                reports.append(try await server.run(python: "print('after')"))
                #expect(await eventually { !server.logged("reports are saved again").isEmpty })
                #expect(
                    try await eventually {
                        try server.savedReports(in: "full/nestbox.sqlite") == reports.count
                    })
                let told = await server.log(failure)
                #expect(told.count == 1, "one line, not one for each run")
                #expect(told.first?.contains("store_io") == true && told.first?.contains("no space left") == true)
            }
        }

        @Test(.asRoot) func anEndWithUnsavedReportsIsNotASilentOne() async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let server = try await ServerProcess(
                    home: home, environment: ["NESTBOX_DATABASE": "full/nestbox.sqlite"],
                    wrapper: privateMounts(Self.mount))
                try tool("sh", "-c", Self.fill.replacing("full/", with: "/proc/\(server.process.pid)/cwd/full/"))
                #expect(try await server.run(python: "print('x' * 30_000)").verdict == .ok)
                let outcome = try await server.stop()
                #expect(outcome.exitCode == 125)
                #expect(outcome.stderr.contains("no space left for full/nestbox.sqlite"))
                #expect(outcome.stderr.contains("(store_io)"))
                await before.expectNothingLeft()
            }
        }

        @Test(.asRoot) func aStartIsRefused() async throws {
            try await withScratchDirectory { home in
                let wrapper = privateMounts(Self.mount + "\n" + Self.fill)
                let outcome = try await NestboxProcess.refusedServer(
                    home: home, configuration: "engine:\n  database: full/nestbox.sqlite\n",
                    wrapper: ["/usr/bin/env", "-u", "NESTBOX_DATABASE"] + wrapper)
                #expect(outcome.exitCode == 125)
                #expect(outcome.stderr.contains("no space left for full/nestbox.sqlite"))
            }
        }

        /// Everything else that the server could want to write to: cache, home, the place for temporary files, its log.
        @Test(.asRoot) func runsNeedNoDisk() async throws {
            let places = ["HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"].map { ($0, "full") }
            let wrapper = privateMounts(Self.mount + "\n" + Self.fill + "\nexec 2>>full/log")
            try await withServer(environment: Dictionary(uniqueKeysWithValues: places), wrapper: wrapper) { server in
                let code =
                    "#include <stdio.h>\nint main(void) { fputs(\"made\", fopen(\"out.txt\", \"w\")); return 0; }"
                let report = try await server.run(RunRequest(code: code, language: "c", collect: ["*.txt"]))
                #expect(report.verdict == .ok)
                #expect(report.files.map(\.path) == ["out.txt"])
                #expect(report.language.version != nil)
                #expect(server.process.stderr.isEmpty, "the log did not go to the full disk")
            }
        }
    }
}
