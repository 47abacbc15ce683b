// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Synchronization

/// Lets a bounded number of runs go on at one time and a bounded number wait, first come first served.
///
/// Batches wait in a line of their own, which refuses nobody: whoever stands in it bounds their number. A free place goes to a
/// run that waits, and to a batch only when none does, or after ``mostBeforePatient`` runs in a row.
///
/// Held by a lock and not an actor: whoever finds a place goes on at once, on its own thread.
final class RunQueue: Sendable {
    private struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var running = 0
        var waiting: [Waiter] = []
        var patient: [Waiter] = []
        /// Places that went to runs while somebody patient waited.
        var passedOver = 0
        var nextNumber: UInt64 = 0
        var isClosed = false
    }

    private static let mostBeforePatient = 4

    let concurrency: Int
    private let length: Int
    private let state = Mutex(State())

    init(concurrency: Int, length: Int) {
        self.concurrency = concurrency
        self.length = length
    }

    /// Runs that go on, and runs that wait.
    var counts: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }

    /// Who waits behind the runs.
    var patientCount: Int { state.withLock { $0.patient.count } }

    /// Waits for a place, which the caller gives back with ``leave()``.
    ///
    /// - Throws: ``RequestError`` `queue_full` or `shutting_down` at once, `CancellationError` when cancelled waiting.
    func enter() async throws {
        if try state.withLock({ state throws(RequestError) in try takePlace(&state) }) { return }
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    do {
                        // Looked at again: a place may have become free since, or the queue full.
                        if try takePlace(&state) { return .success(()) }
                    } catch {
                        return .failure(error)
                    }
                    state.waiting.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            abandon(number)
        }
    }

    /// Waits for a place behind the runs, however many wait.
    ///
    /// - Throws: ``RequestError`` `shutting_down`, `CancellationError` when cancelled waiting.
    func enterPatiently() async throws {
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.isClosed { return .failure(Self.shuttingDown) }
                    if state.running < concurrency {
                        state.running += 1
                        return .success(())
                    }
                    state.patient.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            abandon(number)
        }
    }

    /// False when a place has to be waited for.
    private func takePlace(_ state: inout State) throws(RequestError) -> Bool {
        guard !state.isClosed else { throw Self.shuttingDown }
        if state.running < concurrency {
            state.running += 1
            return true
        }
        guard state.waiting.count < length else {
            throw RequestError(
                .queueFull, "\(state.running) runs are going on and \(state.waiting.count) wait; try again later")
        }
        return false
    }

    private static let shuttingDown = RequestError(
        .shuttingDown, "the server is stopping; try another or come back later")

    private func abandon(_ number: UInt64) {
        let waiter = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
                ?? state.patient.firstIndex { $0.number == number }.map { state.patient.remove(at: $0) }
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    func leave() {
        let next = state.withLock { state -> Waiter? in
            if !state.waiting.isEmpty, state.patient.isEmpty || state.passedOver < Self.mostBeforePatient {
                state.passedOver = state.patient.isEmpty ? 0 : state.passedOver + 1
                return state.waiting.removeFirst()
            }
            state.passedOver = 0
            if !state.patient.isEmpty { return state.patient.removeFirst() }
            state.running -= 1
            return nil
        }
        next?.continuation.resume()
    }

    /// Takes no new runs; those that wait are refused.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { (state.waiting, state.patient) = ([], []) }
            return state.waiting + state.patient
        }
        for waiter in waiting { waiter.continuation.resume(throwing: Self.shuttingDown) }
    }
}
