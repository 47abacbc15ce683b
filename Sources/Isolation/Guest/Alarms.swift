// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Synchronization

/// Does things at their time, for any number of waits with one timer of the kernel's. Nearly every wait for a guest ends long
/// before its time; a task or a thread for each would cost more than what is waited for.
public final class Alarms: Sendable {
    public typealias Number = UInt64

    private struct Alarm {
        let time: SuspendingClock.Instant
        let action: @Sendable () -> Void
    }

    private struct State {
        var nextNumber: Number = 1
        var alarms: [Number: Alarm] = [:]
        /// When the timer rings, which is no later than the first alarm; nil while it is not set.
        var rings: SuspendingClock.Instant?
    }

    /// Those of the thread that serves the guests. On a machine on which there is no such thread there is no guest either, and
    /// nothing that these could be asked to end: they never ring.
    public static let shared = (try? GuestSession.reactor())?.alarms ?? Alarms(timer: nil)

    private let timer: WakeTimer?
    private let state = Mutex(State())

    /// - Parameter timer: Whoever waits for it calls ``ring()``.
    init(timer: WakeTimer?) {
        self.timer = timer
    }

    /// Readable when it is time to ``ring()``.
    var descriptor: Int32 { timer?.raw ?? -1 }

    /// Calls `action` at `time`, unless it is cancelled before. Actions that are due together are called in the order
    /// of their times. They must be quick and must not wait: guests are not served meanwhile.
    public func set(at time: SuspendingClock.Instant, action: @escaping @Sendable () -> Void) -> Number {
        state.withLock { state in
            let number = state.nextNumber
            state.nextNumber += 1
            state.alarms[number] = Alarm(time: time, action: action)
            if state.rings.map({ time < $0 }) ?? true { ring(at: time, &state) }
            return number
        }
    }

    /// The timer is left as it is: it finds nothing to do, or the next alarm.
    public func cancel(_ number: Number) {
        state.withLock { $0.alarms[number] = nil }
    }

    private func ring(at time: SuspendingClock.Instant, _ state: inout State) {
        state.rings = time
        timer?.set(after: SuspendingClock.now.duration(to: time))
    }

    /// Calls what is due.
    func ring() {
        timer?.clear()
        let due = state.withLock { state in
            let now = SuspendingClock.now
            let due = state.alarms.filter { $0.value.time <= now }
            for number in due.keys { state.alarms[number] = nil }
            state.rings = nil
            if let next = state.alarms.values.map(\.time).min() { ring(at: next, &state) }
            return due.values.sorted { $0.time < $1.time }
        }
        for alarm in due { alarm.action() }
    }
}
