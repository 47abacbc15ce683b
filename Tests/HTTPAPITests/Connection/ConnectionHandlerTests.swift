// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPAPI

@Suite struct ConnectionHandlerTests {
    /// Counts the reads that reach the socket.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = Any
        var reads = 0

        func read(context: ChannelHandlerContext) {
            reads += 1
            context.read()
        }
    }

    private static let limits = ConnectionLimits(
        headerTimeout: .seconds(10), bodyTimeout: .seconds(30), idleTimeout: .seconds(60))

    private func connection() throws -> (EmbeddedChannel, ReadCounter) {
        let counter = ReadCounter()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([
            counter, ConnectionHandler(limits: Self.limits, registry: ConnectionRegistry(maximum: 10)),
        ])
        try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, counter)
    }

    private func head(length: Int = 0) -> HTTPServerRequestPart {
        let headers = HTTPHeaders([("Host", "localhost"), ("Content-Length", "\(length)")])
        return .head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/v1/run", headers: headers))
    }

    private func respond(_ channel: EmbeddedChannel) throws {
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "0"])
        try channel.writeOutbound(HTTPServerResponsePart.head(head))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }

    private func inbound(_ channel: EmbeddedChannel) throws -> Int {
        var count = 0
        while try channel.readInbound(as: HTTPServerRequestPart.self) != nil { count += 1 }
        return count
    }

    @Test func aRequestBehindAnotherWaitsForItsResponse() throws {
        let (channel, _) = try connection()
        for _ in 0..<2 {
            try channel.writeInbound(head())
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
        }
        #expect(try inbound(channel) == 2)
        try respond(channel)
        #expect(try inbound(channel) == 2)
        try respond(channel)
        #expect(try inbound(channel) == 0)
        _ = try channel.finish()
    }

    @Test func readsOnWhileARequestIsAnsweredButNotWithoutEnd() throws {
        let (channel, counter) = try connection()
        try channel.writeInbound(head())
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        let before = counter.reads
        channel.read()
        // The client may go away, so its socket is watched.
        #expect(counter.reads == before + 1)

        try channel.writeInbound(head(length: 1 << 20))
        let piece = HTTPServerRequestPart.body(ByteBuffer(repeating: 0x20, count: 60_000))
        try channel.writeInbound(piece)
        channel.read()
        #expect(counter.reads == before + 2)
        try channel.writeInbound(piece)
        channel.read()
        #expect(counter.reads == before + 2)

        try respond(channel)
        #expect(counter.reads == before + 3)
        channel.read()
        #expect(counter.reads == before + 4)
        _ = try channel.finish()
    }

    @Test func timeThatHasRunOutEndsWithTheConnection() throws {
        let (channel, _) = try connection()
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(!channel.isActive)
        // A timer that sets itself again on a closed connection would make this endless.
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        channel.embeddedEventLoop.run()
    }

    @Test func nothingIsWrittenAfterTheConnectionBeganToClose() throws {
        let (channel, _) = try connection()
        try channel.writeInbound(
            HTTPServerRequestPart.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: [:])))
        var heads = 0
        while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
            if case .head(let head) = part {
                heads += 1
                #expect(head.status == .badRequest)
            }
        }
        #expect(heads == 1)
        #expect(throws: ChannelError.ioOnClosedChannel) { try respond(channel) }
        #expect(try channel.readOutbound(as: HTTPServerResponsePart.self) == nil)
        _ = try? channel.finish()
    }
}
