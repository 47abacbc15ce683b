// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NestboxCore

/// The tasks of a data set, by name, and what judges their answers.
struct EvalTasks: Sendable {
    private let tasks: [String: DataSetTask]
    /// Names what judges the answers to each task: its row and how it is judged, so that results of one are not taken for another's.
    private let conditions: [String: String]
    /// By what stands behind the last slash of a name, where it is one task's only.
    private let short: [String: String]
    private let order: [String]
    private let limits: LimitsRequest
    private let mode: UnitTestProblem.Mode
    private let deterministic: Determinism?
    /// Rows that are no tasks.
    let problems: [EvalLineProblem]

    var count: Int { tasks.count }

    /// - Parameters:
    ///   - name: A file, or one of `configured`.
    ///   - configured: `NAME=PATH` each.
    ///   - limits: Of each answer.
    ///   - deterministic: What each answer finds the same each time.
    /// - Throws: ``CommandError`` when there is no such file, or it has no task.
    init(
        named name: String, configured: [String], mode: UnitTestProblem.Mode, limits: LimitsRequest,
        deterministic: Determinism? = nil
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
        try self.init(
            try HostFile.read(path, limit: Self.mostBytes), path: path, mode: mode, limits: limits,
            deterministic: deterministic)
    }

    private static let mostBytes = 2 << 30

    init(
        _ bytes: [UInt8], path: String, mode: UnitTestProblem.Mode, limits: LimitsRequest,
        deterministic: Determinism? = nil
    ) throws(CommandError) {
        var tasks: [String: DataSetTask] = [:]
        var conditions: [String: String] = [:]
        var order: [String] = []
        var problems: [EvalLineProblem] = []
        let terms = [mode.rawValue, Self.stable(limits), Self.stable(deterministic)]
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            do throws(RequestError) {
                let task = try DataSetTask(row: Data(line))
                guard tasks.updateValue(task, forKey: task.id) == nil else {
                    throw RequestError(.invalidField, "the task '\(task.id.prefix(100))' is there twice")
                }
                order.append(task.id)
                conditions[task.id] = EvalSample.digest(of: [String(decoding: line, as: UTF8.self)] + terms)
            } catch {
                let message = error.code == .invalidJSON ? EvalSampleFile.fault(in: Data(line)) : error.message
                problems.append(EvalLineProblem(line: index + 1, message: message, isOfDataset: true))
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
        self.conditions = conditions
        self.short = short
        self.order = order
        self.problems = problems
        self.limits = limits
        self.mode = mode
        self.deterministic = deterministic
    }

    /// The same text for the same value in every version.
    private static func stable(_ value: some Encodable) -> String {
        (try? JSONText.render(value, terminal: false)) ?? "\(value)"
    }

    /// The task that a sample means: `7` is `HumanEval/7`, too.
    private func task(_ name: String) -> DataSetTask? { tasks[name] ?? short[name].flatMap { tasks[$0] } }

    /// The task's own name for what a sample calls it; nil when it is no task.
    func id(of name: String) -> String? { task(name)?.id }

    /// What ``EvalItem/conditions`` of a sample's answer are; nil when its task is none of these.
    func conditions(of name: String) -> String? { task(name).flatMap { conditions[$0.id] } }

    /// What judges a sample; nil when its task is none of these.
    func item(for sample: EvalSample) -> EvalItem? {
        guard let task = task(sample.task), let conditions = conditions[task.id] else { return nil }
        switch task.judge {
        case .unitTests(var problem):
            if mode != .automatic { problem.mode = mode }
            return EvalItem(
                sample: sample, task: task.id, conditions: conditions,
                problem: JudgeProblem(unitTests: problem, limits: limits),
                submission: Submission(code: sample.text, language: problem.language), deterministic: deterministic)
        case .cases(let cases):
            // As LiveCodeBench compares: words, and numbers by their value.
            let problem = JudgeProblem(
                cases: cases.map { JudgeCase(stdin: $0.stdin, expected: $0.stdout) }, checker: .float(.init()),
                limits: limits)
            let isMarkdown = sample.text.contains("```") || sample.text.contains("~~~")
            return EvalItem(
                sample: sample, task: task.id, conditions: conditions, problem: problem,
                submission: Submission(
                    code: isMarkdown ? nil : sample.text, markdown: isMarkdown ? sample.text : nil,
                    language: task.language), deterministic: deterministic)
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
