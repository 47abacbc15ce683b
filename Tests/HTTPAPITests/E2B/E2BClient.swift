// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Testing

@testable import HTTPAPI

/// A server with fake computers, and its client.
struct E2BClient: Sendable {
    static let key = "e2b_" + String(repeating: "0", count: 40)

    let server: TestServer
    let computers: FakeComputers

    static func run(
        _ configuration: HTTPAPI.ServerConfiguration = .testing, log: LogLines = LogLines(),
        _ body: @Sendable (E2BClient) async throws -> Void
    ) async throws {
        let computers = FakeComputers()
        try await TestServer.run(configuration, computers: computers, log: log) { server in
            try await body(E2BClient(server: server, computers: computers))
        }
    }

    /// A request to the control plane.
    func control(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String] = []
    ) async throws -> RawResponse {
        try await server.request(method, path, headers: ["X-API-KEY: \(Self.key)"] + headers, body: body)
    }

    /// A new sandbox.
    func create(_ body: String = #"{"templateID":"base"}"#) async throws -> FakeComputer {
        let response = try await control("POST", "/v2/sandboxes", body)
        #expect(response.status == 201)
        let id = try #require(try response.json()["sandboxID"]?.text)
        return try #require(computers.fake(id))
    }

    static func headers(_ computer: FakeComputer, port: Int = 49_983) -> [String] {
        ["E2b-Sandbox-Id: \(computer.id)", "E2b-Sandbox-Port: \(port)", "X-Access-Token: \(computer.accessToken)"]
    }

    func data(
        _ computer: FakeComputer, _ method: String, _ path: String, _ body: String? = nil, headers: [String] = [],
        port: Int = 49_983
    ) async throws -> RawResponse {
        try await server.request(method, path, headers: Self.headers(computer, port: port) + headers, body: body)
    }

    /// A unary call of envd.
    func call(_ computer: FakeComputer, _ method: String, _ message: String, headers: [String] = []) async throws
        -> RawResponse
    {
        try await data(computer, "POST", "/\(method)", message, headers: headers)
    }

    /// Opens a stream of envd, with its head read.
    func stream(
        _ computer: FakeComputer, _ method: String, _ message: String, headers: [String] = []
    ) async throws -> EnvelopeStream {
        let connection = try await server.connect()
        let payload = Array(message.utf8)
        let length = UInt32(payload.count)
        let envelope = [0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + payload
        let head =
            (["POST /\(method) HTTP/1.1", "Host: localhost", "Content-Type: application/connect+json"]
            + Self.headers(computer) + headers + ["Transfer-Encoding: chunked", "", ""]).joined(separator: "\r\n")
        try await connection.send(head)
        try await connection.send("\(String(envelope.count, radix: 16))\r\n")
        try await connection.send(envelope + Array("\r\n0\r\n\r\n".utf8))
        return EnvelopeStream(
            connection: connection, head: try RawResponse(head: try await connection.read(until: "\r\n\r\n")))
    }
}

/// A response of envelopes, each in a chunk of its own.
struct EnvelopeStream: Sendable {
    let connection: RawConnection
    let head: RawResponse

    /// The next message, with `2:` before the last; nil at the end.
    func next() async throws -> String? {
        guard let chunk = try await connection.chunk() else { return nil }
        let bytes = Array(chunk)
        guard bytes.count >= 5 else { throw RawResponse.Malformed(text: "\(bytes)") }
        let length = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
        #expect(length == bytes.count - 5, "one chunk for each envelope")
        return (bytes[0] == 0 ? "" : "\(bytes[0]):") + String(decoding: bytes[5...], as: UTF8.self)
    }

    func all() async throws -> [String] {
        var messages: [String] = []
        while let message = try await next() { messages.append(message) }
        return messages
    }
}
