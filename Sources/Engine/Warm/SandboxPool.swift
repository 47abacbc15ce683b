// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import NestboxCore
import Synchronization

/// A sandbox that has been made and not used, perhaps with an interpreter that waits in it.
struct PreparedSandbox: Sendable {
    let sandbox: any Sandbox
    let adopted: AdoptedProgram?
    let since: SuspendingClock.Instant
    /// A moment before it was made.
    let began: Date
}

/// Everything that is fixed when a sandbox is made: sandboxes of one kind serve the same requests. Limits that the host watches
/// (time, output) are not part of it.
struct SandboxKind: Sendable, Hashable {
    var limits: Limits
    var buildBytes: Int?
    var profile: SandboxProfile
    var zygote: String?
    /// The interpreter that is started in it ahead.
    var ahead: AheadStart?

    init(_ spec: SandboxSpec, zygote: String?, ahead: AheadStart? = nil) {
        limits = spec.limits
        limits.wallMilliseconds = 0
        limits.cpuMilliseconds = 0
        limits.outputBytes = 0
        buildBytes = spec.buildBytes
        profile = spec.profile
        self.zygote = zygote
        self.ahead = ahead
    }
}

/// The prepared sandboxes of one kind. It says how many it wants; whoever owns it makes them.
final class SandboxPool: Sendable {
    /// For how long a take counts as demand.
    private static let memory = Duration.seconds(20)
    /// A prepared sandbox older than this is thrown away: the system it shows may have changed since.
    static let mostAge = Duration.seconds(300)

    private struct State {
        var ready: [PreparedSandbox] = []
        /// Whose agent is dead; to be drained.
        var lost: [PreparedSandbox] = []
        var making = 0
        var takes: [SuspendingClock.Instant] = []
        var warmTakes = 0
        var emptyTakes = 0
    }

    let kind: SandboxKind
    let least: Int
    private let most: Int
    private let clock = SuspendingClock()
    private let state = Mutex(State())

    init(kind: SandboxKind, least: Int, most: Int) {
        self.kind = kind
        self.least = min(least, most)
        self.most = most
    }

    /// How many there are, with those that are being made.
    var count: Int { state.withLock { $0.ready.count + $0.making } }
    var readyCount: Int { state.withLock { $0.ready.count } }
    var counts: (warm: Int, empty: Int) { state.withLock { ($0.warmTakes, $0.emptyTakes) } }

    /// The one that waits longest, and whether there was one: demand is noted either way.
    func take() -> PreparedSandbox? {
        let now = clock.now
        return state.withLock { state in
            state.takes.removeAll { $0.duration(to: now) > Self.memory }
            if state.takes.count < most { state.takes.append(now) }
            while !state.ready.isEmpty {
                let next = state.ready.removeFirst()
                // Its agent may have been killed, by the machine's want of memory for one.
                guard !next.sandbox.guest.hasEnded else {
                    state.lost.append(next)
                    continue
                }
                state.warmTakes += 1
                return next
            }
            state.emptyTakes += 1
            return nil
        }
    }

    /// Whether one more is wanted; it counts as being made until ``made(_:)``.
    func wantsOne() -> Bool {
        let now = clock.now
        return state.withLock { state in
            state.takes.removeAll { $0.duration(to: now) > Self.memory }
            let wanted = min(most, max(least, state.takes.count))
            guard state.ready.count + state.making < wanted else { return false }
            state.making += 1
            return true
        }
    }

    func made(_ sandbox: PreparedSandbox?) {
        state.withLock { state in
            state.making -= 1
            if let sandbox { state.ready.append(sandbox) }
        }
    }

    /// Takes out what is dead, too old or too many; all of it with `everything`. Whoever gets it destroys it.
    func drain(everything: Bool) -> [PreparedSandbox] {
        let now = clock.now
        return state.withLock { state in
            state.takes.removeAll { $0.duration(to: now) > Self.memory }
            let wanted = everything ? 0 : min(most, max(least, state.takes.count))
            var drained = state.lost
            state.lost = []
            var kept: [PreparedSandbox] = []
            for one in state.ready {
                let isOld = one.since.duration(to: now) > Self.mostAge
                if isOld || one.sandbox.guest.hasEnded || kept.count >= wanted {
                    drained.append(one)
                } else {
                    kept.append(one)
                }
            }
            state.ready = kept
            return drained
        }
    }

    /// Nothing is ready, being made or wanted.
    var isIdle: Bool {
        let now = clock.now
        return state.withLock { state in
            least == 0 && state.ready.isEmpty && state.lost.isEmpty && state.making == 0
                && !state.takes.contains { $0.duration(to: now) <= Self.memory }
        }
    }
}
