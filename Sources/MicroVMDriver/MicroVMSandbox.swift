// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore
import Synchronization

/// A virtual machine: its first process is the agent, a control group of ours is around QEMU.
final class MicroVMSandbox: Sandbox {
    let id: String
    let guest: GuestSession
    let creation: Duration
    let enforcement: LimitEnforcement
    let machine: Machine
    private let shape: MachineShape
    private let isDestroyed = Mutex(false)

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

    /// What the host counts is the machine, with QEMU and the guest's kernel.
    func usage() throws(IsolationError) -> SandboxUsage {
        var usage = try machine.cgroup.usage()
        // Of QEMU's own threads.
        usage.processRefusals = 0
        return usage
    }

    func apply(_ limits: Limits) throws(IsolationError) {
        try machine.cgroup.apply(CgroupLimits(shape, milliCPU: limits.milliCPU))
        guest.setLimits(MachinePlanner.changed(limits))
    }

    func freeze() async throws(IsolationError) {
        try await machine.cgroup.freeze()
    }

    func thaw() async throws(IsolationError) {
        try machine.cgroup.setFrozen(false)
    }

    func destroy() async throws(IsolationError) {
        let isFirst = isDestroyed.withLock { destroyed in
            defer { destroyed = true }
            return !destroyed
        }
        guard isFirst else { return }
        guest.close()
        try await machine.end()
    }
}
