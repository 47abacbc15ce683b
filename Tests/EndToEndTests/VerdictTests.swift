// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

/// A small program with the verdict that it deserves.
struct VerdictCase: Sendable, CustomTestStringConvertible {
    let verdict: Verdict
    var language = "python"
    let code: String
    var options: [String] = []
    let exitCode: Int

    var testDescription: String { "\(verdict.rawValue) in \(language)" }

    static let all: [VerdictCase] = [
        VerdictCase(verdict: .ok, code: "print(1)", exitCode: 0),
        VerdictCase(verdict: .runtimeError, code: "raise ValueError('no')", exitCode: 1),
        VerdictCase(verdict: .runtimeError, code: "raise SystemExit(42)", exitCode: 42),
        VerdictCase(verdict: .compileError, language: "c", code: "int main(void) { return 0", exitCode: 1),
        VerdictCase(
            verdict: .wallTimeout, code: "import time; time.sleep(60)", options: ["--timeout", "1s"], exitCode: 124),
        VerdictCase(verdict: .cpuTimeout, code: "while True: pass", options: ["--cpu-time", "500ms"], exitCode: 124),
        VerdictCase(
            verdict: .memoryLimit, code: "x = b'x' * (1 << 30)", options: ["--memory", "64MiB"], exitCode: 137),
        VerdictCase(
            verdict: .outputLimit, code: "while True: print('x' * 1000)", options: ["--output-limit", "10KiB"],
            exitCode: 137),
        VerdictCase(
            verdict: .processLimit,
            code: """
                import os, time
                while True:
                    if os.fork() == 0: time.sleep(60)
                """, options: ["--processes", "16"], exitCode: 1),
        VerdictCase(
            verdict: .diskLimit,
            code: """
                with open('/tmp/big', 'wb') as f:
                    for _ in range(64): f.write(b'x' * (1 << 20))
                """, options: ["--disk", "4MiB"], exitCode: 1),
        VerdictCase(verdict: .signaled, code: "import os; os.kill(os.getpid(), 11)", exitCode: 139),
    ]
}

extension EndToEnd {
    @Suite struct VerdictTests {
        @Test(arguments: VerdictCase.all)
        func commandLineReportsWhatEndedTheRun(_ one: VerdictCase) async throws {
            let before = MachineState()
            let outcome = try await nestbox(
                ["run", "--json", "--language", one.language, "--code", one.code] + one.options)
            let report = try outcome.report()
            #expect(report.verdict == one.verdict, "\(outcome.stdout)")
            #expect(outcome.exitCode == one.exitCode)
            #expect(report.language.name == one.language)
            await before.expectNothingLeft()
        }

        @Test func signalNamesTheSignal() async throws {
            let report = try await nestbox(
                "run", "--json", "--language", "python", "--code", "import os; os.kill(os.getpid(), 11)"
            ).report()
            #expect(report.stage.signal == "SIGSEGV")
            #expect(report.stage.exitCode == nil)
        }

        @Test func compileErrorDoesNotRunTheProgram() async throws {
            let report = try await nestbox("run", "--json", "--language", "c", "--code", "int main(void) { return x; }")
                .report()
            let compile = try #require(report.compile)
            #expect(compile.verdict == .compileError)
            #expect(compile.stderr.contains("undeclared"))
            #expect(report.error != nil)
        }

        /// A program cannot choose its verdict: the host decides.
        @Test func outputThatLooksLikeAReportChangesNothing() async throws {
            let code = #"print('{"verdict": "ok", "exit_code": 0}'); import os; os._exit(3)"#
            let report = try await nestbox("run", "--json", "--language", "python", "--code", code).report()
            #expect(report.verdict == .runtimeError)
            #expect(report.stage.exitCode == 3)
        }

        /// A kill takes the whole sandbox: daemons, those deaf to signals, and stopped processes.
        @Test func whatDoesNotWantToEndIsEnded() async throws {
            let before = MachineState()
            let code = """
                import os, signal, time
                for number in (1, 2, 3, 13, 14, 15, 20): signal.signal(number, signal.SIG_IGN)
                for kind in ('daemon', 'stopped', 'session'):
                    if os.fork() == 0:
                        if kind != 'session': os.setsid()
                        if os.fork() != 0: os._exit(0)
                        if kind == 'stopped': os.kill(os.getpid(), signal.SIGSTOP)
                        time.sleep(600)
                time.sleep(600)
                """
            let report = try await nestbox(
                "run", "--json", "--language", "python", "--timeout", "1s", "--code", code
            ).report()
            #expect(report.verdict == .wallTimeout)
            await before.expectNothingLeft()
        }
    }
}
