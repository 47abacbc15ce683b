// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// Reports to store, and a folder to store them in.
enum Reports {
    static func report(_ id: String, stdout: String = "", verdict: Verdict = .ok) -> RunReport {
        RunReport(
            id: id,
            stage: StageReport(
                verdict: verdict, exitCode: 0, signal: nil, stdout: stdout, stderr: "", stdoutTruncated: false,
                stderrTruncated: false, stdoutBase64: nil, stderrBase64: nil, wallMilliseconds: 1.5, cpuMilliseconds: 1,
                memoryPeakBytes: 4096),
            language: LanguageReport(name: "python", version: "3.11.2", detectedBy: .explicit, confidence: 1),
            compile: nil, warnings: [RunWarning(kind: "warning", message: "w", file: nil, line: 3)],
            error: nil, files: [CollectedFile(path: "a", sizeBytes: 1, contentBase64: "YQ==")],
            isolation: IsolationReport(driver: "namespace", start: "cold", limitsEnforcedBy: "cgroup-v2"),
            timings: Timings(queueMilliseconds: 0.25))
    }

    static func program(_ id: String, stdout: String = "", verdict: Verdict = .ok) -> RunResult {
        .program(report(id, stdout: stdout, verdict: verdict))
    }

    static func markdown(_ id: String) -> RunResult {
        .markdown(
            MarkdownReport(
                id: id, verdict: .ok,
                blocks: [MarkdownReport.Block(language: "python", line: 3, report: report(id + ".1"))]))
    }
}

/// A fresh folder for one test, removed afterwards.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nestbox-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}
