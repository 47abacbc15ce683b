// SPDX-License-Identifier: Apache-2.0
package import GuestWire
import LinuxSystem
package import NestboxCore

/// Limits of setrlimit(2) that every program of a sandbox gets.
package enum ResourceLimits {
    private static let stackBytes: UInt64 = 64 << 20
    /// Threads get stacks of the same size, which count as memory of the process where nothing better does.
    private static let stackBytesWithoutCgroup: UInt64 = 8 << 20

    /// - Parameters:
    ///   - mostOpenFiles: Hard limit of this process; a sandbox cannot have more.
    ///   - hasCgroup: Whether a control group holds memory, processes and CPU.
    package static func all(_ limits: Limits, mostOpenFiles: UInt64, hasCgroup: Bool) -> [GuestStep.GuestLimit] {
        let always: [ResourceLimit] = [
            // No core files: they would be written to the sandbox's quota, or piped to a host program by core_pattern.
            ResourceLimit(.core, 0),
            ResourceLimit(.openFiles, min(UInt64(limits.openFiles), mostOpenFiles)),
            ResourceLimit(.stack, hasCgroup ? stackBytes : stackBytesWithoutCgroup),
            ResourceLimit(.lockedMemory, 64 << 10),
            ResourceLimit(.messageQueues, 819_200),
            ResourceLimit(.pendingSignals, 1024),
            ResourceLimit(.niceCeiling, 0),
            ResourceLimit(.realtimePriority, 0),
        ]
        return always.map(guestLimit) + (hasCgroup ? [] : insteadOfCgroup(limits))
    }

    /// Memory and CPU time of each process; processes of the sandbox, which has a user namespace of its own to count them in
    /// (kernel 5.14, user_namespaces(7)).
    package static func insteadOfCgroup(_ limits: Limits) -> [GuestStep.GuestLimit] {
        [
            // Private writable memory. Not the address space: Node.js, Java and Go reserve gigabytes of it and use none.
            ResourceLimit(.data, UInt64(limits.memoryBytes)),
            // The guest agent is counted too.
            ResourceLimit(.processes, UInt64(limits.processes) + 1),
            // The host ends the run before; this is for what it does not see.
            ResourceLimit(.cpu, UInt64((limits.cpuMilliseconds + 1999) / 1000)),
        ].map(guestLimit)
    }

    /// What these limits amount to.
    package static let enforcement = LimitEnforcement(
        memory: .process, processes: .sandbox, cpuTime: .watched, cpuRate: .none, memoryPeak: .watched,
        tellsRefusals: false)

    private static func guestLimit(_ limit: ResourceLimit) -> GuestStep.GuestLimit {
        .init(resource: limit.resource.rawValue, soft: limit.soft, hard: limit.hard)
    }
}
