// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Languages
import NestboxCore

@testable import Engine

/// What a policy's checker prints after it has read a hostile program. Whoever took it over must not get a program allowed by
/// anything but the one whole answer.
enum PolicyAnswers {
    private static let check = Result {
        let catalog = try LanguageCatalog.builtIn()
        guard let pack = catalog.pack(named: "python") else { throw FuzzFinding("there is no Python") }
        return PolicyCheck(
            PreparedProgram(
                language: DetectedLanguage(pack: pack, detectedBy: .explicit),
                files: [.init(path: "main.py", content: [0x78]), .init(path: "b.py", content: [0x79])],
                entry: "main.py", code: "x", stdin: [], arguments: [], environment: [:], limits: .standard,
                compileLimits: .standardCompile, collect: [], policies: [CodePolicy(restrictedPython: true)],
                driver: NoDriver()))
    }

    /// The first byte says how the checker ended; the rest is its standard output.
    static func check(_ bytes: [UInt8]) throws {
        guard let check = try check.get() else { throw FuzzFinding("nothing to check") }
        let answer = Array(bytes.dropFirst())
        let isWhole = bytes.first.map { $0 & 3 == 0 } ?? false
        do throws(any Error) {
            let found = try check.findings(in: outcome(answer, end: bytes.first ?? 1))
            try hold(!found.isEmpty || (isWhole && answer == Array("OK\n".utf8)), "allowed by \(answer)")
            try hold(found.count <= 50, "\(found.count) violations")
            for one in found {
                try hold(["main.py", "b.py"].contains(one.file), "a violation in '\(one.file)'")
                try hold((one.line ?? 1) > 0 && (one.column ?? 1) > 0, "a violation at \(one)")
                try hold(one.line != nil || one.column == nil, "a column without a line: \(one)")
            }
        } catch let error as RequestError {
            try hold(error.code == .policyUnavailable && isWhole, "\(error)")
            try Problems.check(error)
        }
    }

    private static func outcome(_ stdout: [UInt8], end: UInt8) -> StageOutcome {
        var output = CappedOutput(limit: 1 << 20)
        _ = output.appendStdout(stdout)
        if end & 3 == 1 { _ = output.appendStderr([0x78]) }
        return StageOutcome(
            end: end & 3 == 2 ? .signaled(11) : .exited(code: end & 3 == 3 ? 1 : 0), stopped: nil, failure: nil,
            output: output, wall: .zero, cpu: .zero, memoryPeakBytes: 0, memoryKills: 0, hostMemoryKills: 0,
            processRefusals: 0, space: nil, limits: .standard)
    }
}
