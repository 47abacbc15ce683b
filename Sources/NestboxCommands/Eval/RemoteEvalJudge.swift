// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxClient
import NestboxCore

/// Judges on a server, by batches: what was sent is judged even when the connection breaks meanwhile, and asked for again.
struct RemoteEvalJudge: EvalJudge {
    /// Samples of a batch, and bytes of their texts and problems; a larger one goes alone.
    private static let mostSamples = 200
    private static let mostBytes = 4 << 20
    /// Batches at one time, so that the server need not wait for the next.
    private static let batches = 2
    private static let look = Duration.milliseconds(100)
    private static let mostTries = 6

    let exchange: HTTPExchange

    func judge(
        _ source: EvalSource, jobs: Int?,
        onReport: @escaping @Sendable (EvalItem, SubmissionReport) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.batches {
                group.addTask {
                    while true {
                        let items = Self.some(of: source)
                        if items.isEmpty { return }
                        try await judge(items, parallel: jobs.map { max(1, $0 / Self.batches) }, onReport)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func close() async {}

    private static func some(of source: EvalSource) -> [EvalItem] {
        var items: [EvalItem] = []
        var bytes = 0
        while items.count < mostSamples, bytes < mostBytes, let item = source.take() {
            items.append(item)
            bytes += item.sample.text.utf8.count + item.problem.roughBytes
        }
        return items
    }

    private func judge(
        _ items: [EvalItem], parallel: Int?,
        _ onReport: @escaping @Sendable (EvalItem, SubmissionReport) async throws -> Void
    ) async throws {
        var request = BatchRequest(
            problems: Dictionary(items.map { ($0.task, $0.problem) }, uniquingKeysWith: { one, _ in one }),
            submissions: items.map { item in
                var submission = item.submission
                submission.problem = item.task
                return submission
            })
        request.options.parallel = parallel
        request.options.deterministic = items.first?.deterministic
        let status: BatchStatus = try await ask(.post, "/v1/batches", body: Array(JSONEncoder().encode(request)))
        do {
            try await follow(status.id, items, onReport)
        } catch {
            // Nobody wants the rest. Not a child task: it has to reach the server although this one may be cancelled.
            let cancelling = Task { _ = try? await exchange.send(.delete, "/v1/batches/\(status.id)") }
            await cancelling.value
            throw error
        }
    }

    private struct Page: Decodable {
        let results: [BatchResult]
        let status: BatchStatus
    }

    private func follow(
        _ id: String, _ items: [EvalItem],
        _ onReport: @escaping @Sendable (EvalItem, SubmissionReport) async throws -> Void
    ) async throws {
        var after = 0
        var told: Set<Int> = []
        while told.count < items.count {
            let page: Page = try await ask(.get, "/v1/batches/\(id)/results?after=\(after)&limit=\(Self.mostSamples)")
            for result in page.results {
                after = max(after, result.sequence)
                guard items.indices.contains(result.report.index), told.insert(result.report.index).inserted else {
                    throw CommandError.failure("the server answered for a sample that it was not asked about")
                }
                try await onReport(items[result.report.index], result.report)
            }
            guard page.results.isEmpty else { continue }
            guard !page.status.state.isOver else {
                throw CommandError.failure(
                    "the server ended batch \(id) as \(page.status.state.rawValue) with \(told.count) of \(items.count) results"
                )
            }
            try await Task.sleep(for: Self.look)
        }
    }

    /// Asks until there is an answer: a server that restarts is back in a moment, and one that is full has room later.
    private func ask<Value: Decodable>(
        _ method: HTTPExchange.Method, _ path: String, body: [UInt8] = []
    ) async throws -> Value {
        var pause = Duration.milliseconds(250)
        for attempt in 1...Self.mostTries {
            var reason: String
            do {
                let answer = try await exchange.send(method, path, body: body)
                if (200..<300).contains(answer.status) {
                    do {
                        return try JSONDecoder().decode(Value.self, from: Data(answer.body))
                    } catch {
                        throw CommandError.failure(
                            "the server's answer to \(method.rawValue) \(path) is none of Nestbox's")
                    }
                }
                let problem = try? JSONDecoder().decode(Problem.self, from: Data(answer.body))
                reason = problem.map { "\($0.detail) (\($0.code))" } ?? "status \(answer.status)"
                guard [429, 503].contains(answer.status) else {
                    throw CommandError.failure("the server refused \(method.rawValue) \(path): \(reason)")
                }
            } catch let failure as HTTPExchange.Failure {
                // A batch that may have been taken must not be sent twice: its samples would be judged twice, and the rest is lost
                // to nobody, as the evaluation goes on when it is started again.
                guard method == .get || failure.isBeforeSending else {
                    throw CommandError.failure("the server went away: \(failure)")
                }
                reason = "\(failure)"
            }
            guard attempt < Self.mostTries else {
                throw CommandError.failure("the server does not answer: \(reason); what is judged is kept")
            }
            try await Task.sleep(for: pause)
            pause *= 2
        }
        throw CommandError.failure("the server does not answer")
    }

    private struct Problem: Decodable {
        let code: String
        let detail: String
    }
}

extension JudgeProblem {
    /// About what it takes in a request.
    fileprivate var roughBytes: Int {
        let tests = unitTests.map { $0.prompt.utf8.count + $0.setup.utf8.count + $0.tests.utf8.count } ?? 0
        return cases.reduce(tests) { $0 + ($1.stdin?.utf8.count ?? 0) + ($1.expected?.utf8.count ?? 0) }
    }
}
