// SPDX-License-Identifier: Apache-2.0
import Foundation
import Languages
import NestboxCore
import Store

/// Answers identical judgements from the store, where the batch asks for that.
struct JudgementCache: Sendable {
    let store: BatchStore
    let judge: SubmissionJudge
    /// Of Nestbox.
    let version: String

    /// Everything that a judgement depends on, as far as this machine can tell.
    private struct Key: Encodable {
        let version: String
        let submission: Submission
        let problem: String
        let options: JudgeOptions
        let isolation: String?
        let template: String?
        let keyRules: KeyRules?
        let limits: String
        let toolchains: [String]
    }

    /// Verdicts that the same program gets again.
    private static let lasting: Set<Verdict> = [.ok, .wrongAnswer, .runtimeError, .compileError]

    /// - Throws: `CancellationError`.
    func judge(_ work: SubmissionJudge.Work) async throws -> SubmissionReport {
        guard work.options.cache, let key = try? key(of: work) else { return try await judge.judge(work) }
        // A cache that cannot be read is no reason to fail.
        if let json = try? await store.judgement(key),
            var report = try? JSONDecoder().decode(SubmissionReport.self, from: Data(json.utf8))
        {
            report.id = work.submission.id
            report.index = work.index
            report.problem = work.submission.problem
            report.cached = true
            return report
        }
        let report = try await judge.judge(work)
        if Self.lasting.contains(report.verdict), report.cases.allSatisfy({ Self.lasting.contains($0.verdict) }) {
            try? await store.keepJudgement(BatchManager.json(report), for: key)
        }
        return report
    }

    private func key(of work: SubmissionJudge.Work) throws -> String? {
        var submission = work.submission
        submission.id = nil
        submission.problem = nil
        var options = work.options
        options.cache = false
        // How many at one time does not show in a report.
        options.parallel = nil
        let configuration = judge.preparation.configuration
        let packs: [LanguagePack]
        if let tests = work.problem.unitTests {
            packs = [judge.preparation.catalog.pack(named: tests.language)].compactMap(\.self)
        } else {
            packs = [try judge.program(of: work).pack] + work.problem.checkerPacks
        }
        let key = Key(
            version: version, submission: submission, problem: work.problem.digest, options: options,
            isolation: work.isolation, template: work.template, keyRules: work.keyRules,
            limits: "\(configuration.defaultLimits) \(configuration.compileLimits) \(configuration.policy)",
            toolchains: packs.map { judge.runner.versions.fingerprint(of: $0) })
        return SHA256.hexadecimal(Array(try BatchManager.json(key).utf8))
    }
}
