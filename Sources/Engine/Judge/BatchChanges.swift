// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Tells whoever waits that there is news of a batch.
final class BatchChanges: Sendable {
    private struct State {
        var waiting: [String: [UInt64: CheckedContinuation<Void, Never>]] = [:]
        var nextNumber: UInt64 = 0
        /// News so far.
        var total: UInt64 = 0
    }

    private let state = Mutex(State())

    /// To be asked before the batch is looked at: what happens after that look is then not missed.
    var count: UInt64 { state.withLock { $0.total } }

    func tell(_ id: String) {
        let waiting = state.withLock { state in
            state.total += 1
            return state.waiting.removeValue(forKey: id)
        }
        for continuation in (waiting ?? [:]).values { continuation.resume() }
    }

    func wait(for id: String, beyond seen: UInt64, atMost time: Duration) async {
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(for: id, beyond: seen, number) }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait(for id: String, beyond seen: UInt64, _ number: UInt64) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // News of any batch counts here: whoever looks once more than needed loses nothing.
                    if state.total > seen || Task.isCancelled { return true }
                    state.waiting[id, default: [:]][number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let continuation = state.waiting[id]?.removeValue(forKey: number)
                if state.waiting[id]?.isEmpty ?? false { state.waiting[id] = nil }
                return continuation
            }
            continuation?.resume()
        }
    }
}
