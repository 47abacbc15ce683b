// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

@testable import Engine

/// A clock that stands still until a test moves it.
final class FakeClock: Sendable {
    private struct Sleeper {
        let number: Int
        let until: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Duration.zero
        var next = 0
        var sleepers: [Sleeper] = []
    }

    static let start = Date(timeIntervalSince1970: 1_800_000_000)
    private let state = Mutex(State())

    var clock: ComputerClock {
        ComputerClock(
            now: { self.state.withLock { $0.now } }, sleep: { try await self.sleep($0) },
            date: { Self.start.addingTimeInterval(self.state.withLock { $0.now / .seconds(1) }) })
    }

    var sleepers: Int { state.withLock { $0.sleepers.count } }

    func advance(seconds: Double) {
        let due = state.withLock { state in
            state.now += .seconds(seconds)
            let now = state.now
            let due = state.sleepers.filter { $0.until <= now }
            state.sleepers.removeAll { $0.until <= now }
            return due
        }
        for sleeper in due.sorted(by: { $0.until < $1.until }) { sleeper.continuation.resume() }
    }

    private func sleep(_ until: Duration) async throws {
        let number = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if until <= state.now { return .success(()) }
                    state.sleepers.append(Sleeper(number: number, until: until, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
