// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// Files that Nestbox was started with, or should have been, are not there.
    @Suite struct MissingFilesTests {
        /// A language whose interpreter is below a path that the operator shows. `requires` leaves out what is only run.
        private static func pack(requires: String, runs: String) -> String {
            """
            name: mine
            extensions: [mine]
            packages: [mine-interpreter]
            requires: [\(requires)]
            source_file: main.mine
            version:
              arguments: [/usr/bin/env, --version]
            run:
              arguments: [\(runs), "{source}"]
            diagnostics: none
            smoke:
              code: hello
              stdout: hello

            """
        }

        /// A directory outside of /tmp, which a sandbox could not show, with an interpreter in it; and a server for it.
        private func withToolchain(_ body: (ServerProcess, _ folder: URL, _ interpreter: URL) async throws -> Void)
            async throws
        {
            let folder = URL(filePath: "/srv/nestbox-test-\(UUID().uuidString.prefix(8))")
            let files = FileManager.default
            try files.createDirectory(at: folder.appending(path: "packs"), withIntermediateDirectories: true)
            defer { try? files.removeItem(at: folder) }
            let shown = folder.appending(path: "shown")
            let interpreter = shown.appending(path: "interpreter")
            try files.createDirectory(at: shown, withIntermediateDirectories: false)
            try Data("#!/bin/sh\ncat \"$1\"\n".utf8).write(to: interpreter)
            try tool("chmod", "-R", "a+rX,u+w", folder.path)
            try tool("chmod", "755", interpreter.path)
            let pack = Self.pack(requires: interpreter.path, runs: interpreter.path)
            try Data(pack.utf8).write(to: folder.appending(path: "packs/mine.yaml"))
            let other = Self.pack(requires: "/usr/bin/env", runs: interpreter.path).replacing("mine", with: "unsaid")
            try Data(other.utf8).write(to: folder.appending(path: "packs/unsaid.yaml"))
            let configuration =
                "isolation:\n  extra_paths: [\(shown.path)]\nlanguages:\n  packs: \(folder.path)/packs\n"
            try await withServer(configuration: configuration) { try await body($0, shown, interpreter) }
        }

        @Test(.asRoot) func anInterpreterThatIsGoneIsNamed() async throws {
            try await withToolchain { server, _, interpreter in
                let request = RunRequest(code: "hello", language: "mine")
                #expect(try await server.run(request).stage.stdout == "hello")
                try FileManager.default.removeItem(at: interpreter)
                let answer = try await server.exchange(.run(request))
                #expect(answer.status == 422)
                #expect(try answer.problemCode() == "language_unavailable")
                #expect(answer.text.contains("mine-interpreter") || answer.text.contains("interpreter"))
                let listed = try await server.get("/v1/languages").text
                #expect(listed.contains("\"mine\""))

                // Where the pack does not say what it needs, the failure to start it is ours, and says what was missing.
                let report = try await server.run(RunRequest(code: "hello", language: "unsaid"))
                #expect(report.verdict == .internalError)
                #expect(
                    report.error?.message.contains(interpreter.path) == true
                        && report.error?.message.contains("ENOENT") == true)
                #expect(try await server.run(python: "print(1)").verdict == .ok)
            }
        }

        @Test(.asRoot) func aShownPathThatIsGoneFailsEveryRunUntilItIsBack() async throws {
            try await withToolchain { server, shown, _ in
                #expect(try await server.run(python: "print(1)").verdict == .ok)
                let away = shown.path + ".away"
                try FileManager.default.moveItem(atPath: shown.path, toPath: away)
                // Not a run that goes on without what the operator wanted it to have.
                let answer = try await server.exchange(.python("print(1)"))
                #expect(answer.status == 500)
                #expect(try answer.problemCode() == "isolation_failed")
                #expect(
                    await server.log("sandbox failed").contains {
                        $0.contains("bind \(shown.path)") && $0.contains("ENOENT")
                    })

                let second = try await NestboxProcess.refusedServer(
                    home: server.process.home, configuration: "isolation:\n  extra_paths: [\(shown.path)]\n")
                #expect(second.exitCode == 125)
                #expect(second.stderr.contains("extra path \(shown.path)") && second.stderr.contains("ENOENT"))

                try FileManager.default.moveItem(atPath: away, toPath: shown.path)
                #expect(try await server.run(python: "print(1)").verdict == .ok)
            }
        }

        @Test func aPathThatASandboxWouldHideIsRefused() async throws {
            try await withScratchDirectory { home in
                let outcome = try await NestboxProcess.refusedServer(
                    home: home, configuration: "isolation:\n  extra_paths: [\(home.path)]\n")
                #expect(outcome.exitCode == 125)
                #expect(
                    outcome.stderr.contains("extra path \(home.path)") && outcome.stderr.contains("/tmp of its own"))
            }
        }

        enum Guest: CaseIterable {
            case missing, notExecutable, text, directory, anotherProgram
        }

        @Test(arguments: Guest.allCases)
        func withoutItsGuestAgentTheServerDoesNotStart(_ guest: Guest) async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let files = FileManager.default
                let built = try Product.executable()
                let folder = home.appending(path: "bin")
                try files.createDirectory(at: folder, withIntermediateDirectories: false)
                let executable = folder.appending(path: "nestbox")
                try files.copyItem(at: built, to: executable)
                let agent = folder.appending(path: "nestbox-guest")
                switch guest {
                case .missing: break
                case .notExecutable:
                    try files.copyItem(
                        at: built.deletingLastPathComponent().appending(path: "nestbox-guest"), to: agent)
                    try tool("chmod", "644", agent.path)
                case .text:
                    try Data("nothing\n".utf8).write(to: agent)
                    try tool("chmod", "755", agent.path)
                case .directory: try files.createDirectory(at: agent, withIntermediateDirectories: false)
                case .anotherProgram: try files.copyItem(atPath: "/bin/true", toPath: agent.path)
                }
                let outcome = try await NestboxProcess.refusedServer(home: home, executable: executable)
                #expect(outcome.exitCode == 125)
                #expect(outcome.stderr.contains("no sandbox can be made with the isolation driver 'namespace'"))
                #expect(outcome.stderr.contains(guest == .anotherProgram ? "the guest agent went away" : agent.path))
                await before.expectNothingLeft()
            }
        }
    }
}
