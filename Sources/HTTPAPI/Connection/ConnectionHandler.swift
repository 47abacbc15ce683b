// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Guards one connection, next to the HTTP parser: deadlines, framing rules, one request at a time, orderly closing, and
/// the news that a client has gone. ``ConnectionState`` decides; this handler does.
///
/// The responder behind it sees well-formed requests only, one after the other, and never has to close anything itself.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ConnectionLimits
    private let registry: ConnectionRegistry
    private var state: ConnectionState
    private var watch: ClientWatch?
    private var timer: (task: Scheduled<Void>, time: NIODeadline)?
    private var isOver = false

    /// Of the current request: version, bytes of body to come (nil: unknown), and whether it waits for `100 Continue`.
    private var version = HTTPVersion.http1_1
    private var rest: Int?
    private var expectsContinue = false

    private var readHadParts = false
    private var held: [HTTPServerRequestPart] = []
    private var heldBytes = 0
    private var hasHeldRead = false
    private var lingered = 0

    init(limits: ConnectionLimits, registry: ConnectionRegistry) {
        self.limits = limits
        self.registry = registry
        // The time is the event loop's, which is known when the handler is added.
        state = ConnectionState(limits: limits, now: .uptimeNanoseconds(0))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        state = ConnectionState(limits: limits, now: context.eventLoop.now)
        registry.opened(context.channel)
        armTimer(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        registry.closed(context.channel)
        isOver = true
        timer?.task.cancel()
        clientIsGone()
        context.fireChannelInactive()
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        readHadParts = true
        if state.isClosing {
            if case .body(let buffer) = part { lingered += buffer.readableBytes }
            if lingered > limits.lingerBytes { context.close(promise: nil) }
        } else if state.holdsInput {
            if case .body(let buffer) = part { heldBytes += buffer.readableBytes }
            held.append(part)
        } else {
            receive(part, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        state.readCompleted(withParts: readHadParts, now: context.eventLoop.now)
        readHadParts = false
        armTimer(context)
        context.fireChannelReadComplete()
        if state.isClosing { context.read() }
    }

    /// Reads on while a request is answered, so that a client that goes away is noticed, but not without end.
    func read(context: ChannelHandlerContext) {
        if heldBytes > limits.heldBytes || held.count > 64 { hasHeldRead = true } else { context.read() }
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            registry.becameBusy(context.channel)
            if let problem = RequestHeadRules.problem(with: head) {
                answer(problem, context)
                return
            }
            state.headReceived(keepAlive: head.isKeepAlive && head.isLatestVersion, now: context.eventLoop.now)
            version = head.version
            let isChunked = head.headers.contains(name: "transfer-encoding")
            rest = isChunked ? nil : head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            expectsContinue =
                head.isLatestVersion && head.headers["expect"].contains { $0.lowercasedASCII() == "100-continue" }
            context.fireChannelRead(wrapInboundOut(part))
        case .body(let buffer):
            expectsContinue = false
            rest = rest.map { $0 - buffer.readableBytes }
            state.bodyProgressed(now: context.eventLoop.now)
            switch state.bodyReceived(bytes: buffer.readableBytes) {
            case .forward: context.fireChannelRead(wrapInboundOut(part))
            case .close: close(context)
            }
        case .end:
            state.requestEnded()
            // Trailers are of no use here and would only be one more thing to check.
            context.fireChannelRead(wrapInboundOut(.end(nil)))
            if state.reuseIfComplete(now: context.eventLoop.now) { becameIdle(context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if state.isClosing { return }
        guard error is HTTPParserError || error is ByteToMessageDecoderError else {
            context.fireErrorCaught(error)
            return
        }
        switch state.inputIsBroken() {
        case .respond: answer(RequestHeadRules.problem(for: error), context)
        case .closeAfterResponse: held = []
        case .close: close(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            clientIsGone()
            if state.inputClosed() { context.close(promise: nil) }
            context.fireUserInboundEventTriggered(event)
        case is ChannelShouldQuiesceEvent:
            if state.quiesce() { context.close(promise: nil) }
        case is EvictIfIdle:
            evict(context)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Output

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if state.isClosing {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            let wantsClose = head.headers["connection"].contains { $0.lowercasedASCII() == "close" }
            if state.responseBegan(wantsClose: wantsClose, rest: expectsContinue ? nil : rest) {
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
            // The end of a body of unknown length is the end of the connection for a client that knows no chunks.
            head.version = version
            send(.head(head), context, promise)
        case .end(let trailers):
            state.responseEnded()
            watch = nil
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.assumeIsolated().whenSuccess { self.responseWasDelivered(context) }
            send(.end(trailers), context, written)
        case let part:
            send(part, context, promise)
        }
    }

    private func send(
        _ part: HTTPServerResponsePart, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        let written = promise ?? context.eventLoop.makePromise()
        state.writeBegan(now: context.eventLoop.now)
        written.futureResult.assumeIsolated().whenComplete { _ in self.state.writeEnded(now: context.eventLoop.now) }
        context.write(wrapOutboundOut(part), promise: written)
        armTimer(context)
    }

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        switch event {
        case let watch as ClientWatch:
            self.watch = watch
            // It may have gone before the watch came; a connection that was reset says so only once.
            if state.isInputClosed || isOver { clientIsGone() }
            promise?.succeed()
        case let patience as ConnectionPatience:
            state.beginPatience(patience, now: context.eventLoop.now)
            promise?.succeed()
        case is BodyWanted:
            if expectsContinue, !state.isClosing {
                expectsContinue = false
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
            }
            promise?.succeed()
        default:
            context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    private func responseWasDelivered(_ context: ChannelHandlerContext) {
        switch state.responseDelivered(now: context.eventLoop.now) {
        case .close: close(context)
        case .reuse: becameIdle(context)
        case .readOn: armTimer(context)
        }
    }

    /// Answers without the responder, which has not seen the request or will never see its end.
    private func answer(_ problem: Problem, _ context: ChannelHandlerContext) {
        let response = Response(problem)
        guard let body = try? JSONOutput.buffer(problem) else { return close(context) }
        var head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: problem.status.code))
        for field in response.headers { head.headers.add(name: field.name.rawName, value: field.value) }
        head.headers.replaceOrAdd(name: "connection", value: "close")
        let isAwaited = state.isInBody
        state.close(now: context.eventLoop.now)
        clientIsGone()
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            self.closeOutput(context)
        }
        // Whoever reads the body must not take what has come for the whole of it.
        if isAwaited { context.fireErrorCaught(ConnectionFailure.broken) }
    }

    // MARK: Ends

    private func becameIdle(_ context: ChannelHandlerContext) {
        guard registry.becameIdle(context.channel) else { return close(context) }
        armTimer(context)
        guard !held.isEmpty else { return }
        let parts = held
        held = []
        heldBytes = 0
        for part in parts {
            if state.isClosing { return }
            if state.holdsInput { held.append(part) } else { receive(part, context) }
        }
        armTimer(context)
        context.fireChannelReadComplete()
        if hasHeldRead {
            hasHeldRead = false
            context.read()
        }
    }

    /// Closes so that what was written arrives: a plain close with unread input would reset the connection.
    private func close(_ context: ChannelHandlerContext) {
        guard !state.isClosing else { return }
        let hasReadAll = state.request == .complete && held.isEmpty
        state.close(now: context.eventLoop.now)
        held = []
        if hasReadAll || state.isInputClosed { context.close(promise: nil) } else { closeOutput(context) }
    }

    private func closeOutput(_ context: ChannelHandlerContext) {
        if state.isInputClosed {
            context.close(promise: nil)
            return
        }
        context.close(mode: .output, promise: nil)
        armTimer(context)
        context.read()
    }

    private func evict(_ context: ChannelHandlerContext) {
        guard !isOver else { return }
        switch state.eviction(now: context.eventLoop.now) {
        case .stay: break
        case .close: context.close(promise: nil)
        case .askAgain(let time):
            context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.evict(context) }
        }
    }

    private func clientIsGone() {
        let watch = watch
        self.watch = nil
        watch?.onGone()
    }

    // MARK: Time

    /// Sees to it that the timer goes off by the state's deadline. A timer that goes off too early is set again then,
    /// which is cheaper than to move it with every request.
    private func armTimer(_ context: ChannelHandlerContext) {
        guard !isOver, let deadline = state.deadline else { return }
        if let timer {
            if timer.time <= deadline { return }
            timer.task.cancel()
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired(context) }
        timer = (task, deadline)
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        timer = nil
        switch state.expired(now: context.eventLoop.now) {
        case .nothing: break
        case .close:
            isOver = true
            context.close(promise: nil)
        case .requestTimedOut: context.fireErrorCaught(ConnectionFailure.timedOut)
        }
        armTimer(context)
    }
}
