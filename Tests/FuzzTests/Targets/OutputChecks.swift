// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Engine

/// What a submission printed beside what was expected; and what a checker program says.
enum OutputChecks {
    private static let longText = 256 << 10

    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let isRepeated = input.byte() == 0x7F
        let (one, other) = (input.field(), Array(input.rest))
        if isRepeated, !one.isEmpty, !other.isEmpty {
            // Work that grows faster than its input takes too long here.
            let times = longText / (one.count + other.count) + 1
            let long = (0..<times).flatMap { _ in one }
            for checker in builtIn { try reflexive(checker, long, (0..<times).flatMap { _ in other }) }
            return
        }
        for checker in builtIn { try reflexive(checker, one, other) }
        try hold(accepts(.exact, one, other) == (one == other), "exact: \(one) and \(other)")
        try hold(accepts(.tokens, one, other) == (words(one) == words(other)), "tokens: \(one) and \(other)")
        try hold(accepts(.lines, one, other) == (lines(one) == lines(other)), "lines: \(one) and \(other)")
        let (small, large) = (Checker.float(.init(absolute: 1e-6)), Checker.float(.init(absolute: 1)))
        if accepts(.tokens, one, other) { try hold(accepts(small, one, other), "equal words are not near") }
        if accepts(small, one, other) { try hold(accepts(large, one, other), "a larger tolerance accepts less") }
        try hold(accepts(large, one, other) == accepts(large, other, one), "a distance has a direction")
    }

    private static let builtIn: [Checker] = [
        .exact, .tokens, .lines, .float(.init(absolute: 1e-6)), .float(.init(relative: 1e-9)), .float(.init()),
    ]

    private static func reflexive(_ checker: Checker, _ one: [UInt8], _ other: [UInt8]) throws {
        try hold(accepts(checker, one, one), "\(checker) does not accept \(one.prefix(99)) for itself")
        let found = OutputCheck.check(checker, output: one, expected: other, pattern: nil)
        try hold(found.outcome == .accepted || found.outcome == .wrong, "\(checker) says \(found.outcome)")
        try hold(found.share == (found.outcome == .accepted ? 1 : 0), "\(found.outcome) with \(found.share)")
        try hold(found.message.isEmpty == (found.outcome == .accepted), "\(found.outcome): '\(found.message)'")
        try hold(found.message.utf8.count <= 700, "a message of \(found.message.utf8.count) bytes")
    }

    private static func accepts(_ checker: Checker, _ output: [UInt8], _ expected: [UInt8]) -> Bool {
        OutputCheck.check(checker, output: output, expected: expected, pattern: nil).outcome == .accepted
    }

    private static let spaces: Set<UInt8> = [9, 10, 11, 12, 13, 32]

    private static func words(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split { spaces.contains($0) }.map { Array($0) }
    }

    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { line in
            Array(line.reversed().drop { spaces.contains($0) }.reversed())
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    // MARK: Checker programs

    static func answer(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let code = Int(input.byte())
        let usual = code == 0 ? Verdict.ok : .runtimeError
        let verdict = input.flag() ? usual : Verdict.allCases[code % Verdict.allCases.count]
        let stage = StageReport(
            verdict: verdict, exitCode: code, signal: nil, stdout: "",
            stderr: String(decoding: input.rest, as: UTF8.self), stdoutTruncated: false, stderrTruncated: false,
            stdoutBase64: nil, stderrBase64: nil, wallMilliseconds: 0, cpuMilliseconds: 0, memoryPeakBytes: 0)
        let found = CheckerRun.judgement(
            RunReport(
                id: "run_x", stage: stage,
                language: LanguageReport(name: "c", version: nil, detectedBy: .explicit, confidence: 1), compile: nil,
                warnings: [], error: nil, files: [],
                isolation: IsolationReport(driver: "none", start: "cold", limitsEnforcedBy: "nothing"),
                timings: Timings()))
        try hold((0...1).contains(found.share), "a share of \(found.share)")
        try hold(found.message.utf8.count <= 5000, "a message of \(found.message.utf8.count) bytes")
        let isAccepted = found.outcome == .accepted || found.outcome == .partial && found.share == 1
        if isAccepted { try hold(verdict == .ok || code == 7, "\(verdict), code \(code) is accepted") }
        if verdict != .ok, verdict != .runtimeError { try hold(found.outcome == .failed, "\(verdict) is no failure") }
    }
}
