// SPDX-License-Identifier: Apache-2.0
import Isolation
import Synchronization

/// What a request leaves to be done behind it: begun when its answer is on its way, so that nobody waits for it, or for a
/// processor that it uses.
///
/// Whoever answers makes one, binds it with ``current`` around the work and calls ``begin()``. Nobody can put the rest off for
/// long: it begins after ``longest`` in any case, or when the object goes.
public final class AfterAnswer: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var alarm: Alarms.Number?
        var hasBegun = false
    }

    /// A client that does not take its answer holds up what others need no longer than this.
    private static let longest = Duration.milliseconds(20)

    @TaskLocal public static var current: AfterAnswer?

    private let state = Mutex(State())

    public init() {}

    deinit { begin() }

    /// Does `work` when the answer of the current task's request is on its way; at once where there is none.
    static func perform(_ work: @escaping @Sendable () -> Void) {
        if let current { current.add(work) } else { work() }
    }

    private func add(_ work: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if state.hasBegun { return true }
            state.work.append(work)
            if state.alarm == nil {
                state.alarm = Alarms.shared.set(at: .now.advanced(by: Self.longest)) { [weak self] in self?.begin() }
            }
            return false
        }
        if isLate { work() }
    }

    /// The answer is on its way, or there will be none. Idempotent. The work starts tasks and returns.
    public func begin() {
        let (work, alarm) = state.withLock { state in
            state.hasBegun = true
            defer { state.work = [] }
            return (state.work, state.alarm)
        }
        if let alarm { Alarms.shared.cancel(alarm) }
        for one in work { one() }
    }
}
