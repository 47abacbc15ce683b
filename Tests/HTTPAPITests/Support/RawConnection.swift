// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import NIOPosix
import Synchronization

@testable import HTTPAPI

/// A client that sends exactly the bytes it is told to.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let inbox: Inbox

    /// - Parameter reads: Whether it reads at all. One that does not has a small buffer, too, so that the other side soon
    ///   has to wait.
    init(to address: ListenAddress, greeting: String = "", reads: Bool = true) async throws {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox, greeting: greeting))
                }
            }
        if !reads { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 4096) }
        switch address {
        case .tcp(let host, let port): channel = try await bootstrap.connect(host: host, port: port).get()
        case .unix(let path): channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
        }
        self.inbox = inbox
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends without waiting for the other side to take it.
    func sendInBackground(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Sends the end of the stream, and still reads.
    func closeOutput() async throws { try await channel.close(mode: .output) }

    func close() async { try? await channel.close() }

    /// Closes with a reset, as a killed client does.
    func reset() async throws {
        if let socket = channel as? any SocketOptionProvider {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        await close()
    }

    /// Bytes up to and with `end`; what was there at the end of the stream when that does not come.
    func read(until end: String) async throws -> String {
        try await String(decoding: inbox.take { $0.firstRange(of: Data(end.utf8))?.upperBound }, as: UTF8.self)
    }

    func readToEnd() async throws -> String {
        try await String(decoding: inbox.take { _ in nil }, as: UTF8.self)
    }

    /// Whether the connection ended with a reset and not in order.
    var wasReset: Bool { inbox.failure != nil }

    /// Returns when the other side has closed.
    func waitForEnd() async throws { _ = try await readToEnd() }

    /// The next response, its body by length, chunks or end of stream.
    func response(isHead: Bool = false) async throws -> RawResponse {
        let head = try await read(until: "\r\n\r\n")
        var response = try RawResponse(head: head)
        if response.status == 100 || isHead || response.status == 204 { return response }
        if let length = response.headers["content-length"].flatMap({ Int($0) }) {
            response.body = try await inbox.take { $0.count >= length ? $0.startIndex + length : nil }
        } else if response.headers["transfer-encoding"] == "chunked" {
            while let chunk = try await chunk() { response.body += chunk }
        } else {
            response.body = try await inbox.take { _ in nil }
        }
        return response
    }

    /// One chunk of a chunked body; nil after the last.
    func chunk() async throws -> Data? {
        let line = try await read(until: "\r\n")
        guard let size = Int(line.trimmingCharacters(in: .whitespacesAndNewlines), radix: 16) else {
            throw RawResponse.Malformed(text: line)
        }
        let data = try await inbox.take { $0.count >= size + 2 ? $0.startIndex + size + 2 : nil }
        return size == 0 ? nil : data.dropLast(2)
    }
}

/// A response as it came over the wire.
struct RawResponse: Sendable {
    struct Malformed: Error { let text: String }

    var status: Int
    /// By lower-case name.
    var headers: [String: String]
    var body = Data()

    init(head: String) throws {
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Malformed(text: head)
        }
        self.status = status
        headers = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> JSON { try JSON(parsing: text) }

    /// The `code` of a problem.
    func code() throws -> String? {
        if case .string(let code) = try json()["code"] { code } else { nil }
    }
}

/// What has arrived and was not read yet.
private final class Inbox: Sendable {
    private let stream: AsyncStream<Data>
    private let continuation: AsyncStream<Data>.Continuation
    private let rest = Box()

    private actor Box {
        var data = Data()
        var isAtEnd = false
        private var iterator: AsyncStream<Data>.Iterator?

        func take(_ stream: AsyncStream<Data>, _ end: @Sendable (Data) -> Data.Index?) async -> Data {
            while true {
                if let index = end(data) {
                    defer { data = Data(data[index...]) }
                    return Data(data[..<index])
                }
                var iterator = self.iterator ?? stream.makeAsyncIterator()
                let next = isAtEnd ? nil : await iterator.next(isolation: self)
                self.iterator = iterator
                guard let next else {
                    isAtEnd = true
                    defer { data = Data() }
                    return data
                }
                data += next
            }
        }
    }

    init() { (stream, continuation) = AsyncStream.makeStream() }

    private let error = Mutex<(any Error)?>(nil)

    var failure: (any Error)? { error.withLock { $0 } }

    func fail(_ failure: any Error) {
        error.withLock { $0 = failure }
        end()
    }

    func append(_ data: Data) { continuation.yield(data) }
    func end() { continuation.finish() }

    /// Bytes up to where `end` says, or all up to the end of the stream.
    func take(_ end: @escaping @Sendable (Data) -> Data.Index?) async throws -> Data {
        let data = await rest.take(stream, end)
        try Task.checkCancellation()
        return data
    }
}

private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let inbox: Inbox
    private let greeting: String

    init(_ inbox: Inbox, greeting: String) {
        self.inbox = inbox
        self.greeting = greeting
    }

    func channelActive(context: ChannelHandlerContext) {
        if greeting.isEmpty { return }
        context.writeAndFlush(NIOAny(ByteBuffer(string: greeting)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.append(Data(unwrapInboundIn(data).readableBytesView))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { inbox.end() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { inbox.fail(error) }
    func channelInactive(context: ChannelHandlerContext) { inbox.end() }
}
