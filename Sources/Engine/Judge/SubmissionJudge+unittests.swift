// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages
import NestboxCore

extension SubmissionJudge {
    /// Judges an answer to a problem of unit tests, which count as one case.
    ///
    /// - Throws: As ``UnitTestJudge/judge(_:answer:_:)``.
    func judge(_ work: Work, by tests: UnitTestProblem, _ beginning: SubmissionReport) async throws -> SubmissionReport
    {
        let submission = work.submission
        guard submission.files.isEmpty, submission.entrypoint == nil, submission.blocks == nil else {
            throw RequestError(
                .conflictingFields,
                "an answer to a problem of unit tests is one text: give code or markdown, without files",
                field: submission.files.isEmpty ? "entrypoint" : "files")
        }
        guard let answer = submission.code ?? submission.markdown, submission.code == nil || submission.markdown == nil
        else {
            throw RequestError(.missingCode, "there is no answer, or two: give code or markdown", field: "code")
        }
        var problem = tests
        if let language = submission.language {
            guard
                preparation.catalog.pack(named: language)?.name == preparation.catalog.pack(named: tests.language)?.name
            else {
                throw RequestError(
                    .conflictingFields,
                    "the tests are in \(tests.language), and the answer is said to be in \(language)",
                    field: "language")
            }
            problem.language = language
        }
        let judge = UnitTestJudge(
            preparation: preparation, runner: runner, places: JudgePlaces(queue: queue, own: work.places),
            bytecode: bytecode)
        var terms = JudgeTerms(
            limits: work.problem.limits, compileLimits: work.problem.compileLimits, keyRules: work.keyRules)
        terms.policy = submission.policy
        terms.deterministic = work.options.deterministic
        terms.isolation = work.isolation
        terms.template = work.template
        var found = try await judge.judge(problem, answer: answer, terms)
        // Once more when we failed.
        if found.verdict == .internalError { found = try await judge.judge(problem, answer: answer, terms) }
        if found.verdict == .cancelled { throw CancellationError() }

        var report = beginning
        report.compile = found.compile
        report.evidence = found.evidence
        if let pack = preparation.catalog.pack(named: problem.language) {
            let driver = try preparation.place(
                isolation: work.isolation, template: work.template, rules: work.keyRules)
            let version = await runner.versions.version(of: pack, driver: driver)
            report.language = LanguageReport(name: pack.name, version: version, detectedBy: .explicit, confidence: 1)
        }
        guard found.verdict != .policyViolation, found.compile?.verdict ?? .ok == .ok else {
            report.verdict = found.verdict
            report.error = SubmissionError(code: found.verdict.rawValue, message: found.message)
            return report
        }
        Self.finish(&report, [0: CaseReport(found)], stops: false)
        return report
    }
}

extension CaseReport {
    /// The tests of a problem as its one case.
    init(_ found: UnitTestReport) {
        let stage = found.submission
        let stderr = Self.beginning(of: stage.stderr, Self.mostOutputBytes)
        let place = found.line.map { "line \($0)\(found.text.map { text in " `\(text)`" } ?? ""): " } ?? ""
        let isOk = found.verdict == .ok
        self.init(
            id: PreparedProblem.unitTestsCase, verdict: found.verdict, score: isOk ? 1 : 0, maxScore: 1,
            exitCode: stage.exitCode, signal: stage.signal, wallMilliseconds: stage.wallMilliseconds,
            cpuMilliseconds: stage.cpuMilliseconds, memoryPeakBytes: stage.memoryPeakBytes, stderr: stderr,
            stderrTruncated: stage.stderrTruncated || stderr.utf8.count < stage.stderr.utf8.count,
            checker: CheckerReport(
                outcome: isOk ? .accepted : .wrong, message: isOk ? "" : place + found.message, share: isOk ? 1 : 0))
        if found.verdict == .internalError {
            checker = nil
            error = RunErrorReport(
                type: found.verdict.rawValue, message: found.message, traceback: "", line: nil)
        }
    }
}
