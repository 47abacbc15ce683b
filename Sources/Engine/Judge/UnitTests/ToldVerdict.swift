// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// What the tests' side said at its end. It alone knows the secret that comes before.
struct ToldVerdict: Sendable {
    enum Verdict: String, Sendable, Decodable {
        case ok
        case wrongAnswer = "wrong_answer"
        case runtimeError = "runtime_error"
        /// The submission ended first.
        case ended
        /// The tests need what separate mode has not.
        case notSupported = "not_supported"
    }

    private struct Line: Decodable {
        let verdict: Verdict
        let message: String
        let line: Int?
        let text: String?
        let notes: [String]?
    }

    let verdict: Verdict
    let message: String
    let line: Int?
    let text: String?
    let notes: [String]

    /// Nil unless the last line is one of those.
    init?(secret: String, in output: String) {
        let last = output.split(separator: "\n").last ?? ""
        guard !secret.isEmpty, last.hasPrefix(secret),
            let line = try? JSONDecoder().decode(Line.self, from: Data(last.dropFirst(secret.count).utf8))
        else { return nil }
        verdict = line.verdict
        message = line.message
        self.line = line.line
        text = line.text
        notes = line.notes ?? []
    }
}

/// The verdict of separate mode. `ok` needs the tests' end, told with the secret, and their exit code 0; nothing that the
/// submission's side says or does can make it.
struct SeparateFinding: Sendable {
    let verdict: Verdict
    let message: String

    init(submission: RunReport, tests: RunReport, told: ToldVerdict?) {
        func make(_ verdict: Verdict, _ message: String) -> (Verdict, String) { (verdict, message) }
        (verdict, message) =
            if let compile = submission.compile, compile.verdict != .ok {
                make(submission.verdict, submission.error?.message ?? "the submission does not compile")
            } else if submission.verdict == .policyViolation {
                make(.policyViolation, submission.error?.message ?? "")
            } else if submission.verdict == .internalError || tests.verdict == .internalError {
                make(.internalError, (submission.error ?? tests.error)?.message ?? "")
            } else if let compile = tests.compile, compile.verdict != .ok, submission.verdict == .cancelled {
                make(.internalError, "the tests' side could not be compiled: \(compile.verdict.rawValue)")
            } else if tests.verdict == .ok, tests.stage.exitCode == 0, told?.verdict == .ok {
                // Right, but perhaps not within its limits.
                Self.limits.contains(submission.verdict)
                    ? make(submission.verdict, "the submission answered right, and went beyond its limits")
                    : make(.ok, "")
            } else {
                Self.failure(submission, tests, told)
            }
    }

    private static let limits: Set<Verdict> = [
        .wallTimeout, .cpuTimeout, .memoryLimit, .outputLimit, .processLimit, .diskLimit,
    ]

    private static func failure(_ submission: RunReport, _ tests: RunReport, _ told: ToldVerdict?) -> (Verdict, String)
    {
        switch told?.verdict {
        case .wrongAnswer: return (.wrongAnswer, told?.message ?? "")
        case .runtimeError: return (.runtimeError, told?.message ?? "")
        case .ended:
            let own = submission.verdict
            let message =
                submission.error.map { "\($0.type): \($0.message)" } ?? "the submission ended before the tests did"
            return own == .ok || own == .cancelled
                ? (.runtimeError, "the submission ended before the tests did") : (own, message)
        default: break
        }
        if submission.verdict == .cancelled, tests.verdict == .cancelled { return (.cancelled, "") }
        switch tests.verdict {
        case let own where limits.contains(own):
            if submission.verdict != .ok, submission.verdict != .cancelled {
                return (submission.verdict, submission.error?.message ?? "")
            }
            return (tests.verdict, "the tests did not end with what the submission answered")
        default:
            return (
                .runtimeError, tests.error.map { "\($0.type): \($0.message)" } ?? "the tests did not reach their end"
            )
        }
    }
}

/// The verdict of one program that holds submission and tests.
struct TogetherFinding: Sendable {
    let verdict: Verdict
    let message: String

    /// - Parameter told: What a program says that tells a verdict.
    /// - Parameter secret: What a program says at its end.
    init(report: RunReport, program: TogetherHarness.Program, told: ToldVerdict?, secret: String) {
        let error = report.error.map { "\($0.type): \($0.message)" } ?? ""
        let isAtEnd =
            switch program.end {
            case .verdict: told?.verdict == .ok
            case .secret: report.stage.stderr.split(separator: "\n").contains { $0 == secret }
            case .exitCode: true
            }
        switch (report.verdict, told?.verdict) {
        case (.ok, _):
            let stage = report.stage
            let stderr = Self.output(stage.stderr, without: secret)
            if let failure = program.rules.failure(stdout: stage.stdout, stderr: stderr) {
                (verdict, message) = (.wrongAnswer, failure)
            } else {
                (verdict, message) = isAtEnd ? (.ok, "") : (.runtimeError, "the program ended before the tests did")
            }
        case (.runtimeError, .wrongAnswer): (verdict, message) = (.wrongAnswer, told?.message ?? "")
        case (.runtimeError, .some): (verdict, message) = (.runtimeError, told?.message ?? "")
        // An assertion that a program of other languages ended with.
        case (.runtimeError, _) where report.isAssertion, (.signaled, _) where report.isAssertion:
            (verdict, message) = (.wrongAnswer, error)
        case (let own, _): (verdict, message) = (own, error)
        }
    }

    /// What the program printed beside the secret.
    static func output(_ text: String, without secret: String) -> String {
        text.replacing("\n\(secret)\n", with: "").replacing(secret, with: "")
    }
}

extension RunReport {
    /// What tools print of a test that failed.
    private static let failures = [
        "Assert", "assertion", "assert(", "Test failed", "did not pass", "Error at test case", "failed to pass",
        "Failure:", "--- FAIL", "is not TRUE",
    ]

    fileprivate var isAssertion: Bool {
        Self.failures.contains {
            error?.type.contains($0) ?? false || stage.stderr.contains($0) || stage.stdout.contains($0)
        }
    }
}
