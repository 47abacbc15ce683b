// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Requests to a Nestbox server over HTTP/1.1, each on a connection of its own.
public struct HTTPExchange: Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    public struct Answer: Sendable {
        public let status: Int
        public let body: [UInt8]
    }

    /// Nobody answered, or not in HTTP.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        /// There was no connection: nothing was sent.
        public var isBeforeSending = false
    }

    /// An address that is none of a server that can be reached. Says what would be right.
    public struct AddressError: Error, CustomStringConvertible {
        public let description: String
    }

    private static let mostBytes = 256 << 20
    private static let connectTime = TimeAmount.seconds(10)

    private let host: String
    private let port: Int
    /// Without a slash at its end.
    private let prefix: String
    private let key: String?
    private let agent: String
    private let patience: TimeAmount

    /// - Parameters:
    ///   - url: `http://HOST:PORT`, with a path before that of the API where a proxy adds one.
    ///   - key: Sent as bearer.
    ///   - agent: Value of `User-Agent`.
    ///   - patience: How long nothing may come of an answer.
    /// - Throws: ``AddressError``. There is no TLS.
    public init(
        url: String, key: String?, agent: String, patience: Duration = .seconds(120)
    ) throws(AddressError) {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty, parts.query == nil else {
            throw AddressError(
                description: "'\(url)' is not the address of a server, such as http://127.0.0.1:8080")
        }
        guard parts.scheme == "http" else {
            throw AddressError(
                description:
                    "'\(url)' is no http:// address; put a tunnel in between for others, such as ssh -L or stunnel")
        }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? 80
        prefix = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path
        self.key = key
        self.agent = agent
        self.patience = .nanoseconds(Int64(patience / .nanoseconds(1)))
    }

    /// - Throws: ``Failure``, `CancellationError`.
    public func send(_ method: Method, _ path: String, body: [UInt8] = []) async throws -> Answer {
        let channel = try await connect()
        do {
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(.head(head(method, path, bytes: body.count)))
                if !body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
                try await outbound.write(.end(nil))
                return try await answer(inbound)
            }
        } catch let error as CancellationError {
            throw error
        } catch let failure as Failure {
            throw failure
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw Failure(description: "\(host):\(port): \(error)")
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws -> Connection {
        do {
            return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(Self.connectTime)
                .connect(host: host, port: port) { [patience] channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers(
                            IdleStateHandler(readTimeout: patience), SilenceHandler())
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try Connection(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw Failure(description: "\(host):\(port): \(Self.reason(error))", isBeforeSending: true)
        }
    }

    /// What the system says, where it says something.
    private static func reason(_ error: any Error) -> String {
        let first = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        guard let number = (first as? IOError)?.errnoCode else { return "\(first)" }
        return NSError(domain: NSPOSIXErrorDomain, code: Int(number)).localizedDescription
    }

    private func head(_ method: Method, _ path: String, bytes: Int) -> HTTPRequestHead {
        var headers = HTTPHeaders([
            ("Host", "\(host.contains(":") ? "[\(host)]" : host):\(port)"), ("Connection", "close"),
            ("Accept", "application/json"), ("User-Agent", agent),
        ])
        if let key { headers.add(name: "Authorization", value: "Bearer \(key)") }
        if bytes > 0 {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(bytes)")
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method.rawValue), uri: prefix + path, headers: headers)
    }

    private func answer(_ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Answer {
        var status: Int?
        var body: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let buffer):
                body += buffer.readableBytesView
                guard body.count <= Self.mostBytes else {
                    throw Failure(description: "\(host):\(port) answers more than \(Self.mostBytes) bytes")
                }
            case .end:
                if let status { return Answer(status: status, body: body) }
            }
        }
        throw Failure(description: "\(host):\(port) ended the connection without an answer")
    }
}

/// Ends a connection to a server that is there and says nothing any more: one that was stopped, or cut off without a word.
private final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        context.fireErrorCaught(HTTPExchange.Failure(description: "the server is silent"))
        context.close(promise: nil)
    }
}
