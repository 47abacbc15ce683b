// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Synchronization

/// One evaluation: which samples are left, their judging, and what came of all of them.
final class Evaluation: Sendable {
    /// How often results are made to survive a loss of power.
    private static let resultsPerSync = 64

    private struct State {
        var results: [EvalSample.Place: EvalResult]
        var judgedNow = 0
        var seconds = 0.0
    }

    private let samples: EvalSampleFile
    private let tasks: EvalTasks
    private let file: EvalResultFile
    private let entries: [EvalSampleFile.Entry]
    private let problems: [EvalLineProblem]
    private let state: Mutex<State>

    /// What there is no result of yet, in the order of the file.
    let remaining: [EvalSampleFile.Entry]

    /// - Throws: ``CommandError`` when the file of results is that of other samples, or they were judged otherwise.
    init(samples: EvalSampleFile, tasks: EvalTasks, results file: EvalResultFile) throws(CommandError) {
        self.samples = samples
        self.tasks = tasks
        self.file = file
        var problems = samples.problems
        let ofDataset = tasks.problems
        entries = samples.entries.filter { entry in
            if tasks.id(of: entry.task) != nil { return true }
            problems.append(
                EvalLineProblem(
                    line: entry.place.line,
                    message: "it answers '\(entry.task.prefix(100))', which is no task of the data set"))
            return false
        }
        self.problems = ofDataset + problems.sorted { $0.line < $1.line }
        var known: [EvalSample.Place: EvalResult] = [:]
        for entry in entries {
            guard let earlier = file.earlier[entry.place] else { continue }
            guard earlier.digest == entry.digest else {
                throw .usage(
                    "'\(file.path)' has a result of another answer for line \(entry.place.line); name another file with --out, or add --force to begin anew"
                )
            }
            guard earlier.conditions == tasks.conditions(of: entry.task) else {
                throw .usage(
                    "line \(entry.place.line) was judged otherwise in '\(file.path)': by another task, or with other limits, --mode, --seed or --clock; name another file with --out, or add --force to begin anew"
                )
            }
            known[entry.place] = earlier
        }
        state = Mutex(State(results: known))
        remaining = entries.filter { known[$0.place]?.isFinal != true }
    }

    /// Results of all samples so far, in their order.
    var results: [EvalResult] {
        let results = state.withLock { $0.results }
        return entries.compactMap { results[$0.place] }
    }

    /// - Parameter progress: Standard error.
    /// - Throws: What ``EvalJudge/judge(_:jobs:onReport:)`` throws.
    func run(_ judge: any EvalJudge, jobs: Int?, progress sink: any OutputSink) async throws {
        let before = results.filter(\.isFinal)
        let progress = EvalProgress(
            total: entries.count, done: before.count, passed: before.count { $0.isPassed }, sink: sink)
        let began = ContinuousClock.now
        let source = EvalSource(count: remaining.count) { [self] index in
            samples.sample(remaining[index]).flatMap { tasks.item(for: $0) }
        }
        defer {
            file.sync()
            state.withLock { $0.seconds = (ContinuousClock.now - began) / .seconds(1) }
        }
        do {
            try await judge.judge(source, jobs: jobs) { [self] item, report in
                let result = EvalResult(report, of: item)
                try file.add(result)
                let count = state.withLock { state in
                    state.results[result.place] = result
                    state.judgedNow += 1
                    return state.judgedNow
                }
                if count % Self.resultsPerSync == 0 { file.sync() }
                await progress.add(result)
            }
        } catch {
            await progress.end()
            throw error
        }
        await progress.end()
    }

    func summary(dataset: String, k: [Int]) -> EvalSummary {
        let (seconds, judgedNow) = state.withLock { ($0.seconds, $0.judgedNow) }
        return EvalSummary(
            dataset: dataset, tasks: tasks.count, results: results, samples: entries.count, problems: problems, k: k,
            seconds: seconds, judgedNow: judgedNow)
    }
}
