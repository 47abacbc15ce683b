// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// Why the host ended a stage before its program did.
enum StopReason: Sendable, Hashable {
    case wallTime, cpuTime, memory, output, cancelled
    /// Not the sandbox but the machine was out of memory.
    case hostMemory
    /// The other program of its pair had ended.
    case partnerEnded
}

/// Everything the host knows about a stage that is over. The verdict follows from it and from nothing else.
struct StageOutcome: Sendable {
    /// How the program ended; nil when it went away together with the guest.
    var end: ProcessEnd?
    var stopped: StopReason?
    /// Nestbox's own failure.
    var failure: String?
    var output: CappedOutput
    var wall: Duration
    var cpu: Duration
    var memoryPeakBytes: Int
    /// Since the stage began.
    var memoryKills: Int
    /// Kills because the machine was out of memory, since the stage began.
    var hostMemoryKills: Int
    var processRefusals: Int
    var space: ScratchSpace?
    var limits: Limits
    /// The compiler did not run: what it made of the same program before was still there.
    var isCached = false

    /// Less free room than this is "full": programs fail on the write before the last byte is used.
    private static let fullBytes: UInt64 = 64 << 10

    var isDiskFull: Bool {
        guard let space, space.totalBytes > 0 else { return false }
        return space.freeBytes < Self.fullBytes || space.freeInodes == 0
    }

    /// The first cause wins: what the host did, then what the kernel refused, then how the program ended.
    func verdict(isCompile: Bool) -> Verdict {
        switch stopped {
        case .cancelled, .partnerEnded: return .cancelled
        case .output: return .outputLimit
        case .memory: return .memoryLimit
        case .cpuTime: return .cpuTimeout
        case .wallTime: return .wallTimeout
        case .hostMemory: return .internalError
        case nil: break
        }
        if memoryKills > 0 { return .memoryLimit }
        if failure != nil || hostMemoryKills > 0 { return .internalError }
        if cpu > .milliseconds(limits.cpuMilliseconds) { return .cpuTimeout }
        switch end {
        case .exited(code: 0): return .ok
        case .exited, .signaled:
            if processRefusals > 0 { return .processLimit }
            if isDiskFull { return .diskLimit }
            if case .signaled = end { return .signaled }
            return isCompile ? .compileError : .runtimeError
        case nil: return .internalError
        }
    }

    /// What went wrong on our side, when the verdict is `internal_error`.
    var internalMessage: String? {
        if hostMemoryKills > 0 {
            return "the machine is out of memory: the kernel killed a process that was within its limit of "
                + "\(limits.memoryBytes) bytes"
        }
        return failure
    }

    func report(isCompile: Bool) -> StageReport {
        let stdout = ReportedText(output.stdout, truncated: output.stdoutTruncated)
        let stderr = ReportedText(output.stderr, truncated: output.stderrTruncated)
        return StageReport(
            verdict: verdict(isCompile: isCompile), exitCode: end?.exitCode, signal: end?.signalName,
            stdout: stdout.text, stderr: stderr.text, stdoutTruncated: output.stdoutTruncated,
            stderrTruncated: output.stderrTruncated, stdoutBase64: stdout.base64, stderrBase64: stderr.base64,
            wallMilliseconds: wall.reportedMilliseconds, cpuMilliseconds: cpu.reportedMilliseconds,
            memoryPeakBytes: memoryPeakBytes, cached: isCached)
    }

    /// Of a compile stage whose result was kept, with what the compiler printed then.
    static func cached(_ output: CappedOutput, wall: Duration, limits: Limits) -> StageOutcome {
        StageOutcome(
            end: .exited(code: 0), stopped: nil, failure: nil, output: output, wall: wall, cpu: .zero,
            memoryPeakBytes: 0, memoryKills: 0, hostMemoryKills: 0, processRefusals: 0, space: nil, limits: limits,
            isCached: true)
    }
}

extension ProcessEnd {
    var exitCode: Int? {
        if case .exited(let code) = self { Int(code) } else { nil }
    }

    var signalName: String? {
        if case .signaled(let number) = self { SignalName.of(Int32(number)) } else { nil }
    }
}

extension Duration {
    /// Milliseconds with three decimals, never negative.
    var reportedMilliseconds: Double {
        let (seconds, attoseconds) = components
        let microseconds = Double(seconds) * 1_000_000 + Double(attoseconds) / 1_000_000_000_000
        return max(0, microseconds.rounded() / 1000)
    }
}
