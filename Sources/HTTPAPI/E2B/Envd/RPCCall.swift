// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A call of the Connect protocol: its messages in and out.
struct RPCCall: Sendable {
    /// Of one message. A message holds at most a chunk of input.
    static let maximumMessageBytes = 16 << 20

    let exchange: DataExchange
    /// Who the caller wants to be inside.
    let user: ComputerUser

    /// - Throws: ``RPCError`` `unauthenticated` for an unknown user.
    init(_ exchange: DataExchange) throws(RPCError) {
        self.exchange = exchange
        do {
            user = try Self.user(exchange.request.headers)
        } catch {
            throw RPCError(error)
        }
    }

    /// The user of `Authorization: Basic base64("NAME:")`, `user` without one.
    static func user(_ headers: HTTPFields) throws(ComputerError) -> ComputerUser {
        guard let value = headers[.authorization] else { return .user }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1]))
        else {
            return .user
        }
        let name = String(decoding: data, as: UTF8.self).prefix { $0 != ":" }
        return name.isEmpty ? .user : try ComputerUser(named: String(name))
    }

    // MARK: Unary

    /// The only message of a unary call.
    func message<Message: Decodable>(_ type: Message.Type) async throws -> Message {
        let media = Self.mediaType(exchange.request.headers)
        guard media == "application/json" else {
            throw E2BError(.unsupportedMediaType, "calls are JSON: Content-Type application/json")
        }
        return try Self.decode(type, try await exchange.collected(atMost: Self.maximumMessageBytes))
    }

    func answer(_ message: some Encodable) throws -> Response {
        try JSONOutput.response(message)
    }

    // MARK: Streams

    /// The only message of a call that is answered by a stream.
    func streamed<Message: Decodable>(_ type: Message.Type) async throws -> Message {
        try requireStream()
        let body = try await exchange.collected(atMost: Self.maximumMessageBytes + 5)
        var reader = ConnectEnvelope.Reader(maximumBytes: Self.maximumMessageBytes)
        reader.append(body)
        guard let envelope = try reader.next(), envelope.flags & ConnectEnvelope.endFlag == 0 else {
            throw RPCError(.invalidArgument, "the message is missing")
        }
        return try Self.decode(type, envelope.payload)
    }

    func requireStream() throws {
        guard Self.mediaType(exchange.request.headers) == ConnectStream.contentType else {
            throw E2BError(.unsupportedMediaType, "streams are JSON: Content-Type \(ConnectStream.contentType)")
        }
    }

    static func decode<Message: Decodable>(_ type: Message.Type, _ payload: ByteBuffer) throws(RPCError) -> Message {
        let data = payload.readableBytes == 0 ? Data("{}".utf8) : Data(payload.readableBytesView)
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as RPCError {
            throw error
        } catch {
            throw RPCError(.invalidArgument, "the message cannot be read: \(Self.reason(error))")
        }
    }

    /// What was wrong, in a few words and without the content.
    static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong type"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has a wrong value"
        default: "it is not valid JSON"
        }
    }

    private static func mediaType(_ headers: HTTPFields) -> String? {
        headers[.contentType]?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
    }
}

/// Base64 in a message.
struct Base64Bytes: Decodable, Sendable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let data = Data(base64Encoded: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no base64")
        }
        bytes = Array(data)
    }
}

/// A message without content.
struct EmptyMessage: Codable, Sendable {}
