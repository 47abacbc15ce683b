// SPDX-License-Identifier: Apache-2.0

/// What became of a submission.
public struct SubmissionReport: Sendable, Hashable, Codable {
    /// The caller's name of it; nil when it has none.
    public var id: String?
    /// Its place among the submissions of its batch, from 0.
    public var index: Int
    /// Name of its problem; nil when the batch has one for all.
    public var problem: String?
    /// `ok` when every case is accepted. Otherwise that of the first case, in the problem's order, that was judged and not
    /// accepted; `checker_failed`, `internal_error` or `cancelled` only when no case was.
    public var verdict: Verdict
    /// Points of the accepted cases, and of all.
    public var score: Double
    public var maxScore: Double
    /// Nil when nothing ran.
    public var language: LanguageReport?
    /// The compile stage; nil for languages without one, and when nothing ran.
    public var compile: StageReport?
    /// In the problem's order. Cases that were not run are left out.
    public var cases: [CaseReport]
    public var counts: CaseCounts
    /// Why nothing ran, or what failed on our side.
    public var error: SubmissionError?
    /// Why the verdict of unit tests can be believed; nil for cases.
    public var evidence: UnitTestReport.Evidence?
    /// The answer is that of an identical submission before.
    public var cached: Bool

    public init(
        id: String? = nil, index: Int = 0, problem: String? = nil, verdict: Verdict, score: Double = 0,
        maxScore: Double = 0, language: LanguageReport? = nil, compile: StageReport? = nil, cases: [CaseReport] = [],
        counts: CaseCounts = CaseCounts(), error: SubmissionError? = nil, cached: Bool = false
    ) {
        self.id = id
        self.index = index
        self.problem = problem
        self.verdict = verdict
        self.score = score
        self.maxScore = maxScore
        self.language = language
        self.compile = compile
        self.cases = cases
        self.counts = counts
        self.error = error
        self.cached = cached
    }

    enum CodingKeys: String, CodingKey {
        case id, index, problem, verdict, score, language, compile, cases, counts, error, evidence, cached
        case maxScore = "max_score"
    }
}

/// How many cases came to what.
public struct CaseCounts: Sendable, Hashable, Codable {
    public var total: Int
    public var passed: Int
    /// Judged and not accepted.
    public var failed: Int
    /// Not run, or not judged by our fault or the checker's.
    public var skipped: Int

    public init(total: Int = 0, passed: Int = 0, failed: Int = 0, skipped: Int = 0) {
        self.total = total
        self.passed = passed
        self.failed = failed
        self.skipped = skipped
    }
}

/// Why a submission did not run, or what failed.
public struct SubmissionError: Sendable, Hashable, Codable {
    /// Code of a ``RequestError``, `checker_failed` or `internal_error`.
    public var code: String
    public var message: String
    /// Dotted path of the field to blame, within the submission; nil when there is none.
    public var field: String?

    public init(code: String, message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }
}

/// What became of one case.
public struct CaseReport: Sendable, Hashable, Codable {
    /// The case's own, or its position.
    public var id: String
    public var verdict: Verdict
    /// Points it brought, and could have.
    public var score: Double
    public var maxScore: Double
    /// 0 to 255; nil when a signal ended the program or it never started.
    public var exitCode: Int?
    public var signal: String?
    public var wallMilliseconds: Double
    public var cpuMilliseconds: Double
    public var memoryPeakBytes: Int
    /// The beginning of what the program printed; at most ``mostOutputBytes``.
    public var stdout: String
    public var stderr: String
    /// More was printed than is here.
    public var stdoutTruncated: Bool
    public var stderrTruncated: Bool
    /// What the checker said; nil when it was not asked, or said nothing.
    public var checker: CheckerReport?
    /// The error that ended the program, as far as its language tells; or what failed on our side.
    public var error: RunErrorReport?

    public init(
        id: String, verdict: Verdict, score: Double = 0, maxScore: Double = 1, exitCode: Int? = nil,
        signal: String? = nil, wallMilliseconds: Double = 0, cpuMilliseconds: Double = 0, memoryPeakBytes: Int = 0,
        stdout: String = "", stderr: String = "", stdoutTruncated: Bool = false, stderrTruncated: Bool = false,
        checker: CheckerReport? = nil, error: RunErrorReport? = nil
    ) {
        self.id = id
        self.verdict = verdict
        self.score = score
        self.maxScore = maxScore
        self.exitCode = exitCode
        self.signal = signal
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
        self.memoryPeakBytes = memoryPeakBytes
        self.stdout = stdout
        self.stderr = stderr
        self.stdoutTruncated = stdoutTruncated
        self.stderrTruncated = stderrTruncated
        self.checker = checker
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case id, verdict, score, signal, stdout, stderr, checker, error
        case maxScore = "max_score"
        case exitCode = "exit_code"
        case wallMilliseconds = "wall_ms"
        case cpuMilliseconds = "cpu_ms"
        case memoryPeakBytes = "memory_peak_bytes"
        case stdoutTruncated = "stdout_truncated"
        case stderrTruncated = "stderr_truncated"
    }

    /// Of each stream.
    public static let mostOutputBytes = 8 << 10
}

/// What a checker found.
public struct CheckerReport: Sendable, Hashable, Codable {
    public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
        case accepted, wrong, presentation, partial, failed
    }

    public var outcome: Outcome
    /// In words, such as `token 3 is '4', expected '5'`. It may quote what was expected.
    public var message: String
    /// Share of the case's points, from 0 to 1.
    public var share: Double

    public init(outcome: Outcome, message: String = "", share: Double) {
        self.outcome = outcome
        self.message = message
        self.share = share
    }
}
