// SPDX-License-Identifier: Apache-2.0
import Foundation
import Languages
import NestboxCore

@testable import Engine
@testable import NestboxCommands

/// Rows of data sets, and files of samples.
enum EvaluationFiles {
    /// A row, up to the programs that judge an answer.
    static func row(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let row = Data(input.field())
        let answer = input.isEmpty ? nil : String(decoding: input.rest, as: UTF8.self)
        _ = try refusable { () throws(RequestError) in try CodingTask(row: row) }
        guard let task = try refusable({ () throws(RequestError) in try DataSetTask(row: row) }) else { return }
        guard case .unitTests(let problem) = task.judge else { return }
        let again = try JSONDecoder().decode(UnitTestProblem.self, from: try JSONEncoder().encode(problem))
        try hold(again == problem, "\(problem) is read as \(again)")
        let assembly = UnitTestAssembly(
            problem: problem, catalog: try LanguageCatalog.builtIn(), answer: answer ?? task.reference ?? "")
        if assembly.isWhole, problem.prompt.isEmpty {
            try hold(assembly.submission == assembly.code, "an answer that stands for itself is changed")
        } else if !assembly.isWhole {
            try hold(
                assembly.submission == problem.prompt + assembly.code + problem.closing, "a part of the answer is lost")
        }
        guard let harness = SeparateHarness(language: assembly.language) else { return }
        do {
            let programs = try harness.programs(assembly)
            // What judges is in no program of the submission.
            guard problem.tests.utf8.count > 40, !assembly.submission.contains(problem.tests) else { return }
            let texts = [programs.submission.code ?? ""] + programs.submission.files.compactMap(\.content)
            let isToldTests = texts.contains { $0.contains(problem.tests) }
            try hold(!isToldTests, "the submission is given its tests")
        } catch is HarnessRefusal {}
    }

    private static func refusable<Value>(_ body: () throws(RequestError) -> Value) throws -> Value? {
        do throws(RequestError) {
            return try body()
        } catch {
            try hold([.invalidJSON, .invalidField].contains(error.code), "\(error)")
            try Problems.check(error)
            return nil
        }
    }

    /// A file of samples: a line is samples or a problem, never nothing.
    static func samples(_ bytes: [UInt8]) throws {
        let file: EvalSampleFile
        do throws(CommandError) {
            file = try EvalSampleFile(Data(bytes), name: "samples")
        } catch {
            return
        }
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        let meant = Set(lines.indices.filter { lines[$0].contains { $0 > 0x20 } }.map { $0 + 1 })
        let good = Set(file.entries.map(\.place.line))
        let bad = Set(file.problems.map(\.line))
        try hold(good.isDisjoint(with: bad) && good.union(bad) == meant, "lines \(meant) are \(good) and \(bad)")
        try hold(Set(file.entries.map(\.place)).count == file.entries.count, "two samples have one place")
        for entry in file.entries {
            guard let sample = file.sample(entry) else { throw FuzzFinding("there is no sample at \(entry.place)") }
            try hold(sample.task == entry.task && sample.digest == entry.digest, "another sample is at \(entry.place)")
        }
    }
}
