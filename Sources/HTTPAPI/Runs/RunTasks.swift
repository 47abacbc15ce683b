// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// The runs that answer requests right now, and what stops them: their client going away, or the server.
final class RunTasks: Sendable {
    private struct State {
        var isStopped = false
        var cancellers: [String: @Sendable () -> Void] = [:]
    }

    /// Cancels a task that may not be known yet.
    private final class Handle: Sendable {
        private let state = Mutex<(isCancelled: Bool, canceller: (@Sendable () -> Void)?)>((false, nil))

        func set(_ canceller: @escaping @Sendable () -> Void) {
            let isCancelled = state.withLock { state in
                state.canceller = canceller
                return state.isCancelled
            }
            if isCancelled { canceller() }
        }

        func cancel() {
            let canceller = state.withLock { state in
                state.isCancelled = true
                return state.canceller
            }
            canceller?()
        }
    }

    private let state = Mutex(State())

    /// Starts `operation` and cancels it when the client on `channel` goes away or ``cancelAll()`` is called.
    ///
    /// A task of its own, because what cancels it is an event on a socket and not the end of a scope. Whoever starts it
    /// awaits it, so it never outlives its request.
    func start<Value: Sendable>(
        _ id: String, on channel: any Channel, _ operation: @escaping @Sendable () async throws -> Value
    ) -> Task<Value, any Error> {
        let handle = Handle()
        // Before the task begins, which it does here and now: it may have ended when its creation returns.
        state.withLock { state in
            state.cancellers[id] = { handle.cancel() }
            if state.isStopped { handle.cancel() }
        }
        let task = Task.immediate {
            defer { remove(id) }
            return try await operation()
        }
        handle.set { task.cancel() }
        ClientWatch { task.cancel() }.install(on: channel)
        return task
    }

    /// Cancels every run, also those that start later.
    ///
    /// - Returns: How many there were.
    @discardableResult
    func cancelAll() -> Int {
        let cancellers = state.withLock { state in
            state.isStopped = true
            return Array(state.cancellers.values)
        }
        for cancel in cancellers { cancel() }
        return cancellers.count
    }

    private func remove(_ id: String) {
        state.withLock { $0.cancellers[id] = nil }
    }
}

extension Task where Failure == any Error {
    /// The task's value; cancelling the caller cancels the task.
    var linkedValue: Success {
        get async throws {
            try await withTaskCancellationHandler {
                try await value
            } onCancel: {
                cancel()
            }
        }
    }
}
