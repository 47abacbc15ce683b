// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import Logging
import NestboxCore

/// Judges submissions: compiles once, runs each case in a fresh sandbox, checks what was printed outside of it.
///
/// What was expected is never in a sandbox that a submission runs in: it stays in this process, or goes into a checker's own.
struct SubmissionJudge: Sendable {
    let preparation: RunPreparation
    let runner: ProgramRunner
    let queue: RunQueue
    let logger: Logger
    let bytecode = PythonBytecode()

    /// What one submission is judged by.
    struct Work: Sendable {
        let submission: Submission
        /// Its place in its batch.
        var index = 0
        let problem: PreparedProblem
        let options: JudgeOptions
        var isolation: String?
        var template: String?
        /// What holds for the caller's key.
        var keyRules: KeyRules?
        /// Bounds the cases of all submissions of a batch; nil bounds them by the server's places only.
        var places: Places?
    }

    /// - Throws: `CancellationError`, and nothing else: whatever can be told is in the report.
    func judge(_ work: Work) async throws -> SubmissionReport {
        var report = SubmissionReport(
            id: work.submission.id, index: work.index, problem: work.submission.problem, verdict: .invalidSubmission,
            maxScore: work.problem.maxScore, counts: CaseCounts(total: work.problem.caseCount))
        report.counts.skipped = report.counts.total
        do {
            if let tests = work.problem.unitTests { return try await judge(work, by: tests, report) }
            var program = try program(of: work)
            report.language = LanguageReport(
                name: program.pack.name,
                version: await runner.versions.version(of: program.pack, driver: program.driver),
                detectedBy: program.language.detectedBy, confidence: program.language.confidence)
            if !program.policies.isEmpty {
                let checked = program
                let violations = try await withPlace(work) {
                    try await runner.violations(of: checked, id: Identifier.make(prefix: "run"))
                }
                guard violations.isEmpty else {
                    report.verdict = .policyViolation
                    report.error = SubmissionError(
                        code: Verdict.policyViolation.rawValue,
                        message: violations.map(\.message).joined(separator: "\n"))
                    return report
                }
                // Found once; the cases bring nothing of the submission's own.
                program.policies = []
            }
            let cases = try work.problem.cases.map { item in try self.program(program, for: item, work) }
            return try await run(cases, work, report)
        } catch let error as RequestError where error.code != .shuttingDown {
            report.error = SubmissionError(code: error.code.rawValue, message: error.message, field: error.field)
        } catch let error as ServiceError {
            report.verdict = .internalError
            report.error = SubmissionError(code: error.code.rawValue, message: error.message)
        } catch {
            throw CancellationError()
        }
        return report
    }

    // MARK: Programs

    /// The submission's program, without anything of a case.
    func program(of work: Work) throws(RequestError) -> PreparedProgram {
        let submission = work.submission
        var request = RunRequest(
            code: submission.code, files: submission.files, entrypoint: submission.entrypoint,
            markdown: submission.markdown,
            blocks: submission.blocks ?? (submission.markdown == nil ? nil : "joined"),
            language: submission.language, compileLimits: work.problem.compileLimits, policy: submission.policy,
            deterministic: work.options.deterministic, isolation: work.isolation, template: work.template)
        request.keyRules = work.keyRules
        switch try preparation.prepare(request) {
        case .program(let program): return program
        case .markdown(let blocks):
            guard let block = blocks.first, blocks.count == 1 else {
                throw RequestError(
                    .conflictingFields,
                    "the answer holds \(blocks.count) programs, and one is judged; name its language, or its number in blocks",
                    field: "blocks")
            }
            return block.program
        }
    }

    private func program(
        _ program: PreparedProgram, for item: PreparedProblem.Case, _ work: Work
    ) throws(RequestError) -> PreparedProgram {
        var program = program
        program.stdin = item.stdin
        program.arguments = item.arguments
        program.environment.merge(item.environment) { _, new in new }
        program.limits = try preparation.limits(item.limits, program.pack, on: program.driver, work.keyRules)
        if program.conditions != nil { try FixedConditions.check(item.files) }
        for file in item.files {
            let other = program.files.first {
                $0.path == file.path || PathText.isFolder($0.path, of: file.path)
                    || PathText.isFolder(file.path, of: $0.path)
            }
            if let other {
                throw RequestError(
                    .conflictingFields,
                    "'\(other.path)' of the submission is in the way of '\(file.path)', a file of case '\(item.id)'",
                    field: "files")
            }
        }
        // An interpreter may be prepared for what lies beside its program, so it has to be known before.
        if program.pack.compile == nil {
            program.files += item.files
        } else {
            program.laterFiles += item.files
        }
        return program
    }

    // MARK: Cases

    private func run(
        _ programs: [PreparedProgram], _ work: Work, _ beginning: SubmissionReport
    ) async throws -> SubmissionReport {
        var report = beginning
        let held = HeldCompilation()
        var results: [Int: CaseReport] = [:]
        var next = 0
        if programs[0].pack.compile != nil {
            // The first compiles, so it goes ahead of the others.
            let (first, compile) = try await judge(0, programs[0], work, held)
            report.compile = compile
            if let compile, compile.verdict != .ok {
                report.verdict = compile.verdict
                if first.verdict == .internalError || first.verdict == .checkerFailed {
                    report.error = Self.failure(first)
                }
                return report
            }
            results[0] = first
            next = 1
        }
        let width = min(work.options.parallel ?? Int.max, queue.concurrency, programs.count)
        try await withThrowingTaskGroup(of: (Int, CaseReport).self) { group in
            var isFailed = results[0].map { $0.verdict != .ok } ?? false
            func add() {
                guard next < programs.count, !(work.options.stopAtFirstFailure && isFailed) else { return }
                let index = next
                next += 1
                group.addTask { (index, try await judge(index, programs[index], work, held).0) }
            }
            for _ in 0..<width { add() }
            while let (index, result) = try await group.next() {
                results[index] = result
                if result.verdict != .ok { isFailed = true }
                add()
            }
        }
        Self.finish(&report, results, stops: work.options.stopAtFirstFailure)
        return report
    }

    /// Puts the cases into the report, in their order. Which of them happened to run at one time must not be seen.
    static func finish(_ report: inout SubmissionReport, _ results: [Int: CaseReport], stops: Bool) {
        var cases: [CaseReport] = []
        for (_, result) in results.sorted(by: { $0.key < $1.key }) {
            cases.append(result)
            if stops, result.verdict != .ok { break }
        }
        report.cases = cases
        report.score = cases.reduce(0) { $0 + $1.score }
        report.counts.passed = cases.count { $0.verdict == .ok }
        report.counts.failed = cases.count { $0.verdict.isJudgement && $0.verdict != .ok }
        report.counts.skipped = report.counts.total - report.counts.passed - report.counts.failed
        let judged = cases.first { $0.verdict.isJudgement && $0.verdict != .ok }
        let unjudged = cases.first { !$0.verdict.isJudgement }
        report.verdict = (judged ?? unjudged)?.verdict ?? .ok
        if judged == nil, let unjudged { report.error = failure(unjudged) }
    }

    private static func failure(_ result: CaseReport) -> SubmissionError {
        // Where a checker failed, what the submission said is beside the point.
        let words =
            result.verdict == .checkerFailed
            ? result.checker?.message ?? result.error?.message : result.error?.message ?? result.checker?.message
        return SubmissionError(
            code: result.verdict.rawValue, message: "case '\(result.id)': \(words ?? result.verdict.rawValue)")
    }

    /// Runs one case, and once more when we failed.
    private func judge(
        _ index: Int, _ program: PreparedProgram, _ work: Work, _ held: HeldCompilation
    ) async throws -> (CaseReport, StageReport?) {
        let first = try await judgeOnce(index, program, work, held)
        guard first.0.verdict == .internalError else { return first }
        return try await judgeOnce(index, program, work, held)
    }

    private func judgeOnce(
        _ index: Int, _ program: PreparedProgram, _ work: Work, _ held: HeldCompilation
    ) async throws -> (CaseReport, StageReport?) {
        let item = work.problem.cases[index]
        do {
            if case .interactive(let judge) = item.check { return try await talk(judge, item, program, work, held) }
            let report = try await withPlace(work) {
                try await runner.run(program, id: Identifier.make(prefix: "run"), held: held, queued: .zero) { _ in }
            }
            if report.verdict == .cancelled { throw CancellationError() }
            var result = CaseReport(
                report, id: item.id, maxScore: item.score, outputBytes: Self.outputBytes(work.problem.cases.count))
            guard report.verdict == .ok else { return (result, report.compile) }
            let output = report.stage.stdoutBytes
            let found: CheckerReport
            switch item.check {
            case .builtIn(let checker, let pattern):
                found = OutputCheck.check(checker, output: output, expected: item.expected, pattern: pattern)
            case .program(let run):
                found = try await withPlace(work) {
                    try await run.check(input: item.stdin, output: output, answer: item.expected, runner: runner)
                }
            case .interactive:
                found = CheckerReport(outcome: .failed, share: 0)
            }
            result.judge(found)
            return (result, report.compile)
        } catch let error as ServiceError {
            logger.error("case could not be judged", metadata: ["case": "\(item.id)", "error": "\(error)"])
            var result = CaseReport(id: item.id, verdict: .internalError, maxScore: item.score)
            result.error = RunErrorReport(
                type: Verdict.internalError.rawValue, message: error.message, traceback: "", line: nil)
            return (result, nil)
        }
    }

    private func talk(
        _ judge: CheckerRun, _ item: PreparedProblem.Case, _ program: PreparedProgram, _ work: Work,
        _ held: HeldCompilation
    ) async throws -> (CaseReport, StageReport?) {
        var program = program
        program.stdin = []
        let talker = program
        let (report, found) = try await withPlace(work) {
            try await judge.talk(to: talker, held: held, input: item.stdin, answer: item.expected, runner: runner)
        }
        var result = CaseReport(
            report, id: item.id, maxScore: item.score, outputBytes: Self.outputBytes(work.problem.cases.count))
        if let found, report.verdict != .internalError { result.judge(found) }
        return (result, report.compile)
    }

    /// How much of each stream a case's report shows, so that a report stays small however many cases it has.
    static func outputBytes(_ cases: Int) -> Int {
        min(CaseReport.mostOutputBytes, max(CaseReport.mostOutputBytes / 64, (1 << 20) / max(1, cases)))
    }

    func withPlace<Value: Sendable>(
        _ work: Work, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await JudgePlaces(queue: queue, own: work.places).within(body)
    }
}

extension Verdict {
    /// Whether it says something about the program, and not about us, the checker or the caller.
    var isJudgement: Bool {
        switch self {
        case .internalError, .checkerFailed, .cancelled: false
        default: true
        }
    }
}

extension CaseReport {
    init(_ report: RunReport, id: String, maxScore: Double, outputBytes: Int) {
        let stage = report.stage
        let stdout = Self.beginning(of: stage.stdout, outputBytes)
        let stderr = Self.beginning(of: stage.stderr, outputBytes)
        self.init(
            id: id, verdict: report.verdict, maxScore: maxScore, exitCode: stage.exitCode, signal: stage.signal,
            wallMilliseconds: stage.wallMilliseconds, cpuMilliseconds: stage.cpuMilliseconds,
            memoryPeakBytes: stage.memoryPeakBytes, stdout: stdout, stderr: stderr,
            stdoutTruncated: stage.stdoutTruncated || stdout.utf8.count < stage.stdout.utf8.count,
            stderrTruncated: stage.stderrTruncated || stderr.utf8.count < stage.stderr.utf8.count, error: report.error)
    }

    /// Puts in what the checker found of a program that ended well.
    mutating func judge(_ found: CheckerReport) {
        checker = found
        score = maxScore * found.share
        switch found.outcome {
        case .accepted: verdict = .ok
        case .wrong, .presentation: verdict = .wrongAnswer
        case .partial: verdict = found.share == 1 ? .ok : .wrongAnswer
        case .failed: verdict = .checkerFailed
        }
    }
}

extension StageReport {
    /// What was printed, byte for byte.
    var stdoutBytes: [UInt8] {
        stdoutBase64.flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? Array(stdout.utf8)
    }
}
