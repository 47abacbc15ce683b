// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

extension Engine {
    /// More than this in all cannot be said between a submission and its tests, in bytes.
    private static let mostTalk = 256 << 20

    /// Judges an answer by a problem's unit tests.
    ///
    /// - Parameters:
    ///   - answer: What a model wrote: code, or Markdown with code in it; the whole function, or what goes on from the prompt.
    ///   - limits: Of the submission.
    /// - Throws: ``RequestError`` for a problem that cannot be judged as it asks, or when the queue is full, or where the server
    ///   has a policy; ``ServiceError``;
    ///   `CancellationError`.
    public func judge(
        _ problem: UnitTestProblem, answer: String, limits: LimitsRequest = LimitsRequest(),
        compileLimits: LimitsRequest? = nil
    ) async throws -> UnitTestReport {
        guard preparation.configuration.policy.isEmpty else {
            throw RequestError(
                .policyUnsupported,
                "unit tests are not judged where the server has a policy: it cannot be checked for them",
                field: "policy")
        }
        let assembly = UnitTestAssembly(problem: problem, catalog: preparation.catalog, answer: answer)
        if problem.mode != .inProcess {
            do {
                guard let harness = SeparateHarness(language: assembly.language) else {
                    throw HarnessRefusal("there is no separate mode for \(assembly.language)")
                }
                return try await judgeSeparately(try harness.programs(assembly), problem, limits, compileLimits)
            } catch let refusal as HarnessRefusal {
                guard problem.mode == .automatic else {
                    throw RequestError(
                        .invalidField,
                        "the tests of '\(problem.id)' cannot be run in separate mode: \(refusal.message)",
                        field: "mode")
                }
            }
        }
        return try await judgeTogether(assembly, problem, limits, compileLimits)
    }

    // MARK: Two sandboxes

    private func judgeSeparately(
        _ programs: SeparateHarness.Programs, _ problem: UnitTestProblem, _ limits: LimitsRequest,
        _ compileLimits: LimitsRequest?
    ) async throws -> UnitTestReport {
        var submission = programs.submission
        submission.limits = limits
        submission.compileLimits = compileLimits
        var tests = programs.tests
        tests.limits = testLimits(limits)
        let secret = Identifier.make(prefix: "told")
        tests.env["NESTBOX_SECRET"] = secret
        let pair = try await runPair(
            PairedRequest(request: submission, mostBytes: Self.mostTalk, keptBytes: 0, grace: .milliseconds(100)),
            PairedRequest(request: tests, mostBytes: Self.mostTalk, keptBytes: 0, grace: nil))
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

    /// The tests wait for the submission, so they have its time and some of their own, and memory for what it answers.
    private func testLimits(_ limits: LimitsRequest) -> LimitsRequest {
        let standard = preparation.configuration.defaultLimits
        let most = preparation.configuration.maximumLimits
        var own = limits
        own.wallMilliseconds = min((limits.wallMilliseconds ?? standard.wallMilliseconds) + 5000, most.wallMilliseconds)
        own.cpuMilliseconds = min((limits.cpuMilliseconds ?? standard.cpuMilliseconds) + 5000, most.cpuMilliseconds)
        own.memoryBytes = limits.memoryBytes.map { max($0, standard.memoryBytes) }
        own.outputBytes = nil
        return own
    }

    // MARK: One sandbox

    private func judgeTogether(
        _ assembly: UnitTestAssembly, _ problem: UnitTestProblem, _ limits: LimitsRequest,
        _ compileLimits: LimitsRequest?
    ) async throws -> UnitTestReport {
        let secret = Identifier.make(prefix: "told")
        let programs = try TogetherHarness.programs(assembly, secret: secret)
        var request = programs.request
        request.limits = limits
        request.compileLimits = compileLimits
        let result = try await run(request, id: Identifier.make(prefix: "run")) { _ in }
        guard case .program(var report) = result else {
            throw ServiceError(.internalError, "a judged program has no report")
        }
        let told = ToldVerdict(secret: secret, in: report.stage.stderr)
        let finding = TogetherFinding(report: report, told: told, hasSecret: programs.hasSecret)
        report.stage.stderr = report.stage.stderr.replacing(secret, with: "")
        return UnitTestReport(
            id: problem.id, verdict: finding.verdict, message: finding.message, line: told?.line, text: told?.text,
            evidence: .init(
                mode: .inProcess,
                guarantee: programs.hasSecret
                    ? "submission and tests ran in one process to their end; one that was made to forge this could"
                    : "submission and tests were one program that ended with exit code 0; one that was made to forge this could",
                notes: []),
            submission: report.stage, compile: report.compile)
    }
}

/// Why a problem cannot be judged in separate mode: always the problem's doing.
struct HarnessRefusal: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
