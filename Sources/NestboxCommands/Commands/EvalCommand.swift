// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import HTTPAPI
import NestboxClient
import NestboxCore

/// `nestbox eval`
struct EvalCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Judge a model's answers to the tasks of a data set.",
        discussion: """
            SAMPLES is JSON Lines: {"task_id": "HumanEval/0", "completion": "..."}. Results are written to --out as they come; \
            the same command goes on where it was interrupted.
            """)

    @Argument(help: ArgumentHelp("File of answers.", valueName: "samples"), completion: .file(extensions: ["jsonl"]))
    var samples: String?

    @Flag(help: "Judge the data set's own answers instead, which should all pass.") var reference = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("File of tasks, or the name of one of server.datasets.", valueName: "file-or-name"),
        completion: .file(extensions: ["jsonl"]))
    var dataset: String

    @Option(name: [.short, .long], help: ArgumentHelp("Answers judged at one time.", valueName: "count"))
    var jobs: Int?

    @Option(
        name: [.short, .long], help: ArgumentHelp("Results; SAMPLES.results.jsonl when not given.", valueName: "file"),
        completion: .file(extensions: ["jsonl"]))
    var out: String?

    @Option(help: ArgumentHelp("Write a report to look at.", valueName: "file.html"), completion: .file())
    var report: String?

    @Option(help: ArgumentHelp("Judge on a server, which NESTBOX_API_KEY opens.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp("Which pass@k to print; by default 1,10,100.", valueName: "k,..."),
        transform: EvalCommand.numbers)
    var k: [Int] = []

    @Option(
        help: ArgumentHelp("Where the tests run: automatic, separate, in_process.", valueName: "mode"),
        completion: .list(UnitTestProblem.Mode.allCases.map(\.rawValue)), transform: EvalCommand.mode)
    var mode: UnitTestProblem.Mode = .automatic

    @Flag(help: "Throw earlier results in the file of --out away.") var force = false
    @Flag(help: "Print the summary as JSON.") var json = false

    @OptionGroup(title: "Limits of an answer") var limits: LimitOptions
    @OptionGroup(title: "The same in every run") var determinism: DeterminismOptions
    @OptionGroup(title: "Configuration") var settings: ConfigurationOptions

    func validate() throws {
        guard (samples == nil) == reference else {
            throw ValidationError("name a file of answers, or give --reference to judge the data set's own")
        }
        if let jobs, !(1...4096).contains(jobs) { throw ValidationError("--jobs takes a number from 1 to 4096") }
    }

    private static let mode: @Sendable (String) throws -> UnitTestProblem.Mode = { text in
        guard let mode = UnitTestProblem.Mode(rawValue: text) else {
            throw ValidationError("--mode takes automatic, separate or in_process, not '\(text)'")
        }
        return mode
    }

    private static let numbers: @Sendable (String) throws -> [Int] = { text in
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard numbers.allSatisfy({ $0 >= 1 }) else {
            throw ValidationError("--k takes whole numbers from 1 on, such as 1,10,100, not '\(text)'")
        }
        return numbers
    }

    func run(in context: CommandContext) async throws -> CommandExit {
        let configuration = try settings.load(in: context)
        let tasks = try EvalTasks(
            named: dataset, configured: configuration.server.datasets, mode: mode, limits: limits.request,
            deterministic: determinism.request)
        let answers = try samples.map { path throws(CommandError) in try EvalSampleFile(path: path) }
        let evaluation = try Evaluation(
            samples: answers ?? EvalSampleFile(tasks.references), tasks: tasks,
            results: EvalResultFile(path: out ?? (samples ?? "reference") + ".results.jsonl", startsAgain: force))
        let exchange = try server.map { url in
            do throws(HTTPExchange.AddressError) {
                return try HTTPExchange(
                    url: url, key: context.machine.environment["NESTBOX_API_KEY"],
                    agent: "nestbox/\(NestboxVersion.current)")
            } catch {
                throw CommandError.usage("--server: \(error)")
            }
        }
        let (outcome, interrupt) = await interruptible(by: context.interrupts) {
            // Nothing is begun for judging when there is nothing left to judge.
            if evaluation.remaining.isEmpty { return }
            let judge: any EvalJudge
            if let exchange {
                judge = RemoteEvalJudge(exchange: exchange)
            } else {
                judge = try await context.services.makeEvalJudge(configuration)
            }
            do {
                try await evaluation.run(judge, jobs: jobs, progress: context.errors)
            } catch {
                await judge.close()
                throw error
            }
            await judge.close()
        }
        let summary = evaluation.summary(dataset: dataset, k: k.isEmpty ? [1, 10, 100] : k)
        if let report {
            let page = EvalReportPage(summary: summary, results: evaluation.results)
            do {
                try Data(page.html.utf8).write(to: URL(filePath: report), options: .atomic)
            } catch {
                throw CommandError.failure("cannot write '\(report)': \(HostFile.reason(of: error))")
            }
        }
        if json {
            try await context.printStyled(try JSONText.render(summary, terminal: context.output.isTerminal))
        } else {
            try await context.print(summary.text(wanted: k))
        }
        if let interrupt { return interrupt.exitStatus }
        try outcome.get()
        return summary.isComplete ? .success : .negative
    }
}
