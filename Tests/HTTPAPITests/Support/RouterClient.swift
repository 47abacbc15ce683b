// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NestboxCore
import Testing

@testable import HTTPAPI

/// A client of the router, without sockets. Every answer is held against the OpenAPI document.
struct RouterClient: Sendable {
    let client: any TestClientProtocol
    let document: APIDocument

    /// - Parameter path: Template of the route, for the document; the path itself when nil.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ uri: String, as path: String? = nil, _ body: String? = nil,
        headers: HTTPFields = [:], documented: Bool = true
    ) async throws -> TestResponse {
        var headers = headers
        if body != nil, !headers.contains(.contentType) { headers[.contentType] = "application/json" }
        let response = try await client.execute(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        guard documented else { return response }
        let text = String(buffer: response.body)
        try document.check(
            method.rawValue, path ?? uri, status: response.status.code, type: response.headers[.contentType],
            body: text)
        for name in try document.headers(method.rawValue, path ?? uri, status: response.status.code) {
            let field = try #require(HTTPField.Name(name))
            #expect(response.headers.contains(field), "\(method) \(uri): \(name) is missing")
        }
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
        return response
    }

    func run(_ body: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await send(.post, "/v1/run", body, headers: headers)
    }

    static func run(
        _ configuration: HTTPAPI.ServerConfiguration = .testing, service: FakeService = FakeService(),
        log: LogLines = LogLines(), _ body: @Sendable (RouterClient) async throws -> Void
    ) async throws {
        let api = APIApplication(configuration: configuration, service: service, logger: log.logger)
        let document = try APIDocument()
        try await Application(router: api.router(), logger: log.logger).test(.router) { (client) async throws in
            try await body(RouterClient(client: client, document: document))
        }
    }
}

extension TestResponse {
    func json() throws -> JSON { try JSON(parsing: String(buffer: body)) }
}
