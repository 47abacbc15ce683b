// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore
import Synchronization

/// A sandbox of the namespace driver: an agent that is PID 1 of its namespaces, and a control group around it.
final class NamespaceSandbox: Sandbox {

    let id: String
    let guest: GuestSession
    let creation: Duration
    let limitsEnforcedBy: String
    let enforcement: LimitEnforcement

    private let process: SharedDescriptor
    private let pid: Int32
    private let cgroup: Cgroup?
    private let ending: SandboxEnd
    /// The most memory that was seen in use, where no control group counts.
    private let memoryPeakSeen = Mutex(0)

    init(
        id: String, guest: GuestSession, creation: Duration, process: SharedDescriptor, pid: Int32, cgroup: Cgroup?,
        enforcement: LimitEnforcement, identity: SandboxIdentity
    ) {
        self.id = id
        self.guest = guest
        self.creation = creation
        self.process = process
        self.pid = pid
        self.cgroup = cgroup
        self.enforcement = enforcement
        ending = SandboxEnd(lease: identity.lease)
        limitsEnforcedBy = cgroup?.version.rawValue ?? "rlimit"
    }

    /// What a zygote needs to put a child into this sandbox: its namespaces, and the way into the control group.
    func openEntry() throws(IsolationError) -> Entry {
        let groups = try cgroup?.openEntry() ?? []
        do throws(SystemError) {
            let namespaces = try Self.entered.map { name throws(SystemError) in
                SharedDescriptor(try Files.open("/proc/\(pid)/ns/\(name)", .readOnly))
            }
            return Entry(namespaces: namespaces, groups: groups, isVersion2: cgroup?.version == .v2)
        } catch {
            throw IsolationError(.setupFailed, step: "open namespaces", message: "\(error)")
        }
    }

    struct Entry: Sendable {
        let namespaces: [SharedDescriptor]
        let groups: [SharedDescriptor]
        let isVersion2: Bool
    }

    /// In the order in which they are entered: the user namespace gives the right to enter the others. As nz_birth() expects them.
    private static let entered = ["user", "pid", "mnt", "net", "ipc", "uts", "cgroup"]

    func usage() throws(IsolationError) -> SandboxUsage {
        if let cgroup { return try cgroup.usage() }
        var usage = ProcessTree.usage(of: pid)
        usage.memoryPeakBytes = memoryPeakSeen.withLock { peak in
            peak = max(peak, usage.memoryPeakBytes)
            return peak
        }
        return usage
    }

    func apply(_ limits: Limits) throws(IsolationError) {
        guard let cgroup else {
            guest.setLimits(ResourceLimits.insteadOfCgroup(limits))
            return memoryPeakSeen.withLock { $0 = 0 }
        }
        try cgroup.apply(CgroupLimits(limits, ownProcesses: 1))
    }

    func freeze() async throws(IsolationError) {
        guard let cgroup else {
            throw IsolationError(
                .unavailable, step: "freeze the sandbox", message: "needs a control group; limits are per process here")
        }
        try await cgroup.freeze()
    }

    func thaw() async throws(IsolationError) {
        try cgroup?.setFrozen(false)
    }

    func destroy() async throws(IsolationError) {
        guest.close()
        try await ending.once { [process, cgroup] () throws(IsolationError) in
            try await Self.killAndRemove(process: process, cgroup: cgroup)
        }
    }

    /// Ends what was to become a sandbox.
    static func end(
        process: SharedDescriptor, cgroup: Cgroup?, identity: SandboxIdentity
    ) async throws(IsolationError) {
        try await SandboxEnd(lease: identity.lease).once { () throws(IsolationError) in
            try await killAndRemove(process: process, cgroup: cgroup)
        }
    }

    /// Kills PID 1, and with it every process of its pid namespace (pid_namespaces(7)), then removes the group.
    private static func killAndRemove(process: SharedDescriptor, cgroup: Cgroup?) async throws(IsolationError) {
        do throws(SystemError) {
            // First what needs nothing: a process that is out of descriptors must still be able to end its sandboxes.
            try Processes.signal(process.raw, Processes.sigKill)
            try await thaw(cgroup, until: process)
            try await DescriptorWait.readable(process.raw)
            _ = try Processes.wait(process.raw)
        } catch {
            throw IsolationError(.cleanupFailed, step: "end the sandbox's processes", message: "\(error)")
        }
        try await cgroup?.removeWhenEmpty()
    }

    /// Lets a frozen group go on, since frozen processes do not die. That takes a descriptor; without one it is tried again
    /// until the killed process has ended anyway.
    private static func thaw(_ cgroup: Cgroup?, until process: SharedDescriptor) async throws(SystemError) {
        while true {
            do throws(SystemError) {
                return try cgroup?.thawIfFrozen() ?? ()
            } catch  where error.isShortage {
                if try Processes.hasEnded(process.raw) { return }
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
    }
}
