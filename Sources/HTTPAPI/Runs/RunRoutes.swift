// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NestboxCore

/// `POST /v1/run`, and what can be asked of a run by its identifier.
struct RunRoutes: Sendable {
    let service: any NestboxService
    let bodies: RequestBodyReader
    let budget: BodyBudget
    let runs: RunTasks
    let shutdown: ShutdownState
    let errors: ErrorReporter
    /// Whose path differs from ours in a slash only.
    let agentRun: AgentRunRoutes

    /// How long a streamed run may take to say that it cannot be run, before the response begins. Later than that the
    /// same is told by an `error` line.
    private static let beginning = Duration.milliseconds(50)

    // MARK: POST /v1/run

    @Sendable func run(_ request: Request, context: APIContext) async throws -> Response {
        if DropIn(path: request.uri.path) == .agentRun { return try await agentRun.run(request, context: context) }
        let share = BodyBudget.Share(of: budget)
        let body = try await bodies.json(of: request, on: context.channel, share: share)
        var run = try RequestDecoder.decode(RunRequest.self, from: body)
        run.keyRules = context.keyRules
        let id = Identifier.make(prefix: "run")
        do {
            if Self.acceptsEvents(request.headers) {
                return try await stream(run, id: id, share: share, context: context)
            }
            let after = AfterAnswer()
            let task = AfterAnswer.$current.withValue(after) {
                runs.start(id, on: context.channel) { [service, run] in
                    defer { withExtendedLifetime(share) {} }
                    return try await service.run(run, id: id) { _ in }
                }
            }
            return try JSONOutput.response(try await task.linkedValue, headers: Self.headers(id)).followed(by: after)
        } catch {
            var problem = problem(for: error, id: id)
            problem.headers[.nestboxRunID] = id
            return Response(problem)
        }
    }

    /// Whether the client takes `application/x-ndjson`.
    static func acceptsEvents(_ headers: HTTPFields) -> Bool {
        headers[values: .accept].joined(separator: ",").split(separator: ",").contains { range in
            let parts = range.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercasedASCII() }
            let isRefused = parts.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
            return parts.first == "application/x-ndjson" && !isRefused
        }
    }

    private static func headers(_ id: String) -> HTTPFields {
        [.nestboxRunID: id, .location: "/v1/runs/\(id)"]
    }

    private func problem(for error: any Error, id: String) -> Problem {
        if error is CancellationError, shutdown.isDraining {
            return Problem(RequestError(.shuttingDown, "the server is shutting down and has cancelled run \(id)"))
        }
        return errors.problem(for: error, runID: id)
    }

    // MARK: Events

    private func stream(
        _ run: RunRequest, id: String, share: BodyBudget.Share, context: APIContext
    ) async throws -> Response {
        let relay = EventRelay()
        let task = runs.start(id, on: context.channel) { [service] in
            defer { withExtendedLifetime(share) {} }
            do {
                relay.finish(.success(try await service.run(run, id: id) { event in try await relay.send(event) }))
            } catch {
                relay.finish(.failure(error))
            }
        }
        try await relay.waitForBeginning(atMost: Self.beginning)
        var headers = Self.headers(id)
        headers[.contentType] = "application/x-ndjson"
        let body = ResponseBody { writer in
            do {
                try await withTaskCancellationHandler {
                    try await write(relay, id: id, to: &writer)
                } onCancel: {
                    task.cancel()
                }
                try await writer.finish(nil)
            } catch {
                // The client is gone. The run goes, too, and the response ends only when it is gone.
                task.cancel()
                relay.abandon()
                _ = await task.result
                throw error
            }
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    @concurrent private func write(
        _ relay: EventRelay, id: String, to writer: inout any ResponseBodyWriter
    ) async throws {
        var lines = EventLines()
        try await writer.write(EventLine.started(id: id).buffer())
        while true {
            switch await relay.next() {
            case .event(let event):
                for line in lines.lines(for: event) { try await writer.write(line.buffer()) }
            case .finished(let outcome):
                for line in lines.ends() { try await writer.write(line.buffer()) }
                switch outcome {
                case .success(let result):
                    try await writer.write(EventLine.report(result).buffer())
                case .failure(let error):
                    let problem = problem(for: error, id: id)
                    try await writer.write(EventLine.error(problem).buffer())
                }
                return
            }
        }
    }

    // MARK: /v1/runs/{id}

    @Sendable func report(_ request: Request, context: APIContext) async throws -> Response {
        let id = try Self.identifier(context)
        guard let result = try await service.report(id: id) else {
            throw RequestError(
                .notFound, "there is no report of run \(id): it has not ended, is unknown, or was too long ago")
        }
        return try JSONOutput.response(result, headers: [.nestboxRunID: id])
    }

    @Sendable func cancel(_ request: Request, context: APIContext) async throws -> Response {
        let id = try Self.identifier(context)
        switch await service.cancel(id: id) {
        case .cancelled:
            return try JSONOutput.response(
                Cancelled(id: id, status: "cancelled"), status: .accepted, headers: [.nestboxRunID: id])
        case .alreadyFinished:
            return Response(.alreadyFinished(id: id))
        case .unknown:
            throw RequestError(.notFound, "there is no run \(id)")
        }
    }

    private struct Cancelled: Encodable {
        let id: String
        let status: String
    }

    private static func identifier(_ context: APIContext) throws(RequestError) -> String {
        let id = context.parameters.get("id") ?? ""
        guard Identifier.isValid(id, prefix: "run") else {
            throw RequestError(.notFound, "'\(id.prefix(64))' is not the identifier of a run")
        }
        return id
    }
}
