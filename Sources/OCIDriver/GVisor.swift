// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem
import NestboxCore

/// Where gVisor's kernel differs from Linux's.
enum GVisor {
    /// It refuses to set limits that it does not have.
    private static let unknown: Set<UInt32> = Set(
        [ResourceLimit.Resource.messageQueues, .pendingSignals, .niceCeiling, .realtimePriority].map(\.rawValue))

    static func known(_ limits: [GuestStep.GuestLimit]) -> [GuestStep.GuestLimit] {
        limits.filter { !unknown.contains($0.resource) }
    }

    /// Its processes and threads are not the host's, whose control group cannot count them; it counts those of each user itself,
    /// and all programs are one user's. The program that the agent starts counts as the agent's.
    static func processes(_ limits: Limits) -> GuestStep.GuestLimit {
        let most = UInt64(max(0, limits.processes - 1))
        return .init(resource: ResourceLimit.Resource.processes.rawValue, soft: most, hard: most)
    }

    /// Threads of the host that gVisor may need beside so many processes of its own: six for each, as measured, and a hundred for
    /// itself. It ends when it gets none, so this is a bound for gVisor and not for programs.
    static func hostThreads(_ limits: Limits) -> Int { 16 * limits.processes + 512 }

    /// With less it does not start.
    static let leastMemoryBytes = 32 << 20

    /// About what a sandbox takes that waits with an interpreter in it.
    static let preparedBytes = 64 << 20
}
