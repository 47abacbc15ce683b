// SPDX-License-Identifier: Apache-2.0

/// Code that reads bytes of somebody who is not trusted, and what must hold whatever these bytes are.
///
/// A target keeps no state between two inputs: the same bytes give the same outcome, in any order.
struct FuzzTarget: Sendable {
    /// Of its folders in `Corpus` and `Regressions`, and of its dictionary.
    let name: String
    /// Longest input that is made for it.
    let mostBytes: Int
    /// - Throws: ``FuzzFinding`` when something does not hold. Any other error is a finding too.
    let check: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, mostBytes: Int, _ check: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.mostBytes = mostBytes
        self.check = check
    }

    /// In the order of docs/fuzzing.md.
    static let all: [FuzzTarget] = [
        FuzzTarget("guest-frames", mostBytes: 4096, GuestFrames.checkGuest),
        FuzzTarget("guest-session", mostBytes: 1024, GuestConversation.check),
        FuzzTarget("host-frames", mostBytes: 4096, GuestFrames.checkHost),
        FuzzTarget("http-connection", mostBytes: 4096, HTTPConnection.check),
        FuzzTarget("http-fields", mostBytes: 512, HTTPFieldValues.check),
        FuzzTarget("run-request", mostBytes: 4096, RunRequests.check),
        FuzzTarget("batch-request", mostBytes: 4096, BatchRequests.check),
        FuzzTarget("batch-rows", mostBytes: 2048, BatchRequests.kept),
        FuzzTarget("checker-pattern", mostBytes: 512, CheckerPatterns.check),
        FuzzTarget("output-check", mostBytes: 1024, OutputChecks.check),
        FuzzTarget("checker-answer", mostBytes: 1024, OutputChecks.answer),
        FuzzTarget("data-set-row", mostBytes: 4096, EvaluationFiles.row),
        FuzzTarget("sample-file", mostBytes: 2048, EvaluationFiles.samples),
        FuzzTarget("piston-message", mostBytes: 2048, PistonMessages.check),
        FuzzTarget("policy-answer", mostBytes: 1024, PolicyAnswers.check),
        FuzzTarget("run-events", mostBytes: 2048, RunEvents.check),
        FuzzTarget("markdown", mostBytes: 4096, MarkdownText.check),
        FuzzTarget("language", mostBytes: 4096, LanguageOfCode.check),
        FuzzTarget("diagnostics", mostBytes: 4096, CompilerOutput.check),
        FuzzTarget("configuration", mostBytes: 2048, ConfigurationText.check),
        FuzzTarget("language-pack", mostBytes: 4096, PackText.check),
        FuzzTarget("seccomp-profile", mostBytes: 4096, SeccompText.check),
        FuzzTarget("paths", mostBytes: 1024, Paths.check),
        FuzzTarget("glob", mostBytes: 256, GlobPatterns.check),
        FuzzTarget("tool-frames", mostBytes: 4096, GuestFrames.checkTool),
        FuzzTarget("kernel-line", mostBytes: 1024, E2BBytes.kernelLine),
        FuzzTarget("port-response", mostBytes: 1024, E2BBytes.response),
        FuzzTarget("connect-envelopes", mostBytes: 1024, E2BBytes.envelopes),
        FuzzTarget("multipart", mostBytes: 1024, E2BBytes.multipart),
        FuzzTarget("e2b-fields", mostBytes: 512, E2BBytes.fields),
        FuzzTarget("terminal", mostBytes: 1024, TerminalText.check),
    ]

    static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// Something that must hold and did not.
struct FuzzFinding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// - Throws: ``FuzzFinding`` when `condition` is false.
func hold(_ condition: Bool, _ what: @autoclosure () -> String) throws(FuzzFinding) {
    if !condition { throw FuzzFinding(what()) }
}
