// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Where a stream's writer waits for whatever comes first: an event, a moment to show that it lives, its deadline, or the
/// client's leaving.
///
/// One task puts events, one at a time and only when the one before was taken, so that a slow client slows what makes the
/// events; one task takes.
final class StreamMailbox<Event: Sendable>: Sendable {
    enum Item: Sendable {
        case event(Event)
        /// No more events come.
        case ended
        case keepalive
        case deadline
        case clientGone
    }

    private struct State {
        var event: Event?
        var hasEnded = false
        var isKeepaliveDue = false
        var isDeadlineOver = false
        var isClientGone = false
        var isClosed = false
        var taker: CheckedContinuation<Void, Never>?
        var putter: CheckedContinuation<Void, Never>?

        var isEmpty: Bool { event == nil && !hasEnded && !isKeepaliveDue && !isDeadlineOver && !isClientGone }
    }

    private let state = Mutex(State())

    /// Returns when the event was taken, or at once when nobody takes any more: then false.
    func put(_ event: Event) async -> Bool {
        await withCheckedContinuation { continuation in
            let taker: CheckedContinuation<Void, Never>? = state.withLock { state in
                if state.isClosed {
                    continuation.resume()
                    return nil
                }
                state.event = event
                state.putter = continuation
                defer { state.taker = nil }
                return state.taker
            }
            taker?.resume()
        }
        return state.withLock { !$0.isClosed }
    }

    /// Puts an event for a taker who has asked for exactly one.
    func offer(_ event: Event) { note { $0.event = event } }

    func end() { note { $0.hasEnded = true } }
    func keepaliveIsDue() { note { $0.isKeepaliveDue = true } }
    func deadlineIsOver() { note { $0.isDeadlineOver = true } }
    func clientIsGone() { note { $0.isClientGone = true } }

    private func note(_ change: (inout State) -> Void) {
        let taker = state.withLock { state in
            change(&state)
            defer { state.taker = nil }
            return state.taker
        }
        taker?.resume()
    }

    /// The next thing to do. The client's leaving and the deadline go before events, so that no flood of them puts those off;
    /// the end comes after the last event.
    func next() async -> Item {
        while true {
            let (item, putter): (Item?, CheckedContinuation<Void, Never>?) = state.withLock { state in
                if state.isClientGone { return (.clientGone, nil) }
                if let event = state.event, !state.isDeadlineOver {
                    defer {
                        state.event = nil
                        state.putter = nil
                        state.isKeepaliveDue = false
                    }
                    return (.event(event), state.putter)
                }
                if state.isDeadlineOver { return (.deadline, nil) }
                if state.hasEnded { return (.ended, nil) }
                if state.isKeepaliveDue {
                    state.isKeepaliveDue = false
                    return (.keepalive, nil)
                }
                return (nil, nil)
            }
            putter?.resume()
            if let item { return item }
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if state.isEmpty { state.taker = continuation } else { continuation.resume() }
                }
            }
        }
    }

    /// Nothing will be taken any more.
    func close() {
        let putter = state.withLock { state in
            state.isClosed = true
            state.event = nil
            defer { state.putter = nil }
            return state.putter
        }
        putter?.resume()
    }
}
