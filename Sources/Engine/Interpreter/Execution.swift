// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// One execution, seen by who wants its events. Each is made when the one before was taken: a slow reader slows the code
/// down, and nothing piles up.
public final class Execution: Sendable {
    public enum Step: Sendable, Hashable {
        case event(ExecutionEvent)
        /// Nothing has happened in the time given.
        case silence
        /// No more events.
        case finished
    }

    private struct State {
        /// The event that waits to be taken, and who waits for that.
        var offered: ExecutionEvent?
        var giver: CheckedContinuation<Void, Never>?
        var taker: CheckedContinuation<Void, Never>?
        var outcome: Result<Void, InterpreterError>?
        var isAbandoned = false
        var onAbandon: (@Sendable () -> Void)?

        mutating func takeTaker() -> CheckedContinuation<Void, Never>? {
            defer { taker = nil }
            return taker
        }
    }

    private let state = Mutex(State())

    init() {}

    // MARK: The reader's side

    /// The next event, in at most `time`. One task may ask.
    ///
    /// - Throws: ``InterpreterError`` `gone` when the computer went.
    public func next(within time: Duration) async throws(InterpreterError) -> Step {
        let alarm = Task { [self] in
            try await Task.sleep(for: time)
            state.withLock { $0.takeTaker() }?.resume()
        }
        defer { alarm.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.offered != nil || state.outcome != nil || Task.isCancelled { return true }
                    state.taker = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.takeTaker() }?.resume()
        }
        let (event, giver, outcome) = state.withLock { state in
            defer { (state.offered, state.giver) = (nil, nil) }
            return (state.offered, state.giver, state.outcome)
        }
        if let event {
            giver?.resume()
            return .event(event)
        }
        guard let outcome else { return .silence }
        try outcome.get()
        return .finished
    }

    /// Nobody wants to know any more: the code is interrupted. Does nothing after the end.
    public func abandon() {
        let (giver, act) = state.withLock { state -> (CheckedContinuation<Void, Never>?, (@Sendable () -> Void)?) in
            guard !state.isAbandoned, state.outcome == nil else { return (nil, nil) }
            state.isAbandoned = true
            state.offered = nil
            defer { (state.giver, state.onAbandon) = (nil, nil) }
            return (state.giver, state.onAbandon)
        }
        giver?.resume()
        act?()
    }

    // MARK: The kernel's side

    var isAbandoned: Bool { state.withLock(\.isAbandoned) }

    /// Returns when the event was taken, at once when nobody listens any more.
    func give(_ event: ExecutionEvent) async {
        await withCheckedContinuation { continuation in
            let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if state.isAbandoned { return continuation }
                state.offered = event
                state.giver = continuation
                return state.takeTaker()
            }
            waiting?.resume()
        }
    }

    func finish(_ outcome: Result<Void, InterpreterError>) {
        state.withLock { state in
            state.outcome = outcome
            state.onAbandon = nil
            return state.takeTaker()
        }?.resume()
    }

    /// Calls `act` when the reader goes, at once if it has.
    func whenAbandoned(_ act: @escaping @Sendable () -> Void) {
        let isAbandoned = state.withLock { state in
            if !state.isAbandoned { state.onAbandon = act }
            return state.isAbandoned
        }
        if isAbandoned { act() }
    }
}
