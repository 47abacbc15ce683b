// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import NestboxCommands

@Suite struct RunSummaryTests {
    private func line(_ report: RunReport, _ request: LimitsRequest = LimitsRequest()) -> String? {
        RunSummary(request: request, defaults: .standard, compile: .standardCompile).line(report)
    }

    struct Case: Sendable {
        let stage: StageReport
        var request = LimitsRequest()
        let expected: String?
    }

    @Test(arguments: [
        Case(stage: .sample(), expected: nil),
        Case(
            stage: .sample(.runtimeError, exitCode: 3, wall: 120),
            expected: "runtime_error with exit code 3 after 120 ms"),
        Case(
            stage: .sample(.wallTimeout, exitCode: nil, signal: "SIGKILL", wall: 10_004),
            request: LimitsRequest(wallMilliseconds: 10_000), expected: "wall_timeout after 10.0 s (limit 10 s)"),
        Case(
            stage: .sample(.wallTimeout, exitCode: nil, wall: 30_011),
            expected: "wall_timeout after 30.0 s (limit 30 s)"),
        Case(
            stage: .sample(.cpuTimeout, exitCode: nil, wall: 9000, cpu: 500),
            request: LimitsRequest(cpuMilliseconds: 500),
            expected: "cpu_timeout after 500 ms of CPU time (limit 500 ms)"),
        Case(
            stage: .sample(.memoryLimit, exitCode: nil, memory: 64 << 20),
            request: LimitsRequest(memoryBytes: 64 << 20),
            expected: "memory_limit at 64.0 MiB (limit 64 MiB)"),
        Case(stage: .sample(.memoryLimit, exitCode: nil, memory: 512 << 20), expected: "memory_limit at 512.0 MiB"),
        Case(stage: .sample(.outputLimit, exitCode: nil), expected: "output_limit after 12 ms (limit 1 MiB)"),
        Case(
            stage: .sample(.processLimit, exitCode: 1), request: LimitsRequest(processes: 5),
            expected: "process_limit with exit code 1 after 12 ms (limit 5)"),
        Case(
            stage: .sample(.diskLimit, exitCode: 28), request: LimitsRequest(diskBytes: 1_000_001),
            expected: "disk_limit with exit code 28 after 12 ms (limit 1000001 bytes)"),
        Case(stage: .sample(.signaled, exitCode: nil, signal: "SIGSEGV"), expected: "signaled by SIGSEGV after 12 ms"),
        Case(stage: .sample(.cancelled, exitCode: nil, wall: 1950), expected: "cancelled after 2.0 s"),
    ])
    func sumsUpInOneLine(_ item: Case) {
        #expect(line(.sample(item.stage), item.request) == item.expected)
    }

    @Test func saysWhyNestboxFailed() {
        let error = RunErrorReport(type: "internal_error", message: "mount_tmpfs /tmp: EPERM", traceback: "", line: nil)
        #expect(
            line(.sample(.sample(.internalError, exitCode: nil), error: error))
                == "internal_error: mount_tmpfs /tmp: EPERM")
    }

    @Test func blamesTheCompileStageAndItsLimit() {
        let timeout = StageReport.sample(.wallTimeout, exitCode: nil, wall: 60_020)
        #expect(
            line(.sample(.sample(.wallTimeout, exitCode: nil, wall: 0), compile: timeout))
                == "wall_timeout after 60.0 s (limit 1 m) while compiling")
        let broken = StageReport.sample(.compileError, exitCode: 1, wall: 340)
        #expect(
            line(.sample(.sample(.compileError, exitCode: nil, wall: 0), compile: broken))
                == "compile_error with exit code 1 after 340 ms")
    }

    @Test func surviveNumbersThatMakeNoSense() {
        #expect(line(.sample(.sample(.cancelled, exitCode: nil, wall: .infinity))) == "cancelled after some time")
        #expect(line(.sample(.sample(.cancelled, exitCode: nil, wall: -1))) == "cancelled after some time")
    }
}
