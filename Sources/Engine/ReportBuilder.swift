// SPDX-License-Identifier: Apache-2.0
import Foundation
import Languages
import NestboxCore

/// Puts a report together from what the stages came to.
struct ReportBuilder {
    let program: PreparedProgram
    let id: String

    func report(
        _ results: StageResults, language: LanguageReport, files: [CollectedFile], isolation: IsolationReport,
        timings: Timings
    ) -> RunReport {
        let compile = results.compile?.report(isCompile: true)
        var stage = results.run?.report(isCompile: false) ?? Self.empty(verdict: .internalError)
        if results.run == nil { stage.verdict = verdictWithoutRun(results, compile: compile) }

        let names = program.fileNames
        let format = program.pack.diagnostics
        let compileDiagnostics = format.diagnostics(in: compile?.stderr ?? "", names: names, isCompile: true)
        let runDiagnostics = format.diagnostics(in: stage.stderr, names: names, isCompile: false)
        var error: RunErrorReport?
        switch stage.verdict {
        case .ok, .cancelled: break
        case .internalError:
            error = RunErrorReport(type: "internal_error", message: internalMessage(results), traceback: "", line: nil)
        default:
            error = results.run == nil ? compileDiagnostics.error : runDiagnostics.error
        }
        return RunReport(
            id: id, stage: stage, language: language, compile: compile,
            warnings: compileDiagnostics.warnings + runDiagnostics.warnings, error: error, files: files,
            isolation: isolation, timings: timings)
    }

    private func verdictWithoutRun(_ results: StageResults, compile: StageReport?) -> Verdict {
        if results.isCancelled { return .cancelled }
        if results.noRoomForInput { return .diskLimit }
        if let compile, compile.verdict != .ok { return compile.verdict }
        return .internalError
    }

    private func internalMessage(_ results: StageResults) -> String {
        results.failure ?? results.run?.failure ?? results.compile?.failure ?? "the guest agent ended unexpectedly"
    }

    /// A stage that did not happen.
    static func empty(verdict: Verdict) -> StageReport {
        StageReport(
            verdict: verdict, exitCode: nil, signal: nil, stdout: "", stderr: "", stdoutTruncated: false,
            stderrTruncated: false, stdoutBase64: nil, stderrBase64: nil, wallMilliseconds: 0, cpuMilliseconds: 0,
            memoryPeakBytes: 0)
    }
}
