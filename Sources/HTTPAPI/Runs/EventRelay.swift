// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Synchronization

/// Hands the events of one run, one at a time, from the run to the response that writes them.
///
/// ``send(_:)`` returns when the event was written, so a client that reads slowly slows its program down. Any number of
/// tasks may send, one takes.
final class EventRelay: Sendable {
    enum Item: Sendable {
        case event(RunEvent)
        case finished(Result<RunResult, any Error>)
    }

    private struct Sent {
        let number: Int
        let event: RunEvent
        let sender: CheckedContinuation<Void, any Error>
    }

    private struct State {
        /// Not taken yet, oldest first.
        var waiting: [Sent] = []
        /// Taken and being written.
        var inHand: Sent?
        var outcome: Result<RunResult, any Error>?
        var nextNumber = 0
        /// Set when nobody takes any more.
        var isAbandoned = false
        /// The beginning was waited for long enough.
        var hasWaitedLong = false
        var taker: CheckedContinuation<Void, Never>?

        mutating func wakeTaker() {
            taker?.resume()
            taker = nil
        }
    }

    private let state = Mutex(State())

    // MARK: The run's side

    /// - Throws: `CancellationError` when the run was cancelled or the response broke off.
    func send(_ event: RunEvent) async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (sender: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    guard !state.isAbandoned, !Task.isCancelled else {
                        sender.resume(throwing: CancellationError())
                        return
                    }
                    state.waiting.append(Sent(number: number, event: event, sender: sender))
                    state.wakeTaker()
                }
            }
        } onCancel: {
            state.withLock { state in
                if let index = state.waiting.firstIndex(where: { $0.number == number }) {
                    state.waiting.remove(at: index).sender.resume(throwing: CancellationError())
                } else if let sent = state.inHand, sent.number == number {
                    state.inHand = nil
                    sent.sender.resume(throwing: CancellationError())
                }
            }
        }
    }

    func finish(_ outcome: Result<RunResult, any Error>) {
        state.withLock { state in
            state.outcome = outcome
            state.wakeTaker()
        }
    }

    // MARK: The response's side

    /// Waits until there is something to take, or `time` has passed.
    ///
    /// - Throws: What ended the run when it ended before its first event: then nothing ran.
    func waitForBeginning(atMost time: Duration) async throws {
        let alarm = Task {
            try await Task.sleep(for: time)
            state.withLock { state in
                state.hasWaitedLong = true
                state.wakeTaker()
            }
        }
        defer { alarm.cancel() }
        await waitOnce(orLong: true)
        let outcome = state.withLock { $0.waiting.isEmpty ? $0.outcome : nil }
        if case .failure(let error) = outcome { throw error }
    }

    /// The next event. Taking it says that the one before was written.
    func next() async -> Item {
        state.withLock { state in
            state.inHand?.sender.resume()
            state.inHand = nil
        }
        while true {
            let item: Item? = state.withLock { state in
                if state.waiting.isEmpty { return state.outcome.map(Item.finished) }
                let sent = state.waiting.removeFirst()
                state.inHand = sent
                return .event(sent.event)
            }
            if let item { return item }
            await waitOnce(orLong: false)
        }
    }

    /// Nothing will be taken any more: senders get an error instead of waiting.
    func abandon() {
        let senders = state.withLock { state in
            state.isAbandoned = true
            let senders = state.waiting.map(\.sender) + [state.inHand?.sender].compactMap(\.self)
            state.waiting = []
            state.inHand = nil
            return senders
        }
        for sender in senders { sender.resume(throwing: CancellationError()) }
    }

    private func waitOnce(orLong: Bool) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if !state.waiting.isEmpty || state.outcome != nil || (orLong && state.hasWaitedLong) {
                    continuation.resume()
                } else {
                    state.taker = continuation
                }
            }
        }
    }
}
