// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// Lets a bounded number of runs go on at one time and a bounded number wait, first come first served.
actor RunQueue {
    private struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private let concurrency: Int
    private let length: Int
    private var running = 0
    private var waiting: [Waiter] = []
    private var nextNumber: UInt64 = 0
    private var isClosed = false

    init(concurrency: Int, length: Int) {
        self.concurrency = concurrency
        self.length = length
    }

    /// Waits for a place, which the caller gives back with ``leave()``.
    ///
    /// - Throws: ``RequestError`` `queue_full` or `shutting_down` at once, `CancellationError` when cancelled waiting.
    func enter() async throws {
        guard !isClosed else { throw Self.shuttingDown }
        if running < concurrency {
            running += 1
            return
        }
        guard waiting.count < length else {
            throw RequestError(.queueFull, "\(running) runs are going on and \(waiting.count) wait; try again later")
        }
        let number = nextNumber
        nextNumber += 1
        let hasPlace = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    waiting.append(Waiter(number: number, continuation: continuation))
                }
            }
        } onCancel: {
            // The handler is not on the actor; what it starts ends with this one call.
            Task { await self.abandon(number) }
        }
        guard hasPlace else {
            if isClosed { throw Self.shuttingDown }
            throw CancellationError()
        }
    }

    private static let shuttingDown = RequestError(
        .shuttingDown, "the server is stopping; try another or come back later")

    private func abandon(_ number: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }

    func leave() {
        if waiting.isEmpty {
            running -= 1
        } else {
            waiting.removeFirst().continuation.resume(returning: true)
        }
    }

    /// Takes no new runs; those that wait are refused.
    func close() {
        isClosed = true
        for waiter in waiting { waiter.continuation.resume(returning: false) }
        waiting = []
    }
}
