// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPTypes
import Hummingbird

/// An error of the Connect protocol.
struct RPCError: Error, Sendable, Equatable, Encodable {
    enum Code: String, Sendable, Encodable {
        case canceled
        case invalidArgument = "invalid_argument"
        case deadlineExceeded = "deadline_exceeded"
        case notFound = "not_found"
        case alreadyExists = "already_exists"
        case permissionDenied = "permission_denied"
        case resourceExhausted = "resource_exhausted"
        case failedPrecondition = "failed_precondition"
        case unimplemented
        case internalError = "internal"
        case unavailable
        case unauthenticated
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: ComputerError) {
        let code: Code =
            switch error.code {
            case .invalidArgument: .invalidArgument
            case .notFound: .notFound
            case .alreadyExists: .alreadyExists
            case .permissionDenied: .permissionDenied
            case .unauthenticated: .unauthenticated
            case .noSpace, .resourceExhausted: .resourceExhausted
            case .portClosed, .gone: .unavailable
            case .conflict: .failedPrecondition
            case .unimplemented: .unimplemented
            case .internalError: .internalError
            }
        self.init(code, error.message)
    }

    /// Of a unary call (Connect protocol, "error codes").
    var status: HTTPResponse.Status {
        switch code {
        case .canceled: HTTPResponse.Status(code: 499)
        case .invalidArgument, .failedPrecondition: .badRequest
        case .deadlineExceeded: .gatewayTimeout
        case .notFound: .notFound
        case .alreadyExists: .conflict
        case .permissionDenied: .forbidden
        case .resourceExhausted: .tooManyRequests
        case .unimplemented: .notImplemented
        case .internalError: .internalServerError
        case .unavailable: .serviceUnavailable
        case .unauthenticated: .unauthorized
        }
    }
}

extension Response {
    init(_ error: RPCError) {
        let body = (try? JSONOutput.buffer(error)) ?? .init()
        self.init(
            status: error.status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }
}
