// SPDX-License-Identifier: Apache-2.0
import Engine
import NestboxCore
import Testing

/// Each verdict, produced by a small program in a real sandbox. Where only setrlimit(2) holds limits, a refused program
/// fails by itself, and that is the verdict.
@Suite struct VerdictTests {
    let engine: Engine

    init() throws { engine = try EngineFixture.engine.get() }

    @Test func okForExitCodeZero() async throws {
        let report = try await engine.python("print(6 * 7)")
        #expect(report.verdict == .ok)
        #expect(report.stage.stdout == "42\n")
        #expect(report.stage.exitCode == 0)
        #expect(report.stage.signal == nil)
        #expect(report.error == nil)
        #expect(report.stage.wallMilliseconds > 0)
        // Resource limits alone count in clock ticks, of which a short program may get none.
        #expect(report.stage.cpuMilliseconds > 0 || report.isolation.limitsEnforcedBy == "rlimit")
        #expect(report.stage.memoryPeakBytes > 1 << 20)
    }

    @Test func runtimeErrorForAnException() async throws {
        let report = try await engine.python("def f():\n    return 1 / 0\nf()\n")
        #expect(report.verdict == .runtimeError)
        #expect(report.stage.exitCode == 1)
        #expect(report.error?.type == "ZeroDivisionError")
        #expect(report.error?.message == "division by zero")
        #expect(report.error?.line == 2)
        #expect(report.stage.stderr.contains("Traceback"))
    }

    @Test func runtimeErrorKeepsTheExitCode() async throws {
        let report = try await engine.python("import sys; sys.exit(7)")
        #expect(report.verdict == .runtimeError)
        #expect(report.stage.exitCode == 7)
    }

    @Test func compileErrorAndNothingRuns() async throws {
        let report = try await engine.report(RunRequest(code: "int main(void) { return undeclared; }", language: "c"))
        #expect(report.verdict == .compileError)
        #expect(report.compile?.verdict == .compileError)
        #expect(report.compile?.exitCode == 1)
        #expect(report.stage.exitCode == nil)
        #expect(report.error?.line == 1)
    }

    @Test func wallTimeoutForSleeping() async throws {
        let report = try await engine.report(
            RunRequest(code: "echo x; sleep 30", language: "bash", limits: .init(wallMilliseconds: 2000)))
        #expect(report.verdict == .wallTimeout)
        #expect(report.stage.stdout == "x\n")
        #expect(report.stage.wallMilliseconds >= 2000)
    }

    @Test func cpuTimeoutForSpinningOverAllProcesses() async throws {
        let report = try await engine.python(
            "import os\nos.fork(); os.fork()\nwhile True: pass",
            limits: .init(wallMilliseconds: 20_000, cpuMilliseconds: 400))
        #expect(report.verdict == .cpuTimeout)
        #expect(report.stage.cpuMilliseconds >= 400)
    }

    @Test func memoryLimitForAHog() async throws {
        let report = try await engine.python("b = bytearray(400 << 20)", limits: .init(memoryBytes: 64 << 20))
        if try await EngineFixture.tellsRefusals {
            #expect(report.verdict == .memoryLimit)
        } else {
            #expect(report.verdict == .runtimeError)
            #expect(report.error?.type == "MemoryError")
        }
    }

    /// The kernel's kill takes the program, not the agent that carries its output.
    @Test func outputAndFilesOutliveAMemoryKill() async throws {
        let report = try await engine.python(
            "print('before', flush=True)\nopen('kept', 'w').write('half')\nb = bytearray(400 << 20)",
            limits: .init(memoryBytes: 64 << 20), collect: ["*"])
        if try await EngineFixture.tellsRefusals {
            #expect(report.verdict == .memoryLimit)
            #expect(report.stage.signal == "SIGKILL")
        }
        #expect(report.stage.stdout == "before\n")
        #expect(report.files.map(\.path) == ["kept"])
    }

    @Test func memoryLimitEvenWhenTheMainProcessEndsWell() async throws {
        let report = try await engine.python(
            """
            import os
            if os.fork() == 0:
                b = bytearray(400 << 20)
                os._exit(0)
            os.wait()
            """, limits: .init(memoryBytes: 64 << 20))
        #expect(report.verdict == (try await EngineFixture.tellsRefusals ? .memoryLimit : .ok))
    }

    @Test func outputLimitCutsExactlyAndSaysSo() async throws {
        let report = try await engine.python("while True: print('0123456789' * 100)", limits: .init(outputBytes: 5000))
        #expect(report.verdict == .outputLimit)
        #expect(report.stage.stdout.utf8.count == 5000)
        #expect(report.stage.stdoutTruncated)
        #expect(!report.stage.stderrTruncated)
    }

    @Test func processLimitForABomb() async throws {
        let report = try await engine.python(
            "import os, time\nfor i in range(500):\n    if os.fork() == 0: time.sleep(60)\n",
            limits: .init(processes: 16))
        if try await EngineFixture.tellsRefusals {
            #expect(report.verdict == .processLimit)
        } else {
            #expect(report.verdict == .runtimeError)
            #expect(report.error?.type == "BlockingIOError")
        }
    }

    @Test func diskLimitForFilling() async throws {
        let report = try await engine.python(
            "f = open('/tmp/fill', 'wb')\nwhile True: f.write(b'x' * 65536)", limits: .init(diskBytes: 1 << 20))
        #expect(report.verdict == .diskLimit)
        #expect(report.error?.type == "OSError")
    }

    @Test func diskLimitForInputThatDoesNotFit() async throws {
        let big = FileInput(path: "big", content: String(repeating: "x", count: 2 << 20))
        let report = try await engine.report(
            RunRequest(code: "print(1)", files: [big], language: "python", limits: .init(diskBytes: 1 << 20)))
        #expect(report.verdict == .diskLimit)
    }

    @Test func signaledForACrash() async throws {
        let report = try await engine.python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
        #expect(report.verdict == .signaled)
        #expect(report.stage.signal == "SIGSEGV")
        #expect(report.stage.exitCode == nil)
    }

    @Test func killingItselfIsNoLimit() async throws {
        let report = try await engine.python("import os; os.kill(os.getpid(), 9)")
        #expect(report.verdict == .signaled)
        #expect(report.stage.signal == "SIGKILL")
    }

    @Test func cancelledWhenTheTaskIs() async throws {
        let engine = engine
        let task = Task { try await engine.python("import time; time.sleep(30)") }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        #expect(try await task.value.verdict == .cancelled)
    }

    @Test func limitsOfOneRunDoNotReachTheNext() async throws {
        _ = try await engine.python("b = bytearray(400 << 20)", limits: .init(memoryBytes: 64 << 20))
        let report = try await engine.python("b = bytearray(100 << 20); print(len(b))")
        #expect(report.verdict == .ok)
    }
}
