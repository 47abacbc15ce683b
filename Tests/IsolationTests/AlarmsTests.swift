// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import Isolation

/// Many waits on one timer.
@Suite(.timeLimit(.minutes(1))) struct AlarmsTests {
    private final class Rung: Sendable {
        private let state = Mutex<[String]>([])
        var names: [String] { state.withLock { $0 } }
        func add(_ name: String) { state.withLock { $0.append(name) } }
    }

    private func until(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(1)) }
    }

    private func time(_ milliseconds: Int) -> SuspendingClock.Instant {
        .now.advanced(by: .milliseconds(milliseconds))
    }

    @Test func eachRingsAtItsTimeWhateverTheOrderTheyWereSetIn() async throws {
        let alarms = try Reactor().alarms
        let rung = Rung()
        let began = SuspendingClock.now
        _ = alarms.set(at: time(60_000)) { rung.add("never") }
        _ = alarms.set(at: time(120)) { rung.add("late") }
        _ = alarms.set(at: time(20)) { rung.add("early") }
        try await until { rung.names.count == 2 }
        #expect(rung.names == ["early", "late"])
        #expect(began.duration(to: .now) >= .milliseconds(120))
    }

    @Test func aCancelledOneIsSilentAndTheNextStillRings() async throws {
        let alarms = try Reactor().alarms
        let rung = Rung()
        let first = alarms.set(at: time(10)) { rung.add("cancelled") }
        _ = alarms.set(at: time(40)) { rung.add("kept") }
        alarms.cancel(first)
        try await until { !rung.names.isEmpty }
        #expect(rung.names == ["kept"])
        // Nothing sleeps any more; another starts it again.
        _ = alarms.set(at: time(-5)) { rung.add("past") }
        try await until { rung.names.count == 2 }
        #expect(rung.names == ["kept", "past"])
    }

    @Test func aDeadlineCancelsWhatIsLateAndNothingElse() async throws {
        #expect(try await Deadline.within(.seconds(60), "quick") { 1 } == 1)
        let error = await #expect(throws: IsolationError.self) {
            try await Deadline.within(.milliseconds(20), "slow") { try await Task.sleep(for: .seconds(60)) }
        }
        #expect(error?.step == "slow" && error?.code == .guestFailed)
        await #expect(throws: StoppedForATest.self) {
            try await Deadline.within(.seconds(60), "failing") { throw StoppedForATest() }
        }
    }

    @Test func aDeadlineEndsWithItsCaller() async throws {
        let waiting = Task {
            try await Deadline.within(.seconds(60), "cancelled") { try await Task.sleep(for: .seconds(60)) }
        }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    private struct StoppedForATest: Error {}
}
