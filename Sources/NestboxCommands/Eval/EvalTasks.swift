// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NestboxCore

/// The tasks of a data set, by name, and what judges their answers.
struct EvalTasks: Sendable {
    private let tasks: [String: DataSetTask]
    /// By what stands behind the last slash of a name, where it is one task's only.
    private let short: [String: String]
    private let order: [String]
    private let limits: LimitsRequest
    private let mode: UnitTestProblem.Mode
    /// Rows that are no tasks.
    let problems: [EvalLineProblem]

    var count: Int { tasks.count }

    /// - Parameters:
    ///   - name: A file, or one of `configured`.
    ///   - configured: `NAME=PATH` each.
    ///   - limits: Of each answer.
    /// - Throws: ``CommandError`` when there is no such file, or it has no task.
    init(
        named name: String, configured: [String], mode: UnitTestProblem.Mode, limits: LimitsRequest
    ) throws(CommandError) {
        var path = name
        for text in configured {
            if let parts = try? TaskSets.parts(of: text), parts.name == name { path = parts.path }
        }
        guard FileManager.default.fileExists(atPath: path) else {
            let names = configured.compactMap { try? TaskSets.parts(of: $0).name }
            let known =
                names.isEmpty ? "server.datasets names none" : "server.datasets names \(names.joined(separator: ", "))"
            throw .usage("there is no data set '\(name)': no file has this name, and \(known)")
        }
        try self.init(try HostFile.read(path, limit: Self.mostBytes), path: path, mode: mode, limits: limits)
    }

    private static let mostBytes = 2 << 30

    init(_ bytes: [UInt8], path: String, mode: UnitTestProblem.Mode, limits: LimitsRequest) throws(CommandError) {
        var tasks: [String: DataSetTask] = [:]
        var order: [String] = []
        var problems: [EvalLineProblem] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            do throws(RequestError) {
                let task = try DataSetTask(row: Data(line))
                guard tasks.updateValue(task, forKey: task.id) == nil else {
                    throw RequestError(.invalidField, "the task '\(task.id.prefix(100))' is there twice")
                }
                order.append(task.id)
            } catch {
                problems.append(EvalLineProblem(line: index + 1, message: error.message, isOfDataset: true))
            }
        }
        guard !tasks.isEmpty else {
            throw .usage("'\(path)' has no tasks\(problems.first.map { "; line \($0.line): \($0.message)" } ?? "")")
        }
        var short: [String: String] = [:]
        var twice: Set<String> = []
        for id in order {
            let last = String(id.split(separator: "/").last ?? "")
            if short.updateValue(id, forKey: last) != nil { twice.insert(last) }
        }
        for name in twice { short[name] = nil }
        self.tasks = tasks
        self.short = short
        self.order = order
        self.problems = problems
        self.limits = limits
        self.mode = mode
    }

    /// The task that a sample means: `7` is `HumanEval/7`, too.
    private func task(_ name: String) -> DataSetTask? { tasks[name] ?? short[name].flatMap { tasks[$0] } }

    /// The task's own name for what a sample calls it; nil when it is no task.
    func id(of name: String) -> String? { task(name)?.id }

    /// What judges a sample; nil when its task is none of these.
    func item(for sample: EvalSample) -> EvalItem? {
        guard let task = task(sample.task) else { return nil }
        switch task.judge {
        case .unitTests(var problem):
            if mode != .automatic { problem.mode = mode }
            return EvalItem(
                sample: sample, task: task.id, problem: JudgeProblem(unitTests: problem, limits: limits),
                submission: Submission(code: sample.text, language: problem.language))
        case .cases(let cases):
            // As LiveCodeBench compares: words, and numbers by their value.
            let problem = JudgeProblem(
                cases: cases.map { JudgeCase(stdin: $0.stdin, expected: $0.stdout) }, checker: .float(.init()),
                limits: limits)
            let isMarkdown = sample.text.contains("```") || sample.text.contains("~~~")
            return EvalItem(
                sample: sample, task: task.id, problem: problem,
                submission: Submission(
                    code: isMarkdown ? nil : sample.text, markdown: isMarkdown ? sample.text : nil,
                    language: task.language))
        }
    }

    /// The data set's own answers as samples, in the order of its rows; tasks without one are left out.
    var references: [EvalSample] {
        order.enumerated().compactMap { index, id in
            tasks[id]?.reference.map {
                EvalSample(place: .init(line: index + 1, answer: 0), task: id, text: $0)
            }
        }
    }
}
