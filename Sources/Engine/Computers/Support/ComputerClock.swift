// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The clocks of computers. Ends and intervals are taken on one that never jumps; the date is for people only.
struct ComputerClock: Sendable {
    /// Time since a moment that stays the same.
    var now: @Sendable () -> Duration
    /// Returns when ``now`` has reached the moment; throws `CancellationError` when the task is cancelled.
    var sleep: @Sendable (_ until: Duration) async throws -> Void
    var date: @Sendable () -> Date

    /// CLOCK_BOOTTIME: it goes on while the machine is suspended, as the time of whoever pays for the computer does.
    static let system: ComputerClock = {
        let clock = ContinuousClock()
        let origin = clock.now
        return ComputerClock(
            now: { origin.duration(to: clock.now) },
            sleep: { until in try await clock.sleep(until: origin.advanced(by: until)) },
            date: { Date.now })
    }()
}
