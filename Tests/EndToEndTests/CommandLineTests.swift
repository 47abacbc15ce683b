// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    @Suite struct CommandLineTests {
        @Test func passesOutputAndExitCodeThrough() async throws {
            let code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
            let outcome = try await nestbox("run", "--language", "python", "--code", code)
            #expect(outcome.stdout == "out\n")
            #expect(outcome.stderr.hasPrefix("err\n"))
            #expect(outcome.exitCode == 7)
        }

        @Test func quietAddsNothingOfItsOwn() async throws {
            let outcome = try await nestbox("run", "--quiet", "--language", "python", "--code", "raise SystemExit(3)")
            #expect(outcome.stdout.isEmpty && outcome.stderr.isEmpty)
            #expect(outcome.exitCode == 3)
        }

        @Test func streamsWhileTheProgramRuns() async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let code = "import time; print('first', flush=True); time.sleep(60)"
                let run = try NestboxProcess(["run", "--language", "python", "--code", code], home: home)
                #expect(await eventually { run.stdout == "first\n" })
                #expect(run.process.isRunning, "the line came only when the program had ended")
                run.signal(SIGINT)
                let outcome = try await run.finish(within: .seconds(20))
                #expect(outcome.exitCode == 130)
                await before.expectNothingLeft()
            }
        }

        @Test func leavesNothingWhenItIsKilled() async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let code = "import time; print('first', flush=True); time.sleep(60)"
                let run = try NestboxProcess(["run", "--language", "python", "--code", code], home: home)
                #expect(await eventually { run.stdout == "first\n" })
                let running = MachineState.sandboxProcesses(of: run.pid)
                #expect(running.count >= 2, "an agent and a program")
                run.signal(SIGKILL)
                _ = try await run.finish()
                #expect(await eventually { !MachineState.anyAlive(running) }, "the sandbox outlives its host process")
                // What cannot vanish by itself is swept by the next run.
                _ = try await nestbox("run", "--language", "python", "--code", "print(1)")
                await before.expectNothingLeft()
            }
        }

        @Test func givesTheProgramInputArgumentsEnvironmentAndFiles() async throws {
            try await withScratchDirectory { home in
                try Data("from the file".utf8).write(to: home.appending(path: "data.txt"))
                try Data("from stdin".utf8).write(to: home.appending(path: "input.txt"))
                let code =
                    "import os, sys; print(sys.stdin.read(), sys.argv[1:], os.environ['COLOUR'], open('data.txt').read())"
                let run = try NestboxProcess(
                    [
                        "run", "--language", "python", "--code", code, "--stdin", "input.txt", "--file", "data.txt",
                        "--env",
                        "COLOUR=red", "--", "-a", "two words",
                    ], home: home)
                let outcome = try await run.finish()
                #expect(outcome.stdout == "from stdin ['-a', 'two words'] red from the file\n")
                #expect(outcome.exitCode == 0, "\(outcome.stderr)")
            }
        }

        @Test func readsTheProgramFromAFileAndFromStandardInput() async throws {
            try await withScratchDirectory { home in
                try Data("console.log(6 * 7)\n".utf8).write(to: home.appending(path: "program.js"))
                let file = try await NestboxProcess(["run", "program.js", "--json"], home: home).finish().report()
                #expect(file.language.name == "javascript")
                #expect(file.language.detectedBy == .filename)
                #expect(file.stage.stdout == "42\n")
                let piped = try await NestboxProcess(
                    ["run", "-", "--json"], home: home, stdin: "#!/usr/bin/env python3\nprint(6 * 7)\n"
                )
                .finish().report()
                #expect(piped.language.detectedBy == .shebang)
                #expect(piped.stage.stdout == "42\n")
            }
        }

        @Test func collectsCreatedFiles() async throws {
            try await withScratchDirectory { home in
                let code = "open('a.txt', 'w').write('one'); open('b.bin', 'w').write('two')"
                let run = try NestboxProcess(
                    ["run", "--language", "python", "--code", code, "--collect", "*.txt", "--output-dir", "out"],
                    home: home)
                let outcome = try await run.finish()
                #expect(outcome.exitCode == 0, "\(outcome.stderr)")
                let folder = home.appending(path: "out")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.txt"])
                #expect(try String(contentsOf: folder.appending(path: "a.txt"), encoding: .utf8) == "one")
            }
        }

        @Test func readsAConfigurationFileStrictly() async throws {
            try await withScratchDirectory { home in
                try Data("engine:\n  concurency: 4\n".utf8).write(to: home.appending(path: "bad.yaml"))
                let outcome = try await NestboxProcess(["serve", "--config", "bad.yaml"], home: home).finish(
                    within: .seconds(20))
                #expect(outcome.exitCode == 64)
                #expect(outcome.stderr.contains("bad.yaml:2"))
                #expect(outcome.stderr.contains("concurency"))
            }
        }

        @Test func refusesToServeOthersWithoutAKey() async throws {
            let outcome = try await nestbox("serve", "--listen", "0.0.0.0:0")
            #expect(outcome.exitCode == 64)
            #expect(outcome.stderr.contains("API key"))
        }

        @Test(arguments: [
            ["run", "--no-such-option"], ["run", "--language", "cobol-2000", "--code", "x"],
            ["run", "--code", "print(1)", "no-such-file.py"], ["run", "no-such-file.py"],
            ["run", "--language", "python", "--code", "1", "--memory", "-5"],
            ["run", "--language", "python", "--code", "1", "--timeout", "soon"], ["no-such-command"],
        ])
        func answersAWrongUseWithOneSentence(_ arguments: [String]) async throws {
            let outcome = try await nestbox(arguments)
            #expect(outcome.exitCode == 64)
            #expect(outcome.stdout.isEmpty)
            #expect(outcome.stderr.hasPrefix("nestbox: "))
            #expect(outcome.stderr.hasSuffix("\n"))
            #expect(outcome.stderr.dropLast().count { $0 == "\n" } == 0, "more than one line: \(outcome.stderr)")
        }
    }

    @Suite struct QuestionTests {
        @Test func tellsItsVersion() async throws {
            let outcome = try await nestbox("--version")
            #expect(outcome.exitCode == 0)
            #expect(outcome.stdout.contains(/^\d+\.\d+\.\d+/))
        }

        @Test func listsTheLanguages() async throws {
            let outcome = try await nestbox("languages")
            #expect(outcome.exitCode == 0)
            for name in [
                "python", "javascript", "typescript", "bash", "c", "cpp", "go", "rust", "java", "ruby", "php", "perl",
                "lua", "r",
                "sql",
            ] {
                #expect(outcome.stdout.contains(try Regex("(?m)^\\s*\(name)\\b")), "no line for \(name)")
            }
        }

        @Test func detectsTheLanguageOfAFile() async throws {
            try await withScratchDirectory { home in
                try Data("fn main() { println!(\"hi\"); }\n".utf8).write(to: home.appending(path: "unnamed"))
                let outcome = try await NestboxProcess(["detect", "unnamed"], home: home).finish()
                #expect(outcome.exitCode == 0, "\(outcome.stderr)")
                #expect(outcome.stdout.contains("rust"))
            }
        }

        @Test func doctorFindsAWayToIsolate() async throws {
            let outcome = try await nestbox("doctor")
            #expect(outcome.exitCode == 0, "\(outcome.stdout)\(outcome.stderr)")
            #expect(outcome.stdout.contains("namespace"))
        }

        @Test func explainPrintsTheOrderedPlan() async throws {
            let outcome = try await nestbox("explain")
            #expect(outcome.exitCode == 0, "\(outcome.stderr)")
            let places = ["pivot_root", "no_new_privs", "seccomp"].map { outcome.stdout.firstRange(of: $0)?.lowerBound }
            #expect(places.allSatisfy { $0 != nil }, "\(outcome.stdout)")
        }

        @Test(arguments: ["doctor", "languages", "explain"])
        func printsNoColoursIntoAPipe(_ command: String) async throws {
            let outcome = try await nestbox([command])
            #expect(!outcome.stdout.contains("\u{1B}"))
        }
    }
}
