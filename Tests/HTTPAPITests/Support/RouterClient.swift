// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import NestboxCore
import Testing

@testable import HTTPAPI

/// A client of every route, on a real server. Every answer is held against the OpenAPI document.
struct RouterClient: Sendable {
    let server: TestServer
    let document: APIDocument

    /// - Parameter path: Template of the route, for the document; the path itself when nil.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ uri: String, as path: String? = nil, _ body: String? = nil,
        headers: HTTPFields = [:], documented: Bool = true
    ) async throws -> RouterResponse {
        let lines = headers.map { "\($0.name.rawName): \($0.value)" }
        let response = RouterResponse(
            try await server.request(method.rawValue, uri, headers: lines, body: body))
        guard documented else { return response }
        try document.check(
            method.rawValue, path ?? uri, status: response.status.code, type: response.headers[.contentType],
            body: response.text)
        for name in try document.headers(method.rawValue, path ?? uri, status: response.status.code) {
            let field = try #require(HTTPField.Name(name))
            #expect(response.headers.contains(field), "\(method) \(uri): \(name) is missing")
        }
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
        return response
    }

    func run(_ body: String, headers: HTTPFields = [:]) async throws -> RouterResponse {
        try await send(.post, "/v1/run", body, headers: headers)
    }

    static func run(
        _ configuration: HTTPAPI.ServerConfiguration = .testing, service: FakeService = FakeService(),
        batches: (any BatchService)? = nil, log: LogLines = LogLines(),
        _ body: @Sendable (RouterClient) async throws -> Void
    ) async throws {
        let document = try APIDocument()
        try await TestServer.run(configuration, service: service, batches: batches, log: log) { server in
            try await body(RouterClient(server: server, document: document))
        }
    }
}

/// A response with typed status and header.
struct RouterResponse: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let text: String

    init(_ raw: RawResponse) {
        status = HTTPResponse.Status(code: raw.status)
        var fields = HTTPFields()
        for (name, value) in raw.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        headers = fields
        text = raw.text
    }

    func json() throws -> JSON { try JSON(parsing: text) }
}
