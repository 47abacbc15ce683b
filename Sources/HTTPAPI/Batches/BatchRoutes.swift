// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NestboxCore

/// Batches of submissions to judge.
struct BatchRoutes: Sendable {
    /// Nil where batches cannot be kept.
    let batches: (any BatchService)?
    let bodies: RequestBodyReader
    let budget: BodyBudget
    let shutdown: ShutdownState
    /// One batch at a time is decoded and taken: what that needs beside the body is there once, however many clients send.
    let taking = Places(1)

    private static let mostResults = 1000
    private static let usualResults = 100
    /// So that a stream without news shows that it lives, and finds out whether its client does.
    private static let heartbeat = Duration.seconds(15)
    /// How often a waiting stream looks whether the server is to end.
    private static let look = Duration.seconds(1)

    private var service: any BatchService {
        get throws {
            guard let batches else {
                throw RequestError(
                    .batchesUnavailable,
                    "this server cannot keep batches: another process has their database, or it cannot be opened")
            }
            return batches
        }
    }

    // MARK: /v1/batches

    @Sendable func submit(_ request: Request, context: APIContext) async throws -> Response {
        let service = try service
        let share = BodyBudget.Share(of: budget)
        let body = try await bodies.json(of: request, on: context.channel, share: share)
        guard await taking.enter() else { throw CancellationError() }
        defer { taking.leave() }
        var batch = try RequestDecoder.decode(
            BatchRequest.self, from: body, mostValues: JSONScanner.mostValuesOfBatches)
        batch.keyRules = context.keyRules
        let status = try await service.submit(batch)
        withExtendedLifetime(share) {}
        return try JSONOutput.response(
            status, status: .accepted, headers: [.location: "/v1/batches/\(status.id)"])
    }

    // MARK: /v1/batches/{id}

    @Sendable func status(_ request: Request, context: APIContext) async throws -> Response {
        let id = try Self.identifier(context)
        return try JSONOutput.response(try Self.known(try await service.status(ofBatch: id), id))
    }

    @Sendable func cancel(_ request: Request, context: APIContext) async throws -> Response {
        let id = try Self.identifier(context)
        return try JSONOutput.response(try Self.known(try await service.cancel(batch: id), id))
    }

    // MARK: /v1/batches/{id}/results

    @Sendable func results(_ request: Request, context: APIContext) async throws -> Response {
        let id = try Self.identifier(context)
        let query = QueryItems(request.uri.query)
        let after = try Self.number("after", query) ?? 0
        if RunRoutes.acceptsEvents(request.headers) {
            return try await lines(of: id, after: after, limit: try Self.number("limit", query))
        }
        let limit = try Self.number("limit", query) ?? Self.usualResults
        guard (1...Self.mostResults).contains(limit) else {
            throw RequestError(
                .invalidField, "limit is \(limit); it must be from 1 to \(Self.mostResults)", field: "limit")
        }
        let page = try Self.known(try await service.results(ofBatch: id, after: after, limit: limit), id)
        var text = ByteBuffer(string: "{\"next\":\(page.lines.last?.sequence ?? after),\"results\":[")
        for (index, line) in page.lines.enumerated() {
            if index > 0 { text.writeString(",") }
            text.writeString(Self.text(line))
        }
        text.writeString("],\"status\":")
        text.writeImmutableBuffer(try JSONOutput.buffer(page.status))
        text.writeString("}")
        return Response(status: .ok, headers: [.contentType: "application/json"], body: JSONOutput.body(text))
    }

    /// Everything there is, a line each.
    private func lines(of id: String, after: Int, limit: Int?) async throws -> Response {
        let service = try service
        let first = try Self.known(
            try await service.results(
                ofBatch: id, after: after, limit: min(limit ?? Self.mostResults, Self.mostResults)),
            id)
        let body = ResponseBody { writer in
            var lines = first.lines
            var left = limit ?? Int.max
            while let last = lines.last {
                left -= lines.count
                var buffer = ByteBuffer()
                for line in lines { buffer.writeString(Self.text(line) + "\n") }
                try await writer.write(buffer)
                guard left > 0 else { break }
                lines =
                    try await service.results(
                        ofBatch: id, after: last.sequence, limit: min(left, Self.mostResults))?.lines ?? []
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    /// One result as it stands in pages, lines and events. The report is JSON text already.
    private static func text(_ line: BatchPage.Line) -> String {
        "{\"report\":\(line.report),\"seq\":\(line.sequence)}"
    }

    // MARK: /v1/batches/{id}/events

    /// Server-sent events: `result` for each result, with its sequence number as the event's id, `progress` after those that came
    /// together, `end` when the batch is over.
    @Sendable func events(_ request: Request, context: APIContext) async throws -> Response {
        let id = try Self.identifier(context)
        let service = try service
        var after = try Self.number("after", QueryItems(request.uri.query)) ?? 0
        if let last = request.headers[.lastEventID] {
            guard let number = Int(last), number >= 0 else {
                throw RequestError(
                    .invalidField, "Last-Event-ID must be the number of a result", field: "Last-Event-ID")
            }
            after = number
        }
        _ = try Self.known(try await service.status(ofBatch: id), id)
        let start = after
        let body = ResponseBody { writer in
            try await write(id, after: start, from: service, to: &writer)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
    }

    @concurrent private func write(
        _ id: String, after start: Int, from service: any BatchService, to writer: inout any ResponseBodyWriter
    ) async throws {
        var after = start
        var isFirst = true
        var quiet = Duration.zero
        while let page = try await service.results(ofBatch: id, after: after, limit: Self.usualResults) {
            var buffer = ByteBuffer()
            for line in page.lines {
                buffer.writeString("event: result\nid: \(line.sequence)\ndata: \(Self.text(line))\n\n")
            }
            after = page.lines.last?.sequence ?? after
            let isOver = page.status.state.isOver && page.status.done <= after
            if isFirst || !page.lines.isEmpty || isOver {
                let status = String(buffer: try JSONOutput.buffer(page.status))
                buffer.writeString("event: \(isOver ? "end" : "progress")\ndata: \(status)\n\n")
            }
            if quiet >= Self.heartbeat { buffer.writeString(":\n\n") }
            if buffer.readableBytes > 0 {
                quiet = .zero
                try await writer.write(buffer)
            }
            // A client that is to come back asks with the number of the last result.
            if isOver || shutdown.isDraining { return }
            isFirst = false
            guard page.status.done <= after else { continue }
            try await service.waitForResults(ofBatch: id, after: after, atMost: Self.look)
            quiet += Self.look
        }
    }

    // MARK: Requests

    private static func identifier(_ context: APIContext) throws(RequestError) -> String {
        let id = context.parameters.get("id") ?? ""
        guard Identifier.isValid(id, prefix: "batch") else {
            throw RequestError(.notFound, "'\(id.prefix(64))' is not the identifier of a batch")
        }
        return id
    }

    private static func known<Value>(_ value: Value?, _ id: String) throws(RequestError) -> Value {
        guard let value else {
            throw RequestError(.notFound, "there is no batch \(id): it is unknown, or was too long ago")
        }
        return value
    }

    private static func number(_ name: String, _ query: QueryItems) throws(RequestError) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw RequestError(.invalidField, "\(name) must be a whole number from 0 on", field: name)
        }
        return number
    }
}

extension HTTPField.Name {
    /// Where a stream of events goes on (HTML, 9.2.4). The name is a token (RFC 9110), so it always parses.
    static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .from
}
