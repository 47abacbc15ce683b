// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// How a run that is not ok is summed up in one line.
struct RunSummary: Sendable {
    /// What the request named.
    let request: LimitsRequest
    /// What a run stage has when the request names nothing, and what a compile stage always has.
    let defaults: Limits
    let compile: Limits

    /// Such as `wall_timeout after 10.0 s (limit 10 s)`; nil for an ok run.
    func line(_ report: RunReport) -> String? {
        guard report.verdict != .ok else { return nil }
        // The compile stage that failed is the stage that ended the run.
        let failedCompile = report.compile.flatMap { $0.verdict == .ok ? nil : $0 }
        let stage = failedCompile ?? report.stage
        let line = sentence(report.verdict, stage, error: report.error, compiling: failedCompile != nil)
        return failedCompile != nil && report.verdict != .compileError ? "\(line) while compiling" : line
    }

    private func sentence(_ verdict: Verdict, _ stage: StageReport, error: RunErrorReport?, compiling: Bool) -> String {
        let name = verdict.rawValue
        let time = "after \(Self.seconds(stage.wallMilliseconds))"
        func limit(_ value: Int?, _ text: (Int) -> String) -> String { value.map { " (limit \(text($0)))" } ?? "" }
        func spaced(time value: Int) -> String { TimeText.text(value, space: " ") }
        func spaced(size value: Int) -> String { ByteSize.text(value, space: " ") }

        switch verdict {
        case .ok: return name
        case .runtimeError, .compileError: return "\(name)\(Self.ending(stage)) \(time)"
        case .wallTimeout:
            let most = compiling ? compile.wallMilliseconds : request.wallMilliseconds ?? defaults.wallMilliseconds
            return "\(name) \(time)\(limit(most, spaced(time:)))"
        case .cpuTimeout:
            let most = compiling ? compile.cpuMilliseconds : request.cpuMilliseconds ?? defaults.cpuMilliseconds
            return "\(name) after \(Self.seconds(stage.cpuMilliseconds)) of CPU time\(limit(most, spaced(time:)))"
        case .memoryLimit:
            // A language may raise the default, so only a limit that was asked for is certain here.
            let most = compiling ? compile.memoryBytes : request.memoryBytes
            return "\(name) at \(Self.mebibytes(stage.memoryPeakBytes))\(limit(most, spaced(size:)))"
        case .outputLimit:
            let most = compiling ? compile.outputBytes : request.outputBytes ?? defaults.outputBytes
            return "\(name) \(time)\(limit(most, spaced(size:)))"
        case .processLimit:
            return
                "\(name)\(Self.ending(stage)) \(time)\(limit(compiling ? compile.processes : request.processes) { "\($0)" })"
        case .diskLimit:
            let most = compiling ? compile.diskBytes : request.diskBytes ?? defaults.diskBytes
            return "\(name)\(Self.ending(stage)) \(time)\(limit(most, spaced(size:)))"
        case .signaled: return "\(name)\(Self.ending(stage)) \(time)"
        case .cancelled, .wrongAnswer: return "\(name) \(time)"
        case .policyViolation, .internalError, .checkerFailed, .invalidSubmission:
            return error.map { "\(name): \($0.message)" } ?? name
        }
    }

    private static func ending(_ stage: StageReport) -> String {
        if let signal = stage.signal { return " by \(signal)" }
        return stage.exitCode.map { " with exit code \($0)" } ?? ""
    }

    /// One decimal, such as `10.0 s`; below a second whole milliseconds.
    private static func seconds(_ milliseconds: Double) -> String {
        guard milliseconds.isFinite, milliseconds >= 0, milliseconds < 1e12 else { return "some time" }
        if milliseconds < 1000 { return "\(Int(milliseconds.rounded())) ms" }
        let tenths = Int((milliseconds / 100).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }

    private static func mebibytes(_ bytes: Int) -> String {
        let tenths = Int((Double(bytes) * 10 / Double(1 << 20)).rounded())
        return "\(tenths / 10).\(tenths % 10) MiB"
    }
}
