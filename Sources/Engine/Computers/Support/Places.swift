// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A number of places, taken first come first served. With one place it is a lock that may be held across awaits.
public final class Places: Sendable {
    private struct State {
        var free: Int
        var nextNumber: UInt64 = 0
        var waiting: [(number: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    /// - Parameter count: At least 1.
    public init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// Waits for a place, which the caller gives back with ``leave()``. False: the task was cancelled and there is no place.
    public func enter() async -> Bool {
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((number, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let abandoned = state.withLock { state in
                state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0).continuation }
            }
            abandoned?.resume(returning: false)
        }
    }

    /// Gives back what ``enter()`` has taken.
    public func leave() {
        let next = state.withLock { state in
            if state.waiting.isEmpty {
                state.free += 1
                return nil as CheckedContinuation<Bool, Never>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
