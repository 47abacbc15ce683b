// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// What one connection puts up with.
struct ConnectionLimits: Sendable {
    /// See ``ServerConfiguration``.
    var headerTimeout: TimeAmount
    var bodyTimeout: TimeAmount
    var idleTimeout: TimeAmount
    /// How long a connection that is to close still reads, so that the client can take the last response.
    var lingerTime: TimeAmount = .seconds(2)
    /// Most bytes of a body that are read to no end after its response, so that the connection can be used again.
    var drainBytes = 256 << 10
    /// Most bytes of the following request that are read while one is being answered.
    var heldBytes = 64 << 10
    /// Most bytes read while lingering.
    var lingerBytes = 16 << 20
}

/// One HTTP/1.1 connection as a state machine: which half of the exchange is where, what ends it, and until when.
/// Decides only; ``ConnectionHandler`` does.
struct ConnectionState {
    enum Request: Equatable {
        /// Nothing of the next request has arrived.
        case none(since: NIODeadline)
        /// Part of its header has.
        case header(since: NIODeadline)
        case body(since: NIODeadline)
        case complete
        /// Its time was up; the response to say so is awaited.
        case timedOut(since: NIODeadline)
    }

    enum Response: Equatable {
        case none
        case begun
        /// Handed to the channel to the last byte.
        case ended
        /// Taken by the kernel to the last byte.
        case delivered
    }

    private let limits: ConnectionLimits
    private(set) var request: Request
    private(set) var response = Response.none
    private(set) var closesAfterResponse = false
    private(set) var isInputClosed = false
    /// Since when the connection only waits to close.
    private(set) var closingSince: NIODeadline?
    private var isQuiescing = false
    private var drained = 0
    private var outstandingWrites = 0
    private var lastProgress: NIODeadline
    /// Of the current request, when its times are other than the limits say.
    private var patience: ConnectionPatience?

    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        request = .none(since: now)
        lastProgress = now
    }

    // MARK: Input

    var isClosing: Bool { closingSince != nil }

    /// Whether input belongs to a later request than the one being answered.
    var holdsInput: Bool { request == .complete }

    var isInBody: Bool {
        if case .body = request { true } else { false }
    }

    /// Whether nothing would be lost if the connection closed: no request has arrived whole in its header.
    var isIdle: Bool {
        switch request {
        case .none, .header: response == .none && !isClosing
        case .body, .complete, .timedOut: false
        }
    }

    mutating func readCompleted(withParts: Bool, now: NIODeadline) {
        if case .none = request, !withParts, !isClosing { request = .header(since: now) }
    }

    mutating func headReceived(keepAlive: Bool, now: NIODeadline) {
        request = .body(since: now)
        patience = nil
        closesAfterResponse = !keepAlive || isQuiescing
    }

    mutating func beginPatience(_ patience: ConnectionPatience, now: NIODeadline) {
        self.patience = patience
        bodyProgressed(now: now)
    }

    /// With patience only a pause counts, not the whole time of a body.
    mutating func bodyProgressed(now: NIODeadline) {
        if case .body = request, patience != nil { request = .body(since: now) }
    }

    enum BodyAction: Equatable {
        case forward
        /// Too much of a body that nobody waits for.
        case close
    }

    mutating func bodyReceived(bytes: Int) -> BodyAction {
        guard response == .ended || response == .delivered else { return .forward }
        drained += bytes
        return drained > limits.drainBytes ? .close : .forward
    }

    mutating func requestEnded() {
        if case .body = request { request = .complete }
    }

    enum FaultAction: Equatable {
        /// Answer now; nothing was answered yet.
        case respond
        /// The response under way is of an earlier request: let it end, read nothing more.
        case closeAfterResponse
        case close
    }

    /// The bytes are no HTTP, or end within a request.
    mutating func inputIsBroken() -> FaultAction {
        switch (request, response) {
        case (.complete, .none), (.complete, .begun), (.complete, .ended):
            closesAfterResponse = true
            return .closeAfterResponse
        case (_, .none): return .respond
        default: return .close
        }
    }

    /// The client sends nothing more.
    ///
    /// - Returns: Whether to close at once.
    mutating func inputClosed() -> Bool {
        isInputClosed = true
        closesAfterResponse = true
        return isIdle || isClosing || response == .delivered
    }

    // MARK: Output

    /// - Parameters:
    ///   - wantsClose: The response says that the connection closes.
    ///   - rest: Bytes of the request's body that are still to come; nil when that cannot be known.
    /// - Returns: Whether the response has to say `Connection: close`.
    mutating func responseBegan(wantsClose: Bool, rest: Int?) -> Bool {
        response = .begun
        if wantsClose || isQuiescing { closesAfterResponse = true }
        if request != .complete, rest.map({ $0 > limits.drainBytes }) ?? true { closesAfterResponse = true }
        return closesAfterResponse
    }

    mutating func responseEnded() { response = .ended }

    mutating func writeBegan(now: NIODeadline) {
        if outstandingWrites == 0 { lastProgress = now }
        outstandingWrites += 1
    }

    mutating func writeEnded(now: NIODeadline) {
        outstandingWrites -= 1
        lastProgress = now
    }

    enum DeliveredAction: Equatable {
        case close
        /// Take the next request.
        case reuse
        /// Read the rest of this one first.
        case readOn
    }

    mutating func responseDelivered(now: NIODeadline) -> DeliveredAction {
        response = .delivered
        if closesAfterResponse { return .close }
        return reuseIfComplete(now: now) ? .reuse : .readOn
    }

    /// Gets ready for the next request when both halves of this exchange are over.
    mutating func reuseIfComplete(now: NIODeadline) -> Bool {
        guard request == .complete, response == .delivered else { return false }
        request = .none(since: now)
        response = .none
        drained = 0
        return true
    }

    // MARK: Ends

    /// The server stops. - Returns: Whether to close at once.
    mutating func quiesce() -> Bool {
        isQuiescing = true
        closesAfterResponse = true
        if case .none = request { return response == .none }
        return false
    }

    mutating func close(now: NIODeadline) {
        if closingSince == nil { closingSince = now }
    }

    // MARK: Time

    /// When ``expired(now:)`` has to be asked; nil when nothing is awaited from the client.
    var deadline: NIODeadline? {
        if let closingSince { return closingSince + limits.lingerTime }
        let stalled = outstandingWrites > 0 ? lastProgress + (patience?.stall ?? limits.idleTimeout) : nil
        let late: NIODeadline? =
            switch request {
            case .none(let since): response == .none ? since + limits.idleTimeout : nil
            case .header(let since): since + limits.headerTimeout
            case .body(let since): bodyDeadline(since: since)
            case .timedOut(let since): since + limits.lingerTime
            case .complete: nil
            }
        guard let stalled, let late else { return stalled ?? late }
        return min(stalled, late)
    }

    private func bodyDeadline(since: NIODeadline) -> NIODeadline? {
        guard let patience else { return since + limits.bodyTimeout }
        return patience.bodyPause.map { since + $0 }
    }

    enum Expiry: Equatable {
        case nothing
        case close
        /// Tell whoever waits for the body that it will not come.
        case requestTimedOut
    }

    mutating func expired(now: NIODeadline) -> Expiry {
        guard let deadline, deadline <= now else { return .nothing }
        if case .body = request, response == .none, !isClosing {
            request = .timedOut(since: now)
            closesAfterResponse = true
            return .requestTimedOut
        }
        return .close
    }
}
