// SPDX-License-Identifier: Apache-2.0
import Foundation
import Languages
import NestboxCore

/// Judges answers by the unit tests of their problems.
struct UnitTestJudge: Sendable {
    /// More than this in all cannot be said between a submission and its tests, in bytes.
    private static let mostTalk = 256 << 20

    let preparation: RunPreparation
    let runner: ProgramRunner
    let places: JudgePlaces
    let bytecode: PythonBytecode

    /// - Parameter answer: What a model wrote: code, or Markdown with code in it; the whole function, or what goes on from the
    ///   prompt.
    /// - Throws: ``RequestError`` for a problem that cannot be judged as it asks, or when the queue is full; ``ServiceError``;
    ///   `CancellationError`.
    func judge(_ problem: UnitTestProblem, answer: String, _ terms: JudgeTerms) async throws -> UnitTestReport {
        let assembly = UnitTestAssembly(problem: problem, catalog: preparation.catalog, answer: answer)
        if let refused = try await violations(of: assembly, terms) { return refused }
        if problem.mode != .inProcess {
            do {
                guard let harness = SeparateHarness(language: assembly.language) else {
                    throw HarnessRefusal("there is no separate mode for \(assembly.language)")
                }
                return try await judgeSeparately(try harness.programs(assembly), problem, terms)
            } catch let refusal as HarnessRefusal {
                guard problem.mode == .automatic else {
                    throw RequestError(
                        .invalidField,
                        "the tests of '\(problem.id)' cannot be run in separate mode: \(refusal.message)",
                        field: "mode")
                }
            }
        }
        return try await judgeTogether(assembly, problem, terms)
    }

    // MARK: Programs

    /// A request under the terms of the caller.
    private func request(_ request: RunRequest, _ terms: JudgeTerms) -> RunRequest {
        var request = request
        request.keyRules = terms.keyRules
        request.deterministic = terms.deterministic
        request.isolation = terms.isolation
        request.template = terms.template
        return request
    }

    /// The program of a harness. Policies were held against the texts in it that are not ours.
    private func prepared(_ request: RunRequest, _ terms: JudgeTerms) throws(RequestError) -> PreparedProgram {
        guard case .program(var program) = try preparation.prepare(self.request(request, terms)) else {
            throw RequestError(.missingCode, "there is no program to judge", field: "code")
        }
        program.policies = []
        return program
    }

    /// A report of what policies do not allow; nil when nothing is against them.
    private func violations(of assembly: UnitTestAssembly, _ terms: JudgeTerms) async throws -> UnitTestReport? {
        let texts = [
            (what: "", code: assembly.submission, policy: terms.policy),
            ("the tests: ", assembly.problem.setup + "\n" + assembly.problem.tests, nil),
        ]
        for (what, code, policy) in texts {
            let text = RunRequest(code: code + "\n", language: assembly.language, policy: policy)
            guard case .program(let program) = try preparation.prepare(request(text, terms)) else { continue }
            guard !program.policies.isEmpty else { continue }
            let found = try await places.within {
                try await runner.violations(of: program, id: Identifier.make(prefix: "run"))
            }
            guard found.isEmpty else {
                return UnitTestReport(
                    id: assembly.problem.id, verdict: .policyViolation,
                    message: what + found.map(\.message).joined(separator: "\n"), line: nil, text: nil,
                    evidence: .init(mode: assembly.problem.mode, guarantee: "nothing ran", notes: []),
                    submission: ReportBuilder.empty(verdict: .policyViolation), compile: nil)
            }
        }
        return nil
    }

    // MARK: Two sandboxes

    private func judgeSeparately(
        _ programs: SeparateHarness.Programs, _ problem: UnitTestProblem, _ terms: JudgeTerms
    ) async throws -> UnitTestReport {
        var programs = programs
        if let texts = programs.python {
            await compact(&programs.submission, texts.submission)
            await compact(&programs.tests, texts.tests)
        }
        var submission = programs.submission
        submission.limits = terms.limits
        submission.compileLimits = terms.compileLimits
        var tests = programs.tests
        tests.limits = testLimits(terms)
        let secret = Identifier.make(prefix: "told")
        tests.env["NESTBOX_SECRET"] = secret
        var (answering, asking) = (try prepared(submission, terms), try prepared(tests, terms))
        if let typed = programs.typed {
            answering.language.pack.compile = TestTool.dropTypes(of: typed.submission)
            asking.language.pack.compile = TestTool.dropTypes(of: typed.tests)
        }
        let (first, second) = (
            PairedProgram(answering, mostBytes: Self.mostTalk, keptBytes: 0, grace: .milliseconds(100)),
            PairedProgram(asking, mostBytes: Self.mostTalk, keptBytes: 0, grace: nil)
        )
        let pair = try await places.within { try await PairRunner(runner: runner).run(first, second) }
        let told = ToldVerdict(secret: secret, in: pair.second.stage.stderr)
        // Only what the compiler says of the problem's own code counts: a compiler that ran out of time or memory beside a busy
        // submission must not bring the submission into the tests' process.
        if pair.second.compile?.verdict == .compileError {
            throw HarnessRefusal("the tests' side does not compile: \(pair.second.error?.message ?? "")")
        }
        if told?.verdict == .notSupported { throw HarnessRefusal(told?.message ?? "") }
        var stage = pair.first.stage
        // What it said to the tests is no output.
        stage.stdoutTruncated = false
        let finding = SeparateFinding(submission: pair.first, tests: pair.second, told: told)
        return UnitTestReport(
            id: problem.id, verdict: finding.verdict, message: finding.message, line: told?.line, text: told?.text,
            evidence: .init(
                mode: .separate,
                guarantee: "the tests ran in another sandbox to their end; the submission answered calls with data",
                notes: told?.notes ?? []),
            submission: stage, compile: pair.first.compile)
    }

    /// Gives a program our text compiled, where it is.
    private func compact(_ request: inout RunRequest, _ text: SeparateHarness.PythonText) async {
        guard let code = await bytecode.code(of: text.text, preparation, runner) else { return }
        request.code = text.imports + PythonBytecode.loader
        request.files.append(
            FileInput(path: PythonBytecode.file, contentBase64: Data(code).base64EncodedString()))
    }

    /// The tests wait for the submission, so they have its time and some of their own, and memory for what it answers; never more
    /// than the caller may have.
    private func testLimits(_ terms: JudgeTerms) -> LimitsRequest {
        let bound = terms.keyRules?.limits ?? LimitsRequest()
        let standard = preparation.configuration.defaultLimits.atMost(bound)
        let most = preparation.configuration.maximumLimits.atMost(bound)
        let limits = terms.limits
        var own = limits
        own.wallMilliseconds = min((limits.wallMilliseconds ?? standard.wallMilliseconds) + 5000, most.wallMilliseconds)
        own.cpuMilliseconds = min((limits.cpuMilliseconds ?? standard.cpuMilliseconds) + 5000, most.cpuMilliseconds)
        own.memoryBytes = limits.memoryBytes.map { max($0, standard.memoryBytes) }
        own.outputBytes = nil
        return own
    }

    // MARK: One sandbox

    private func judgeTogether(
        _ assembly: UnitTestAssembly, _ problem: UnitTestProblem, _ terms: JudgeTerms
    ) async throws -> UnitTestReport {
        let secret = Identifier.make(prefix: "told")
        let made = try TogetherHarness.programs(assembly, secret: secret)
        var request = made.request
        request.limits = terms.limits
        request.compileLimits = terms.compileLimits
        var program = try prepared(request, terms)
        TestTool.adapt(&program.language.pack, to: problem)
        let ready = program
        var report = try await places.within {
            try await runner.run(ready, id: Identifier.make(prefix: "run"), queued: .zero) { _ in }
        }
        let told = made.end == .verdict ? ToldVerdict(secret: secret, in: report.stage.stderr) : nil
        let finding = TogetherFinding(report: report, program: made, told: told, secret: secret)
        report.stage.stderr = TogetherFinding.output(report.stage.stderr, without: secret)
        return UnitTestReport(
            id: problem.id, verdict: finding.verdict, message: finding.message, line: told?.line, text: told?.text,
            evidence: .init(
                mode: .inProcess,
                guarantee: made.end == .exitCode
                    ? "submission and tests were one program that ended with exit code 0; one that was made to forge this could"
                    : "submission and tests ran in one process to their end; one that was made to forge this could",
                notes: []),
            submission: report.stage, compile: report.compile)
    }
}

/// Why a problem cannot be judged in separate mode: always the problem's doing.
struct HarnessRefusal: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
