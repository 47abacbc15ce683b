// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import HTTPAPI

/// The bytes of a client's connection, through the HTTP parser and the guard behind it. The first byte of an input says
/// where the bytes are cut into reads.
enum HTTPConnection {
    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let seed = input.byte()
        let stream = Array(input.rest)
        let whole = try serve([stream])
        let cut = try serve(FuzzInput.pieces(of: stream, seed: seed))
        try check(whole)
        try check(cut)
        try hold(whole.requests == cut.requests, "read at once: \(whole.requests); in pieces: \(cut.requests)")
        try hold(whole.answers == cut.answers, "answered at once: \(whole.answers); in pieces: \(cut.answers)")
    }

    private struct Request: Equatable {
        var head: HTTPRequestHead
        var body: [UInt8] = []
        var isComplete = false
    }

    /// What one connection came to.
    private struct Outcome {
        var requests: [Request] = []
        var answers = ""
        var isClosed = false
    }

    /// Answers every request when it is complete, as the server does, and lets the time run out at the end.
    private static func serve(_ reads: [[UInt8]]) throws -> Outcome {
        let channel = EmbeddedChannel()
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 1024
        limits.maxHeaderListSize = 2048
        limits.maxHeaderFieldCount = 20
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
        let parser = try channel.pipeline.syncOperations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let connection = ConnectionHandler(
            limits: ConnectionLimits(headerTimeout: .seconds(10), bodyTimeout: .seconds(30), idleTimeout: .seconds(60)),
            registry: ConnectionRegistry(maximum: 10))
        try channel.pipeline.syncOperations.addHandler(connection, position: .after(parser))
        let application = Application()
        try channel.pipeline.syncOperations.addHandler(application)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for read in reads {
            guard channel.isActive else { break }
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: read))
            channel.pipeline.fireChannelReadComplete()
            channel.embeddedEventLoop.run()
        }
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        var outcome = Outcome(requests: application.requests, isClosed: !channel.isActive)
        while case .byteBuffer(let buffer)? = try channel.readOutbound(as: IOData.self) {
            outcome.answers += String(buffer: buffer)
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return outcome
    }

    // MARK: What must hold

    private static func check(_ outcome: Outcome) throws {
        try hold(outcome.isClosed, "the connection outlived every timeout")
        for (index, request) in outcome.requests.enumerated() {
            try hold(
                index == outcome.requests.count - 1 || request.isComplete, "a request came before the end of another")
            try check(request)
        }
        let responses = outcome.answers.matches(of: #/HTTP/1\.[01] [2-5][0-9][0-9] /#).count
        try hold(responses <= outcome.requests.count + 1, "\(outcome.requests.count) requests, \(responses) responses")
    }

    /// The request cannot be read in another way by somebody else: RFC 9112, sections 3.2 and 6, in bytes.
    private static func check(_ request: Request) throws {
        let head = request.head
        try hold(head.method != .CONNECT, "CONNECT got through")
        let hosts = head.headers["host"]
        try hold(hosts.count == 1 || hosts.isEmpty && head.version == .http1_0, "\(hosts.count) Host fields")
        let lengths = head.headers["content-length"]
        let encodings = head.headers["transfer-encoding"]
        try hold(lengths.count + encodings.count <= 1, "length \(lengths) and encoding \(encodings)")
        if let encoding = encodings.first {
            let name = Array(encoding.utf8).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            try hold(name == Array("chunked".utf8), "the encoding '\(encoding)' was taken for chunked")
        }
        if let length = lengths.first {
            let digits = length.utf8
            try hold(!digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }, "the length '\(length)'")
            let number = Int(length) ?? -1
            try hold(request.body.count <= number, "\(request.body.count) bytes of a body of \(number)")
            try hold(
                !request.isComplete || request.body.count == number, "a body of \(request.body.count), not \(number)")
        } else if encodings.isEmpty {
            try hold(request.body.isEmpty, "a body without a length")
        }
    }

    /// Takes requests and answers each.
    private final class Application: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        var requests: [Request] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                requests.append(Request(head: head))
            case .body(let buffer):
                if requests.isEmpty {
                    requests.append(Request(head: .init(version: .http1_1, method: .CONNECT, uri: "")))
                }
                requests[requests.count - 1].body += Array(buffer: buffer)
            case .end:
                if let last = requests.indices.last { requests[last].isComplete = true }
                let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "0"])
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }
}
