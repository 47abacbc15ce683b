// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NestboxCore

/// The code interpreter as E2B's clients know it: `/execute`, `/contexts` and `/health` of port 49999.
struct InterpreterResponder: InterpreterRoutes {
    /// How long nothing happens before a line says that the stream lives.
    static let keepaliveInterval = Duration.seconds(5)
    static let bodyLimit = 64 << 20

    let registry: InterpreterRegistry
    var keepalive = Self.keepaliveInterval

    func respond(to request: Request, computer: any Computer, context: APIContext) async throws -> Response {
        let parts = request.uri.path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        do {
            switch (request.method, parts) {
            case (.get, ["health"]): return try JSONOutput.response("OK")
            case (.post, ["execute"]): return try await execute(request, await registry.service(for: computer), context)
            case (.get, ["contexts"]):
                return try JSONOutput.response(await registry.service(for: computer).contexts.map(ContextAnswer.init))
            case (.post, ["contexts"]): return try await create(request, await registry.service(for: computer))
            case (.delete, let parts) where parts.count == 2 && parts[0] == "contexts":
                try await registry.service(for: computer).delete(parts[1])
                return Self.null
            case (.post, let parts) where parts.count == 3 && parts[0] == "contexts" && parts[2] == "restart":
                try await registry.service(for: computer).restart(parts[1])
                return Self.null
            default: return Self.text(.notFound, "Not Found")
            }
        } catch let error as InterpreterError {
            return try Self.answer(error)
        } catch let error as RequestError {
            return Self.text(error.code == .payloadTooLarge ? .contentTooLarge : .badRequest, error.message)
        }
    }

    // MARK: Routes

    private func execute(_ request: Request, _ service: InterpreterService, _ context: APIContext) async throws
        -> Response
    {
        let order = try RequestDecoder.decode(ExecuteOrder.self, from: try await Self.body(of: request))
        let execution = try await service.execute(
            ExecutionRequest(
                code: order.code, contextID: order.context_id, language: order.language,
                environment: order.env_vars ?? [:]))
        ClientWatch { execution.abandon() }.install(on: context.channel)
        let body = ResponseBody { [keepalive] writer in
            do {
                loop: while true {
                    switch try await execution.next(within: keepalive) {
                    case .event(let event): try await writer.write(ExecutionLine.buffer(event))
                    case .silence: try await writer.write(ExecutionLine.keepalive)
                    case .finished: break loop
                    }
                }
                try await writer.finish(nil)
            } catch {
                execution.abandon()
                throw error
            }
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    private func create(_ request: Request, _ service: InterpreterService) async throws -> Response {
        let data = try await Self.body(of: request)
        let order = try RequestDecoder.decode(ContextOrder.self, from: data.isEmpty ? Data("{}".utf8) : data)
        return try JSONOutput.response(
            ContextAnswer(try await service.create(language: order.language, directory: order.cwd)))
    }

    // Names of the wire.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct ExecuteOrder: Decodable {
        let code: String
        let context_id: String?
        let language: String?
        let env_vars: [String: String]?
    }

    private struct ContextOrder: Decodable {
        let language: String?
        let cwd: String?
    }

    private struct ContextAnswer: Encodable {
        let id: String
        let language: String
        let cwd: String

        init(_ context: InterpreterContext) {
            (id, language, cwd) = (context.id, context.language, context.directory)
        }
    }

    // MARK: Bodies

    private static func body(of request: Request) async throws -> Data {
        var data = Data()
        do {
            for try await chunk in request.body {
                guard data.count + chunk.readableBytes <= bodyLimit else {
                    throw RequestError(.payloadTooLarge, "the body has more than \(bodyLimit) bytes")
                }
                data.append(contentsOf: chunk.readableBytesView)
            }
        } catch ConnectionFailure.broken {
            throw BrokenBody()
        }
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared != data.count {
            throw BrokenBody()
        }
        return data
    }

    private static func answer(_ error: InterpreterError) throws -> Response {
        switch error.code {
        case .invalidArgument: text(.badRequest, error.message)
        case .notFound: text(.notFound, error.message)
        case .kernelFailure: text(.internalServerError, error.message)
        case .gone: throw ComputerError(.gone, error.message)
        }
    }

    private static func text(_ status: HTTPResponse.Status, _ message: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: message)))
    }

    private static let null = Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: "null")))
}
