// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// What an evaluation came to.
struct EvalSummary: Sendable, Codable {
    /// Answers and passed answers.
    struct Count: Sendable, Hashable, Codable {
        var answers = 0
        var passed = 0

        var rate: Double { answers == 0 ? 0 : Double(passed) / Double(answers) }
    }

    struct Slow: Sendable, Hashable, Codable {
        let task: String
        let place: EvalSample.Place
        let verdict: Verdict
        let wallMilliseconds: Double

        enum CodingKeys: String, CodingKey {
            case place, verdict
            case task = "task_id"
            case wallMilliseconds = "wall_ms"
        }
    }

    static let mostSlow = 10

    let dataset: String
    /// Tasks of the data set, and those of them that have a judged answer.
    let tasks: Int
    let tasksAnswered: Int
    let answers: Count
    /// pass@k by k, over the tasks with an answer; those k are left out that a task has fewer answers than.
    let passAtK: [String: Double]
    let verdicts: [String: Int]
    let languages: [String: Count]
    let slowest: [Slow]
    /// Lines that are no samples.
    let problems: [EvalLineProblem]
    /// Samples that were not judged by our fault, or not yet; they are in none of the figures above.
    let unjudged: Int
    /// Of this invocation: what it took, and how many answers it judged.
    let seconds: Double
    let judgedNow: Int

    var isComplete: Bool { unjudged == 0 && problems.isEmpty }

    enum CodingKeys: String, CodingKey {
        case dataset, tasks, answers, verdicts, languages, slowest, problems, unjudged, seconds
        case tasksAnswered = "tasks_answered"
        case passAtK = "pass_at_k"
        case judgedNow = "judged_now"
    }

    /// - Parameters:
    ///   - results: Of any kind; those that say nothing of their sample are counted as not judged.
    ///   - samples: How many there are to judge.
    init(
        dataset: String, tasks: Int, results: [EvalResult], samples: Int, problems: [EvalLineProblem], k: [Int],
        seconds: Double, judgedNow: Int
    ) {
        let final = results.filter(\.isFinal)
        var byTask: [String: Count] = [:]
        var verdicts: [String: Int] = [:]
        var languages: [String: Count] = [:]
        for result in final {
            byTask[result.task, default: Count()].answers += 1
            languages[result.language ?? "unknown", default: Count()].answers += 1
            if result.isPassed {
                byTask[result.task, default: Count()].passed += 1
                languages[result.language ?? "unknown", default: Count()].passed += 1
            }
            verdicts[result.verdict.rawValue, default: 0] += 1
        }
        let counts = byTask.values.map { ($0.answers, $0.passed) }
        self.dataset = dataset
        self.tasks = tasks
        tasksAnswered = byTask.count
        answers = Count(answers: final.count, passed: final.count { $0.isPassed })
        passAtK = Dictionary(
            k.compactMap { k in PassAtK.mean(counts, k: k).map { ("\(k)", $0) } }, uniquingKeysWith: { one, _ in one })
        self.verdicts = verdicts
        self.languages = languages
        slowest = final.sorted { $0.wallMilliseconds > $1.wallMilliseconds }.prefix(Self.mostSlow).map {
            Slow(task: $0.task, place: $0.place, verdict: $0.verdict, wallMilliseconds: $0.wallMilliseconds)
        }
        self.problems = problems
        unjudged = samples - final.count
        self.seconds = seconds
        self.judgedNow = judgedNow
    }
}

extension EvalSummary {
    /// For people; ends without a line end.
    ///
    /// - Parameter wanted: Those k that were asked for: one that cannot be told is not left out in silence.
    func text(wanted: [Int] = []) -> String {
        var lines: [String] = []
        for k in passAtK.keys.compactMap({ Int($0) }).sorted() {
            lines.append("pass@\(k) = \(Self.decimal(passAtK["\(k)"] ?? 0, 3))")
        }
        for k in wanted where passAtK["\(k)"] == nil {
            lines.append("pass@\(k) cannot be told: it needs \(k) answers of each task that is answered")
        }
        lines.append(
            "\(answers.passed) of \(answers.answers) answers passed, to \(tasksAnswered) of \(tasks) tasks of \(dataset)"
        )
        let others = verdicts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
        if !others.isEmpty { lines.append("verdicts: \(others.joined(separator: ", "))") }
        if languages.count > 1 {
            let rates = languages.sorted { $0.key < $1.key }.map {
                "\($0.key) \($0.value.passed)/\($0.value.answers)"
            }
            lines.append("languages: \(rates.joined(separator: ", "))")
        }
        if let first = slowest.first {
            lines.append(
                "slowest: \(first.task) \(Self.decimal(first.wallMilliseconds, 1)) ms (\(first.verdict.rawValue))")
        }
        if judgedNow > 0, seconds > 0 {
            let rate = Self.decimal(Double(judgedNow) / seconds, 1)
            lines.append("judged \(judgedNow) in \(Self.decimal(seconds, 2)) s, \(rate) a second")
        }
        if unjudged > 0 { lines.append("NOT JUDGED: \(unjudged); run the same command again to go on") }
        for problem in problems.prefix(Self.mostProblems) { lines.append(problem.text) }
        if problems.count > Self.mostProblems {
            lines.append("and \(problems.count - Self.mostProblems) more lines that are no samples")
        }
        return lines.joined(separator: "\n")
    }

    private static let mostProblems = 20

    /// With so many digits behind the point, rounded.
    static func decimal(_ value: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let whole = (value * scale).rounded()
        guard abs(whole) < 1e15 else { return "\(value)" }
        let text = "\(Int(abs(whole)))"
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        let sign = whole < 0 ? "-" : ""
        return digits == 0 ? sign + padded : "\(sign)\(padded.dropLast(digits)).\(padded.suffix(digits))"
    }
}
