// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore
import Synchronization

/// A virtual machine: its first process is the agent, a control group of ours is around QEMU.
final class MicroVMSandbox: Sandbox {
    /// How often the machine is asked, at most: an emulated one computes for a millisecond to answer.
    private static let measureNanoseconds: UInt64 = 500_000_000

    let id: String
    let guest: GuestSession
    let creation: Duration
    let enforcement: LimitEnforcement
    let machine: Machine
    private let shape: MachineShape
    /// When the machine was asked last.
    private let measured = Mutex<UInt64>(0)

    var limitsEnforcedBy: String { machine.cgroup.version.rawValue }

    init(
        id: String, guest: GuestSession, creation: Duration, enforcement: LimitEnforcement, machine: Machine,
        shape: MachineShape
    ) {
        self.id = id
        self.guest = guest
        self.creation = creation
        self.enforcement = enforcement
        self.machine = machine
        self.shape = shape
    }

    /// CPU time is the machine's, as the host counts it. Memory and processes are the programs', as the guest's kernel counts them; it tells
    /// when one ends or is killed, and now and then.
    func usage() throws(IsolationError) -> SandboxUsage {
        var usage = try machine.cgroup.usage()
        let now = MonotonicClock.nanoseconds
        let isDue = measured.withLock { last in
            guard now - last >= Self.measureNanoseconds else { return false }
            last = now
            return true
        }
        if isDue { guest.measure() }
        let told = guest.programUsage
        usage.memoryBytes = Int(clamping: told?.memoryBytes ?? 0)
        usage.memoryPeakBytes = Int(clamping: told?.memoryPeakBytes ?? 0)
        // QEMU itself may have been killed, too.
        usage.memoryKills += Int(clamping: min(told?.memoryKills ?? 0, UInt64(UInt32.max)))
        usage.processRefusals = Int(clamping: told?.processRefusals ?? 0)
        return usage
    }

    func apply(_ limits: Limits) throws(IsolationError) {
        try machine.cgroup.apply(CgroupLimits(shape, milliCPU: limits.milliCPU))
        guest.limitPrograms(memoryBytes: limits.memoryBytes, processes: limits.processes)
    }

    func freeze() async throws(IsolationError) {
        try await machine.cgroup.freeze()
    }

    func thaw() async throws(IsolationError) {
        try machine.cgroup.setFrozen(false)
    }

    func destroy() async throws(IsolationError) {
        guest.close()
        try await machine.end()
    }
}
