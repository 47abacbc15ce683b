// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Languages
import NestboxCore
import Testing

/// Rows in the format of MultiPL-E, in each of its languages, with answers that are right, wrong, and that end the program before
/// its tests do. `scripts/compare-datasets` judges all of them, and holds each verdict against the data set's own commands.
@Suite(.timeLimit(.minutes(10))) struct MultiplETests {
    private struct Row: Decodable {
        let language: String
        let right: String
        let wrong: [String]

        enum CodingKeys: String, CodingKey {
            case language, wrong
            case right = "canonical_solution"
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let task: DataSetTask
        let right: String
        let wrong: [String]
        var testDescription: String { task.language ?? "" }
        var pack: LanguagePack? { (try? EngineFixture.catalog.get().packs)?.first { $0.name == task.language } }
        var missing: String? {
            pack?.missingRequirement(exists: { FileManager.default.fileExists(atPath: $0) }).map { "\($0) is missing" }
        }
    }

    /// The first row of each language.
    static let cases: [Case] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "multipl-e.jsonl")
        let lines = (try? Data(contentsOf: path))?.split(separator: UInt8(ascii: "\n")) ?? []
        var cases: [Case] = []
        for line in lines {
            guard let row = try? JSONDecoder().decode(Row.self, from: line), let task = try? DataSetTask(row: line),
                !cases.contains(where: { $0.task.language == task.language })
            else { continue }
            cases.append(Case(task: task, right: row.right, wrong: row.wrong))
        }
        return cases
    }()

    /// The machine may have other things to do.
    private static let terms = JudgeTerms(
        limits: LimitsRequest(wallMilliseconds: 60_000, cpuMilliseconds: 30_000))
    /// Those with a harness of their own are tested elsewhere; compilers that take half a minute are left to the comparison.
    private static let others: Set = ["cpp", "java", "javascript", "kotlin", "python", "scala"]

    @Test func theRowsAreInAllLanguagesOfTheDataSet() {
        #expect(Self.cases.count == 20)
        #expect(Self.cases.allSatisfy { $0.task.format == .multiplE && $0.pack != nil && !$0.wrong.isEmpty })
        for check in Self.cases {
            guard let missing = check.missing else { continue }
            Issue.record("not tested: \(check.testDescription): \(missing)", severity: .warning)
        }
    }

    @Test(arguments: cases.filter { $0.missing == nil && !others.contains($0.task.language ?? "") })
    func onlyWhatIsRightPasses(check: Case) async throws {
        let engine = try JudgeFixture.engine.get()
        guard case .unitTests(let problem) = check.task.judge else { throw Engine.UnexpectedResult() }
        let report = try await engine.judge(problem, answer: check.right, terms: Self.terms)
        #expect(report.verdict == .ok, "\(report.message) \(report.submission.stderr) \(report.compile?.stderr ?? "")")
        #expect(!report.submission.stderr.contains("told"), "the secret is no part of the output")
        #expect(report.evidence.mode == (check.task.language == "typescript" ? .separate : .inProcess))
        // What is compiled takes its time: of these the wrong answer, and the end before the tests.
        let isCompiled = check.pack?.compile != nil
        let wrong = check.wrong.enumerated().filter { !isCompiled || $0 == 0 || $1.lowercased().contains("exit") }
        for (_, answer) in wrong {
            let verdict = try await engine.judge(problem, answer: answer, terms: Self.terms).verdict
            #expect(verdict != .ok, "\(answer)")
        }
    }
}
