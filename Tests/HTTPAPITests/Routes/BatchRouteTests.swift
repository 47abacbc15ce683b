// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import NestboxCore
import Synchronization
import Testing

@testable import HTTPAPI

/// Batches, with a service that judges nothing.
@Suite(.timeLimit(.minutes(1))) struct BatchRouteTests {
    private final class FakeBatches: BatchService {
        static let id = "batch_" + String(repeating: "a", count: 26)
        let requests = Mutex<[BatchRequest]>([])
        private let isCancelled = Mutex(false)
        private let done: Int

        init(done: Int = 5) { self.done = done }

        private var status: BatchStatus {
            let state = isCancelled.withLock { $0 } ? BatchStatus.State.cancelled : .finished
            return BatchStatus(
                id: Self.id, state: state, total: 5, done: done, verdicts: ["ok": done], createdMilliseconds: 1,
                finishedMilliseconds: 2)
        }

        func submit(_ request: BatchRequest) async throws -> BatchStatus {
            try request.validate()
            requests.withLock { $0.append(request) }
            return BatchStatus(id: Self.id, state: .queued, total: 1, done: 0, verdicts: [:], createdMilliseconds: 1)
        }

        func status(ofBatch id: String) async throws -> BatchStatus? { id == Self.id ? status : nil }

        func results(ofBatch id: String, after sequence: Int, limit: Int) async throws -> BatchPage? {
            guard id == Self.id else { return nil }
            let numbers = sequence < done ? Array((sequence + 1)...done).prefix(min(limit, 2)) : []
            let lines = try numbers.map { number in
                let report = SubmissionReport(
                    id: "s", index: number - 1, verdict: .ok, score: 0.5, maxScore: 1,
                    language: LanguageReport(name: "python", version: nil, detectedBy: .explicit, confidence: 1),
                    cases: [
                        CaseReport(
                            id: "0", verdict: .wrongAnswer, exitCode: 0,
                            checker: CheckerReport(outcome: .wrong, message: "a/b", share: 0))
                    ], counts: CaseCounts(total: 1, failed: 1),
                    error: SubmissionError(code: "checker_failed", message: "m"))
                return BatchPage.Line(
                    sequence: number, report: String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
            }
            return BatchPage(lines: lines, status: status)
        }

        func cancel(batch id: String) async throws -> BatchStatus? {
            isCancelled.withLock { $0 = true }
            return try await status(ofBatch: id)
        }

        func waitForResults(ofBatch id: String, after sequence: Int, atMost time: Duration) async throws {}

        func metrics() async -> String { "nestbox_batches_open 3\n" }
    }

    private static let path = "/v1/batches/\(FakeBatches.id)"
    private static let good = #"{"problem":{"cases":[{"stdin":"","expected":"1"}]},"submissions":[{"code":"x"}]}"#

    @Test func aBatchIsTaken() async throws {
        let batches = FakeBatches()
        try await RouterClient.run(batches: batches) { (client) async throws in
            let response = try await client.send(.post, "/v1/batches", Self.good)
            #expect(response.status == .accepted)
            #expect(response.headers[.location] == Self.path)
            #expect(try response.json()["state"] == .string("queued"))
            #expect(batches.requests.withLock { $0.count } == 1)
            #expect(try await client.send(.get, Self.path, as: "/v1/batches/{id}").status == .ok)
            let cancelled = try await client.send(.delete, Self.path, as: "/v1/batches/{id}")
            #expect(try cancelled.json()["state"] == .string("cancelled"))
        }
    }

    @Test(arguments: [
        (#"{"submissions":[]}"#, "submissions"),
        (
            #"{"problem":{"cases":[{"stdin":"","expected":"1"}]},"submissions":[{"code":"x"},{"kode":"x"}]}"#,
            "submissions.1.kode"
        ),
        (
            #"{"problem":{"cases":[{"stdin":"","expected":"1"}]},"submissions":[{"code":"x"},{"code":5}]}"#,
            "submissions.1.code"
        ),
        (
            #"{"problem":{"cases":[{"stdin":"","score":0.5,"expected":"1","limits":{"wall_ms":1.5}}]},"submissions":[{"code":"x"}]}"#,
            "problem.cases.0.limits.wall_ms"
        ),
        (
            #"{"problem":{"cases":[{"stdin":"","expected":"1"}],"checker":{"type":"float","absolute":1e999}},"submissions":[{"code":"x"}]}"#,
            "problem.checker.absolute"
        ),
    ])
    func whatIsWrongIsNamed(body: String, field: String) async throws {
        try await RouterClient.run(batches: FakeBatches()) { (client) async throws in
            let response = try await client.send(.post, "/v1/batches", body)
            #expect(response.status == .badRequest)
            #expect(try response.json()["field"] == .string(field))
        }
    }

    /// As many submissions as documented fit, with a few fields each: the general bound of values is lower.
    @Test func aLargeBatchIsTaken() async throws {
        let submission = #"{"id":"NUMBER","problem":"p","code":"x","language":"c"}"#
        let submissions = (0..<41_000).map { submission.replacing("NUMBER", with: "\($0)") }.joined(separator: ",")
        let body = #"{"problems":{"p":{"cases":[{"stdin":"","expected":"1"}]}},"submissions":[\#(submissions)]}"#
        let batches = FakeBatches()
        try await RouterClient.run(batches: batches) { (client) async throws in
            #expect(try await client.send(.post, "/v1/batches", body).status == .accepted)
            #expect(batches.requests.withLock { $0.first?.submissions.count } == 41_000)
        }
    }

    @Test func monitoringKnowsOfBatches() async throws {
        try await RouterClient.run(batches: FakeBatches()) { (client) async throws in
            let response = try await client.send(.get, "/v1/metrics", documented: false)
            #expect(response.text.contains("nestbox_batches_open 3\n"))
        }
    }

    @Test func resultsComeInPagesAndLines() async throws {
        try await RouterClient.run(batches: FakeBatches()) { (client) async throws in
            let results = "/v1/batches/{id}/results"
            let page = try await client.send(.get, Self.path + "/results?after=3&limit=9", as: results)
            #expect(try page.json()["next"] == .integer(5))
            let empty = try await client.send(.get, Self.path + "/results?after=5", as: results)
            #expect(try empty.json()["next"] == .integer(5))
            let all = try await client.send(
                .get, Self.path + "/results", as: results, headers: [.accept: "application/x-ndjson"])
            #expect(all.text.split(separator: "\n").count == 5)
            let some = try await client.send(
                .get, Self.path + "/results?after=1&limit=3", as: results, headers: [.accept: "application/x-ndjson"])
            #expect(some.text.split(separator: "\n").count == 3)
            for query in ["limit=0", "limit=1001", "limit=x", "after=-1"] {
                #expect(try await client.send(.get, Self.path + "/results?" + query, as: results).status == .badRequest)
            }
        }
    }

    @Test func eventsGoOnWhereTheyEnded() async throws {
        try await RouterClient.run(batches: FakeBatches()) { (client) async throws in
            func events(_ query: String = "", _ headers: HTTPFields = [:]) async throws -> [Substring] {
                let uri = Self.path + "/events" + query
                let response = try await client.send(
                    .get, uri, as: "/v1/batches/{id}/events", headers: headers, documented: false)
                #expect(response.headers[.contentType] == "text/event-stream")
                return response.text.split(separator: "\n").filter { !$0.hasPrefix("data:") }
            }
            let all = try await events()
            #expect(all.filter { $0.hasPrefix("id:") } == ["id: 1", "id: 2", "id: 3", "id: 4", "id: 5"])
            #expect(all.last == "event: end")
            let rest: [Substring] = ["event: result", "id: 5", "event: end"]
            #expect(try await events("?after=4") == rest)
            #expect(try await events("?after=1", [.lastEventID: "4"]) == rest)
            let bad = try await client.send(
                .get, Self.path + "/events", as: "/v1/batches/{id}/events", headers: [.lastEventID: "x"])
            #expect(bad.status == .badRequest)
        }
    }

    @Test func whatIsUnknownIsNotFound() async throws {
        try await RouterClient.run(batches: FakeBatches()) { (client) async throws in
            for id in ["batch_" + String(repeating: "b", count: 26), "x", "run_" + String(repeating: "a", count: 26)] {
                for (route, method) in [
                    ("", HTTPRequest.Method.get), ("", .delete), ("/results", .get), ("/events", .get),
                ] {
                    let response = try await client.send(
                        method, "/v1/batches/\(id)\(route)", as: "/v1/batches/{id}\(route)")
                    #expect(response.status == .notFound)
                }
            }
        }
    }

    @Test func aServerWithoutBatchesSaysSo() async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.send(.post, "/v1/batches", Self.good)
            #expect(response.status == .serviceUnavailable)
            #expect(try response.json()["code"] == .string("batches_unavailable"))
        }
    }
}
