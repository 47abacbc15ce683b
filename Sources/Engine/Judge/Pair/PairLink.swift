// SPDX-License-Identifier: Apache-2.0
import Isolation
import Synchronization

/// What joins two programs that talk to each other: what each prints is what the other reads.
///
/// Both begin when both can: one that is still compiled is waited for, and when it never begins the other does not either. When
/// one ends, the other's input ends, and after its grace the other is stopped.
final class PairLink: Sendable {
    enum Side: Int, Sendable {
        case first, second

        var other: Side { self == .first ? .second : .first }
    }

    private struct Member {
        var isReady = false
        var hasEnded = false
        /// Waits for the other to be ready.
        var waiter: CheckedContinuation<Bool, Never>?
        /// Stops the running program. Nil before and after.
        var stop: (@Sendable () -> Void)?
        var alarm: Alarms.Number?
    }

    private struct State {
        var members = [Member(), Member()]
        var endedFirst: Side?
        /// When the first had ended.
        var end: SuspendingClock.Instant?

        subscript(_ side: Side) -> Member {
            get { members[side.rawValue] }
            set { members[side.rawValue] = newValue }
        }
    }

    private let inputs = [ProgramInput(), ProgramInput()]
    /// How long each may go on when the other has ended; nil: as long as its own limits allow.
    private let graces: [Duration?]
    private let state = Mutex(State())

    init(grace first: Duration?, _ second: Duration?) {
        graces = [first, second]
    }

    /// Which program ended first, or was the first to be stopped for a reason of its own; nil while both go on.
    var endedFirst: Side? { state.withLock { $0.endedFirst } }

    func input(of side: Side) -> ProgramInput { inputs[side.rawValue] }

    /// Gives the other what this one printed. Returns when the other has room for more, or takes none any more.
    func say(_ bytes: [UInt8], from side: Side) async {
        await input(of: side.other).write(bytes)
    }

    /// Says no more: the other's input ends behind what was given.
    func hush(_ side: Side) {
        input(of: side.other).finish()
    }

    /// Waits until both are ready to begin. False: the other never will be, or the task was cancelled.
    func begin(_ side: Side) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (answer, waiter): (Bool?, CheckedContinuation<Bool, Never>?) = state.withLock { state in
                    if Task.isCancelled || state[side.other].hasEnded { return (false, nil) }
                    state[side].isReady = true
                    guard state[side.other].isReady else {
                        state[side].waiter = continuation
                        return (nil, nil)
                    }
                    defer { state[side.other].waiter = nil }
                    return (true, state[side.other].waiter)
                }
                waiter?.resume(returning: true)
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            takeWaiter(of: side)?.resume(returning: false)
        }
    }

    private func takeWaiter(of side: Side) -> CheckedContinuation<Bool, Never>? {
        state.withLock { state in
            defer { state[side].waiter = nil }
            return state[side].waiter
        }
    }

    /// The program runs; `stop` ends it, is quick, and is not called once ``end(_:)`` was.
    func run(_ side: Side, stop: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state[side].stop = stop
            if let end = state.end { setAlarm(side, end, &state) }
        }
    }

    /// The program is stopped for a reason of its own, a limit for example. What becomes of the other comes after that, although
    /// it may have ended before this one has.
    func giveUp(_ side: Side) {
        state.withLock { state in
            if state.endedFirst == nil { state.endedFirst = side }
        }
        hush(side)
    }

    /// The program has ended, or will never begin. May be called again.
    func end(_ side: Side) {
        let (alarm, waiter) = state.withLock { state in
            defer {
                state[side].alarm = nil
                state[side.other].waiter = nil
            }
            if !state[side].hasEnded {
                state[side].hasEnded = true
                state[side].stop = nil
                if state.endedFirst == nil { state.endedFirst = side }
                if state.end == nil {
                    let now = SuspendingClock.now
                    state.end = now
                    if state[side.other].stop != nil { setAlarm(side.other, now, &state) }
                }
            }
            return (state[side].alarm, state[side.other].waiter)
        }
        waiter?.resume(returning: false)
        if let alarm { Alarms.shared.cancel(alarm) }
        input(of: side).close()
        hush(side)
    }

    private func setAlarm(_ side: Side, _ end: SuspendingClock.Instant, _ state: inout State) {
        guard let grace = graces[side.rawValue], state[side].alarm == nil else { return }
        state[side].alarm = Alarms.shared.set(at: end.advanced(by: grace)) { [weak self] in
            // Under the lock, so that none is stopped that has just ended.
            self?.state.withLock { $0[side].stop?() }
        }
    }
}

/// One program's place in a pair.
struct PairPlace: Sendable {
    let link: PairLink
    let side: PairLink.Side
    /// More than this said in all is over the output limit, in bytes.
    let mostBytes: Int
    /// How much of what it said is in its report, in bytes.
    let keptBytes: Int

    var input: ProgramInput { link.input(of: side) }
}
