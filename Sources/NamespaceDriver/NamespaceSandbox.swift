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
    private let identity: SandboxIdentity
    private let isDestroyed = Mutex(false)
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
        self.identity = identity
        self.enforcement = enforcement
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
        let isFirst = isDestroyed.withLock { destroyed in
            defer { destroyed = true }
            return !destroyed
        }
        guard isFirst else { return }
        guest.close()
        try await Self.end(process: process, cgroup: cgroup, identity: identity)
    }

    /// Kills PID 1, and with it every process of its pid namespace (pid_namespaces(7)), then removes the group.
    ///
    /// Goes on when the caller's task is cancelled: a task of its own does the work, and this call waits for it.
    static func end(
        process: SharedDescriptor, cgroup: Cgroup?, identity: SandboxIdentity
    ) async throws(IsolationError) {
        let result = await Task { () -> Result<Void, IsolationError> in
            do throws(IsolationError) {
                try await killAndRemove(process: process, cgroup: cgroup)
                return .success(())
            } catch {
                // What may still run keeps its ids: nobody else gets them from this process.
                if let lease = identity.lease { quarantine.withLock { $0.append(lease) } }
                return .failure(error)
            }
        }.value
        try result.get()
    }

    private static let quarantine = Mutex<[IDRangeLease]>([])

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
