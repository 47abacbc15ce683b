// SPDX-License-Identifier: Apache-2.0
import Engine
import Hummingbird
import NIOCore
import NestboxCore

/// What can be asked of the server itself.
struct ServerRoutes: Sendable {
    let service: any NestboxService
    let batches: (any BatchService)?

    @Sendable func languages(_ request: Request, context: APIContext) async throws -> Response {
        try JSONOutput.response(Languages(languages: await service.languages()))
    }

    @Sendable func capabilities(_ request: Request, context: APIContext) async throws -> Response {
        try JSONOutput.response(await service.capabilities())
    }

    @Sendable func health(_ request: Request, context: APIContext) async throws -> Response {
        try JSONOutput.response(Health(status: "ok"))
    }

    @Sendable func metrics(_ request: Request, context: APIContext) async throws -> Response {
        let text = await service.metrics() + (await batches?.metrics() ?? "")
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: JSONOutput.body(ByteBuffer(string: text)))
    }

    @Sendable func document(_ request: Request, context: APIContext) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: JSONOutput.body(ByteBuffer(string: OpenAPIDocument.text)))
    }

    private struct Languages: Encodable {
        let languages: [LanguageStatus]
    }

    private struct Health: Encodable {
        let status: String
    }
}

/// The description of this API, compiled in.
enum OpenAPIDocument {
    static let text = EmbeddedResources.files.first { $0.path == "OpenAPI/openapi.json" }?.text ?? "{}"
}
