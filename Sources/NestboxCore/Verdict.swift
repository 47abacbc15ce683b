// SPDX-License-Identifier: Apache-2.0

/// How a run ended, decided by the host from what the kernel counted; never taken from the program's own output.
///
/// Exactly one verdict describes a run. When several things went wrong the first one that *ended* the run wins, in the
/// order of ``RunOutcome`` (see Engine). The raw value is the stable name on the wire.
public enum Verdict: String, Sendable, Codable, CaseIterable, Hashable {
    /// The program ended by itself with exit code 0.
    case ok
    /// The program ended by itself with another exit code.
    case runtimeError = "runtime_error"
    /// The compile stage ended by itself with an exit code other than 0; the program did not run.
    case compileError = "compile_error"
    /// `limits.wall_ms` passed on the host's monotonic clock.
    case wallTimeout = "wall_timeout"
    /// `limits.cpu_ms` was used, counted by the cgroup over all processes of the sandbox.
    case cpuTimeout = "cpu_timeout"
    /// `limits.memory_bytes` was reached and the kernel killed a process of the sandbox for it.
    case memoryLimit = "memory_limit"
    /// stdout and stderr together passed `limits.output_bytes`.
    case outputLimit = "output_limit"
    /// A process or thread was refused because of `limits.processes`, and the program then failed.
    case processLimit = "process_limit"
    /// The sandbox's writable file system was full (`limits.disk_bytes` or its inodes), and the program then failed.
    case diskLimit = "disk_limit"
    /// A signal that Nestbox did not send ended the program.
    case signaled
    /// A rule on the code itself refused it; nothing ran.
    case policyViolation = "policy_violation"
    /// The caller cancelled the run or went away.
    case cancelled
    /// The output differed from the expected output (batches only).
    case wrongAnswer = "wrong_answer"
    /// The checker of a case crashed, hung or said that it failed (batches only). Never the submission's fault.
    case checkerFailed = "checker_failed"
    /// The submission cannot be run as it is, such as a text without code; nothing ran (batches only).
    case invalidSubmission = "invalid_submission"
    /// Nestbox failed. Never the program's fault; the cause is logged and in `error`.
    case internalError = "internal_error"
}
