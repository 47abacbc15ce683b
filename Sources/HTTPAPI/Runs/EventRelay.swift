// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Synchronization

/// Hands the events of one run, one at a time, from the run to the response that writes them.
///
/// ``send(_:)`` returns when the event was written, so a client that reads slowly slows its program down. One task sends
/// and one takes.
final class EventRelay: Sendable {
    enum Item: Sendable {
        case event(RunEvent)
        case finished(Result<RunResult, any Error>)
    }

    private struct State {
        var event: RunEvent?
        var outcome: Result<RunResult, any Error>?
        /// Set when nobody takes any more.
        var isAbandoned = false
        var sender: CheckedContinuation<Void, any Error>?
        var taker: CheckedContinuation<Void, Never>?
        var hasSentAny = false
        /// The beginning was waited for long enough.
        var hasWaitedLong = false

        mutating func wakeTaker() {
            taker?.resume()
            taker = nil
        }

        mutating func wakeSender(_ result: Result<Void, any Error>) {
            sender?.resume(with: result)
            sender = nil
        }
    }

    private let state = Mutex(State())

    // MARK: The run's side

    /// - Throws: `CancellationError` when the run was cancelled or the response broke off.
    func send(_ event: RunEvent) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    guard !state.isAbandoned, !Task.isCancelled else {
                        continuation.resume(throwing: CancellationError())
                        return
                    }
                    state.event = event
                    state.sender = continuation
                    state.hasSentAny = true
                    state.wakeTaker()
                }
            }
        } onCancel: {
            state.withLock { $0.wakeSender(.failure(CancellationError())) }
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
        let outcome = state.withLock { $0.hasSentAny ? nil : $0.outcome }
        if case .failure(let error) = outcome { throw error }
    }

    /// The next event. Taking it says that the one before was written.
    func next() async -> Item {
        state.withLock { $0.wakeSender(.success(())) }
        while true {
            let item: Item? = state.withLock { state in
                if let event = state.event {
                    state.event = nil
                    return .event(event)
                }
                return state.outcome.map(Item.finished)
            }
            if let item { return item }
            await waitOnce(orLong: false)
        }
    }

    /// Nothing will be taken any more: the sender gets an error instead of waiting.
    func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.wakeSender(.failure(CancellationError()))
        }
    }

    private func waitOnce(orLong: Bool) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.event != nil || state.outcome != nil || (orLong && state.hasWaitedLong) {
                    continuation.resume()
                } else {
                    state.taker = continuation
                }
            }
        }
    }
}
