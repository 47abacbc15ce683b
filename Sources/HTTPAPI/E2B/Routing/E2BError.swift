// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPTypes
import Hummingbird
import NIOCore

/// An error as E2B's clients read it: `{"code": STATUS, "message": …}`.
struct E2BError: Error, Sendable, Equatable {
    var status: HTTPResponse.Status
    var message: String
    /// Further members of the body.
    var sandboxID: String?
    var port: Int?
    var path: String?
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }

    /// What the control plane answers.
    init(_ error: ComputerError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .invalidArgument: .badRequest
            case .notFound, .gone: .notFound
            case .alreadyExists, .conflict: .conflict
            case .permissionDenied: .forbidden
            case .unauthenticated: .unauthorized
            case .noSpace: HTTPResponse.Status(code: 507)
            case .resourceExhausted: .tooManyRequests
            case .portClosed: .badGateway
            case .unimplemented: .notImplemented
            case .internalError: .internalServerError
            }
        // What failed here is for the log, which the engine writes.
        let isOurs = error.code == .internalError
        self.init(status, isOurs ? "the server failed; its log has the cause" : error.message)
        // Without it the SDK tries three times more.
        if error.code == .resourceExhausted { headers[.shouldRetry] = "false" }
    }

    /// The computer is unknown, gone or paused. Clients look for "was not found".
    static func sandboxNotFound(_ id: String) -> E2BError {
        var error = E2BError(.badGateway, "The sandbox was not found")
        error.sandboxID = id
        return error
    }

    /// Clients look for "port is not open".
    static func portClosed(_ id: String, port: Int) -> E2BError {
        var error = E2BError(.badGateway, "The sandbox is running but port is not open")
        error.sandboxID = id
        error.port = port
        return error
    }

    static func noAccess(_ id: String, name: String) -> E2BError {
        E2BError(.notFound, "\(name) \"\(id.prefix(100))\" doesn't exist or you don't have access to it")
    }

    static let tokenNeeded = E2BError(
        .unauthorized,
        "unauthorized access, please provide a valid access token or method signing if supported")

    static func unavailable(_ what: String) -> E2BError {
        E2BError(.notImplemented, "\(what) are not available on this server")
    }
}

extension E2BError: Encodable {
    enum CodingKeys: String, CodingKey { case code, message, sandboxID = "sandboxId", port, path }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status.code, forKey: .code)
        try container.encode(message, forKey: .message)
        try container.encodeIfPresent(sandboxID, forKey: .sandboxID)
        try container.encodeIfPresent(port, forKey: .port)
        try container.encodeIfPresent(path, forKey: .path)
    }
}

extension Response {
    /// `error` as E2B's clients read it.
    init(_ error: E2BError) {
        var headers = error.headers
        headers[.contentType] = "application/json; charset=utf-8"
        // Nothing but text and numbers, which always encode.
        let body = (try? JSONOutput.buffer(error)) ?? ByteBuffer()
        self.init(status: error.status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

extension HTTPField.Name {
    static let sandboxID = Self.known("E2b-Sandbox-Id")
    static let sandboxPort = Self.known("E2b-Sandbox-Port")
    static let accessToken = Self.known("X-Access-Token")
    static let trafficToken = Self.known("E2b-Traffic-Access-Token")
    static let shouldRetry = Self.known("Should-Retry")
    static let idempotencyKey = Self.known("Idempotency-Key")
    static let nextToken = Self.known("X-Next-Token")
    static let totalRunning = Self.known("X-Total-Running")
    static let connectTimeout = Self.known("Connect-Timeout-Ms")
    static let keepaliveInterval = Self.known("Keepalive-Ping-Interval")

    /// The names are tokens (RFC 9110), so they always parse.
    private static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .from }
}
