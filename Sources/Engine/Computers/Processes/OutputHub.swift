// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Hands the events of one process to everybody who listens. The slowest listener sets the pace.
///
/// From its start on a process has one queue that nobody reads yet, so that its first listener misses nothing. The queue is
/// given up when nobody has come for it in time (``giveUpUnclaimed()``).
final class OutputHub: Sendable {
    /// Bytes that a listener may lag behind before the process has to wait, and what one event counts beyond its bytes.
    static let lagBytes = 64 << 10
    static let eventBytes = 64

    private struct Queue {
        var events: [ComputerProcessEvent] = []
        var bytes = 0
        var waiting: CheckedContinuation<ComputerProcessEvent?, Never>?
    }

    private struct State {
        var queues: [UInt64: Queue] = [:]
        var nextNumber: UInt64 = 1
        var unclaimed: UInt64?
        /// No event will come any more.
        var isClosed = false
        var end: ComputerProcessEvent?
        /// The pump, which waits for the slowest listener.
        var pump: CheckedContinuation<Void, Never>?

        var hasRoom: Bool { isClosed || queues.values.allSatisfy { $0.bytes < OutputHub.lagBytes } }

        /// The pump, when it can go on; to be resumed outside the lock.
        mutating func takePump() -> CheckedContinuation<Void, Never>? {
            guard hasRoom else { return nil }
            defer { pump = nil }
            return pump
        }
    }

    private let state = Mutex(State())

    init() {
        state.withLock { state in
            state.queues[0] = Queue()
            state.unclaimed = 0
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    // MARK: The pump's side

    /// Queues an event for everybody and waits until nobody lags too far behind.
    func deliver(_ event: ComputerProcessEvent) async {
        for waiting in append(event) { waiting.resume(returning: event) }
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if state.hasRoom { return true }
                state.pump = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
    }

    /// The last event, or nil when the computer is gone. What is queued can still be read. Idempotent.
    func close(_ end: ComputerProcessEvent?) {
        let (waiting, pump) = state.withLock { state in
            guard !state.isClosed else {
                return ([], nil)
                    as ([CheckedContinuation<ComputerProcessEvent?, Never>], CheckedContinuation<Void, Never>?)
            }
            state.isClosed = true
            state.end = end
            var waiting: [CheckedContinuation<ComputerProcessEvent?, Never>] = []
            for number in Array(state.queues.keys) {
                if let continuation = state.queues[number]?.waiting {
                    state.queues[number]?.waiting = nil
                    waiting.append(continuation)
                } else if let end {
                    state.queues[number]?.events.append(end)
                }
            }
            return (waiting, state.takePump())
        }
        for continuation in waiting { continuation.resume(returning: end) }
        pump?.resume()
    }

    private func append(_ event: ComputerProcessEvent) -> [CheckedContinuation<ComputerProcessEvent?, Never>] {
        state.withLock { state in
            guard !state.isClosed else { return [] }
            var waiting: [CheckedContinuation<ComputerProcessEvent?, Never>] = []
            for number in Array(state.queues.keys) {
                if let continuation = state.queues[number]?.waiting {
                    state.queues[number]?.waiting = nil
                    waiting.append(continuation)
                } else {
                    state.queues[number]?.events.append(event)
                    state.queues[number]?.bytes += event.cost
                }
            }
            return waiting
        }
    }

    // MARK: The listeners' side

    /// The first listener gets everything from the start; every other what comes from now on, or the end.
    func listen() -> ProcessListener {
        let number = state.withLock { state in
            if let unclaimed = state.unclaimed {
                state.unclaimed = nil
                return unclaimed
            }
            defer { state.nextNumber += 1 }
            var queue = Queue()
            if let end = state.end { queue.events = [end] }
            state.queues[state.nextNumber] = queue
            return state.nextNumber
        }
        return ProcessListener(hub: self, number: number)
    }

    /// Drops what nobody has asked for, so that a process without listeners goes on.
    func giveUpUnclaimed() {
        guard let number = state.withLock({ $0.unclaimed }) else { return }
        stop(number)
    }

    func next(_ number: UInt64) async -> ComputerProcessEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enum Step {
                    case answer(ComputerProcessEvent?, pump: CheckedContinuation<Void, Never>?)
                    case wait(instead: CheckedContinuation<ComputerProcessEvent?, Never>?)
                }
                let step: Step = state.withLock { state in
                    guard var queue = state.queues[number] else { return .answer(nil, pump: nil) }
                    if !queue.events.isEmpty {
                        let event = queue.events.removeFirst()
                        queue.bytes -= event.cost
                        state.queues[number] = queue
                        return .answer(event, pump: state.takePump())
                    }
                    if state.isClosed || Task.isCancelled { return .answer(nil, pump: nil) }
                    let before = queue.waiting
                    queue.waiting = continuation
                    state.queues[number] = queue
                    return .wait(instead: before)
                }
                switch step {
                case .answer(let event, let pump):
                    pump?.resume()
                    continuation.resume(returning: event)
                case .wait(let before):
                    before?.resume(returning: nil)
                }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.queues[number]?.waiting = nil }
                return state.queues[number]?.waiting
            }
            waiting?.resume(returning: nil)
        }
    }

    func stop(_ number: UInt64) {
        let (waiting, pump) = state.withLock { state in
            if state.unclaimed == number { state.unclaimed = nil }
            let queue = state.queues.removeValue(forKey: number)
            return (queue?.waiting, state.takePump())
        }
        waiting?.resume(returning: nil)
        pump?.resume()
    }
}

/// One who listens to a process. It stops when nobody holds it any more, so that it can never hold a process up for good.
final class ProcessListener: ComputerProcessListener {
    private let hub: OutputHub
    private let number: UInt64

    init(hub: OutputHub, number: UInt64) {
        self.hub = hub
        self.number = number
    }

    deinit { hub.stop(number) }

    func next() async -> ComputerProcessEvent? { await hub.next(number) }
    func stop() { hub.stop(number) }
}

extension ComputerProcessEvent {
    /// What the event counts in a queue. The end counts nothing: it never has to wait.
    fileprivate var cost: Int {
        switch self {
        case .stdout(let bytes), .stderr(let bytes), .terminal(let bytes): bytes.count + OutputHub.eventBytes
        case .ended: 0
        }
    }
}
