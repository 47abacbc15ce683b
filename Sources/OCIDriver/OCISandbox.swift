// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// A container that an OCI runtime made: its first process is the agent, a control group of ours is around it.
final class OCISandbox: Sandbox {
    let id: String
    let guest: GuestSession
    let creation: Duration
    let enforcement: LimitEnforcement
    private let container: Container
    private let runtime: OCIRuntime

    var limitsEnforcedBy: String { container.cgroup.version.rawValue }

    init(
        id: String, guest: GuestSession, creation: Duration, enforcement: LimitEnforcement, container: Container,
        runtime: OCIRuntime
    ) {
        self.id = id
        self.guest = guest
        self.creation = creation
        self.enforcement = enforcement
        self.container = container
        self.runtime = runtime
    }

    func usage() throws(IsolationError) -> SandboxUsage {
        var usage = try container.cgroup.usage()
        // Of threads of gVisor's own.
        if runtime.hasOwnKernel { usage.processRefusals = 0 }
        return usage
    }

    /// gVisor's kernel keeps for a moment what programs gave back.
    func apply(_ limits: Limits) async throws(IsolationError) {
        try await container.cgroup.applyPatiently(runtime.groupLimits(limits))
        if runtime.hasOwnKernel { guest.setLimits([GVisor.processes(limits)]) }
    }

    func freeze() async throws(IsolationError) {
        try await container.cgroup.freeze()
    }

    func thaw() async throws(IsolationError) {
        try container.cgroup.setFrozen(false)
    }

    func destroy() async throws(IsolationError) {
        guest.close()
        try await container.end()
    }
}

extension OCIRuntime {
    /// Of the group of a container that runs: the agent is in it, the runtime's own process no more.
    func groupLimits(_ limits: Limits) -> CgroupLimits {
        CgroupLimits(limits, ownProcesses: hasOwnKernel ? GVisor.hostThreads(limits) : 1)
    }
}
