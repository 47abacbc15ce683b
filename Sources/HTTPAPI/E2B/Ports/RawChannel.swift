// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// A connection that is no HTTP any more: its bytes, both ways. Everything above in its pipeline hears nothing more but its
/// end.
final class RawChannel: Sendable {
    private let channel: any Channel
    private let inbox: StreamMailbox<[UInt8]>
    private let handler: NIOLoopBound<RawChannelHandler>

    /// Takes the bytes of `channel` away from HTTP.
    static func take(_ channel: any Channel) async throws -> RawChannel {
        try await channel.eventLoop.submit {
            let inbox = StreamMailbox<[UInt8]>()
            let handler = RawChannelHandler(inbox)
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
            return RawChannel(
                channel: channel, inbox: inbox, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
        }.get()
    }

    private init(channel: any Channel, inbox: StreamMailbox<[UInt8]>, handler: NIOLoopBound<RawChannelHandler>) {
        self.channel = channel
        self.inbox = inbox
        self.handler = handler
    }

    /// The next bytes from the client; nil at the end. Taking them lets more come.
    func read() async -> [UInt8]? {
        channel.eventLoop.execute { self.handler.value.demand() }
        guard case .event(let bytes) = await inbox.next() else { return nil }
        return bytes
    }

    /// Returns when the kernel has taken them.
    func write(_ bytes: [UInt8]) async throws {
        let written = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute { self.handler.value.send(ByteBuffer(bytes: bytes), written) }
        try await written.futureResult.get()
    }

    func close() {
        channel.close(promise: nil)
        inbox.end()
    }
}

/// Sits below HTTP and keeps every byte to itself. Reads once for each ``demand()``.
final class RawChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let inbox: StreamMailbox<[UInt8]>
    private var context: ChannelHandlerContext?
    private var waiting: [[UInt8]] = []
    private var isWanted = false
    private var isAtEnd = false

    init(_ inbox: StreamMailbox<[UInt8]>) { self.inbox = inbox }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func demand() {
        isWanted = true
        if !waiting.isEmpty {
            handOver()
        } else if isAtEnd {
            inbox.end()
        } else {
            context?.read()
        }
    }

    func send(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>) {
        guard let context else { return promise.fail(ChannelError.ioOnClosedChannel) }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        waiting.append(Array(unwrapInboundIn(data).readableBytesView))
        handOver()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isWanted { context.read() }
    }

    /// Whoever asks above asks for nothing that comes any more.
    func read(context: ChannelHandlerContext) {}

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.ioOnClosedChannel)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // HTTP would take it for the client's leaving.
        if case ChannelEvent.inputClosed = event { end() } else { context.fireUserInboundEventTriggered(event) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        isAtEnd = true
        if waiting.isEmpty { inbox.end() }
    }

    private func handOver() {
        guard isWanted, !waiting.isEmpty else { return }
        isWanted = false
        inbox.offer(waiting.removeFirst())
    }
}
