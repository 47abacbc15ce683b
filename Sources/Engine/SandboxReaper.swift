// SPDX-License-Identifier: Apache-2.0
import Isolation
import Logging
import Synchronization

/// Destroys sandboxes beside the runs that used them: a bounded number at one time, so that what is to be removed never
/// piles up faster than it goes.
final class SandboxReaper: Sendable {
    private struct State {
        /// Destructions under way.
        var pending = 0
        /// Who has a sandbox to hand over and found no room, in their order.
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// Who waits until nothing is left.
        var drains: [CheckedContinuation<Void, Never>] = []
    }

    private let limit: Int
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter limit: Most destructions under way at one time.
    init(limit: Int, logger: Logger) {
        self.limit = max(1, limit)
        self.logger = logger
    }

    /// Takes over a sandbox. Returns at once while there is room, and waits for room otherwise, also when the caller's task is
    /// cancelled.
    func destroyLater(_ sandbox: any Sandbox, id: String) async {
        if !takePlace() {
            await withCheckedContinuation { continuation in
                let hasPlace = state.withLock { state in
                    if state.pending < limit {
                        state.pending += 1
                        return true
                    }
                    // Its place comes from the next destruction that ends.
                    state.waiting.append(continuation)
                    return false
                }
                if hasPlace { continuation.resume() }
            }
        }
        AfterAnswer.perform { [self] in
            // A task of its own: the sandbox has to go although its run was answered. drain() waits for it.
            Task {
                do {
                    try await sandbox.destroy()
                } catch {
                    logger.error("sandbox could not be removed", metadata: ["run": "\(id)", "error": "\(error)"])
                }
                givePlaceBack()
            }
        }
    }

    /// Returns when every sandbox that was handed over is gone, those that are handed over meanwhile included.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.pending == 0 { return true }
                state.drains.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    private func takePlace() -> Bool {
        state.withLock { state in
            guard state.pending < limit else { return false }
            state.pending += 1
            return true
        }
    }

    private func givePlaceBack() {
        let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            // The place goes on to whoever waits longest.
            if !state.waiting.isEmpty { return [state.waiting.removeFirst()] }
            state.pending -= 1
            guard state.pending == 0 else { return [] }
            defer { state.drains = [] }
            return state.drains
        }
        for continuation in woken { continuation.resume() }
    }
}
