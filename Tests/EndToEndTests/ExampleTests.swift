// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// What `make run` shows.
    @Suite struct ExampleTests {
        private static let examples = Product.root.appending(path: "examples")

        /// The city with the highest average salary, found without the program under test.
        private static func answer() throws -> (city: String, average: Double) {
            let text = try String(contentsOf: examples.appending(path: "salaries/salaries.csv"), encoding: .utf8)
            let rows = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ",").map(String.init) }
            let header = try #require(rows.first)
            let city = try #require(header.firstIndex(of: "city")),
                salary = try #require(header.firstIndex(of: "salary"))
            let byCity = Dictionary(grouping: rows.dropFirst(), by: { $0[city] })
            let averages = try byCity.mapValues { rows in
                try rows.map { try #require(Double($0[salary])) }.reduce(0, +) / Double(rows.count)
            }
            let best = try #require(averages.max { $0.value < $1.value })
            return (best.key, best.value)
        }

        @Test func answersTheQuestionAboutSalaries() async throws {
            let outcome = try await nestbox(
                "run", Self.examples.appending(path: "salaries/answer.py").path, "--file",
                Self.examples.appending(path: "salaries/salaries.csv").path, "--json")
            let report = try outcome.report()
            #expect(report.verdict == .ok, "\(report.stage.stderr)")
            #expect(report.language.name == "python")
            #expect(report.language.detectedBy == .filename)
            let expected = try Self.answer()
            #expect(report.stage.stdout.contains(expected.city))
            let digits = report.stage.stdout.replacing(",", with: "")
            #expect(digits.contains("\(Int(expected.average))"), "no \(expected.average) in \(report.stage.stdout)")
            #expect(report.stage.memoryPeakBytes > 1 << 20)
            #expect(report.stage.cpuMilliseconds > 0 && report.stage.wallMilliseconds > 0)
        }

        @Test func runsTheBlocksOfAMarkdownAnswer() async throws {
            let outcome = try await nestbox(
                "run", "--markdown", Self.examples.appending(path: "answers/two-blocks.md").path, "--json")
            let report = try JSONDecoder().decode(MarkdownReport.self, from: Data(outcome.stdout.utf8))
            #expect(report.blocks.count == 2)
            #expect(Set(report.blocks.map(\.language)).count == 2)
            #expect(report.blocks.allSatisfy { $0.report.verdict == .ok && $0.report.language.detectedBy == .fence })
            #expect(Set(report.blocks.map(\.report.id)).count == 2)
            #expect(report.verdict == .ok)
        }
    }

    /// 164 programs with known outcomes.
    @Suite struct HumanEvalTests {
        // Names of the data set.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        struct Task: Decodable, Sendable {
            let task_id: String
            let prompt: String
            let canonical_solution: String
            let test: String
            let entry_point: String

            func program(body: String) -> String { "\(prompt)\(body)\n\(test)\ncheck(\(entry_point))\n" }
        }

        private static let file = Product.root.deletingLastPathComponent().appending(
            path: "shared/data/HumanEval.jsonl")
        private static let isThere = FileManager.default.fileExists(atPath: file.path)

        /// Verdict of every task's program, run four at a time through a server.
        private func verdicts(body: @escaping @Sendable (Task) -> String) async throws -> [String: Verdict] {
            let lines = try String(contentsOf: Self.file, encoding: .utf8).split(whereSeparator: \.isNewline)
            let tasks = try lines.map { try JSONDecoder().decode(Task.self, from: Data($0.utf8)) }
            #expect(tasks.count == 164)
            var verdicts: [String: Verdict] = [:]
            try await withServer { server in
                try await withThrowingTaskGroup(of: (String, Verdict).self) { group in
                    for (index, task) in tasks.enumerated() {
                        if index >= 4, let (name, verdict) = try await group.next() { verdicts[name] = verdict }
                        group.addTask {
                            (task.task_id, try await server.run(python: task.program(body: body(task))).verdict)
                        }
                    }
                    for try await (name, verdict) in group { verdicts[name] = verdict }
                }
            }
            return verdicts
        }

        @Test(.enabled(if: isThere, "the HumanEval data set is not beside this repository"))
        func canonicalSolutionsAreOk() async throws {
            let verdicts = try await verdicts { $0.canonical_solution }
            #expect(verdicts.filter { $0.value != .ok }.isEmpty)
            #expect(verdicts.count == 164)
        }

        @Test(.enabled(if: isThere, "the HumanEval data set is not beside this repository"))
        func canonicalSolutionsPassTheHarness() async throws {
            let outcome = try await nestbox("eval", "--reference", "--dataset", Self.file.path)
            #expect(outcome.exitCode == 0)
            #expect(outcome.stdout.contains("pass@1 = 1.000"))
            #expect(outcome.stdout.contains("164 of 164 answers passed"))
        }

        @Test(.enabled(if: isThere, "the HumanEval data set is not beside this repository"))
        func programsThatReturnNothingAreNotOk() async throws {
            let verdicts = try await verdicts { _ in "    return None\n" }
            #expect(verdicts.filter { $0.value == .ok }.isEmpty)
            #expect(verdicts.count == 164)
        }
    }
}
