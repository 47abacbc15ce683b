// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import Synchronization

/// What there is of one container on the host, and how it is removed.
final class Container: Sendable {
    /// A runtime whose container has ended removes what it made and ends; one that takes longer is killed.
    private static let runtimeAttempts = 1000
    private static let killAttempts = 2000

    let id: String
    let cgroup: Cgroup
    private let cgroups: CgroupParent
    private let workshop: Workshop
    private let ending: SandboxEnd
    /// The runtime's process, which waits for the container; nil until it was started.
    private let process = Mutex<SharedDescriptor?>(nil)

    init(id: String, cgroup: Cgroup, cgroups: CgroupParent, workshop: Workshop, lease: IDRangeLease) {
        self.id = id
        self.cgroup = cgroup
        self.cgroups = cgroups
        self.workshop = workshop
        ending = SandboxEnd(lease: lease)
    }

    func hasStarted(_ process: SharedDescriptor) {
        self.process.withLock { $0 = process }
    }

    /// Why the runtime gave up, when it did; waits a moment for it to say so.
    func failure() async -> String {
        if let process = process.withLock({ $0 }) { _ = try? await Self.end(of: process, attempts: 100) }
        return await workshop.log(id)
    }

    /// Kills everything inside and removes every trace, once.
    func end() async throws(IsolationError) {
        try await ending.once { [self] () throws(IsolationError) in try await killAndRemove() }
    }

    private func killAndRemove() async throws(IsolationError) {
        // The container's processes first: the runtime, outside the group, then sees its container end, waits for it and
        // removes what it made.
        for attempt in 0..<Self.killAttempts {
            cgroup.kill()
            if cgroup.isEmpty { break }
            try? await Task.sleep(for: .milliseconds(attempt < 20 ? 1 : 5))
        }
        do throws(SystemError) {
            if let process = process.withLock({ $0 }) {
                if try await !Self.end(of: process, attempts: Self.runtimeAttempts) {
                    try Processes.signal(process.raw, Processes.sigKill)
                    try await DescriptorWait.readable(process.raw)
                }
                _ = try Processes.wait(process.raw)
            }
        } catch {
            throw IsolationError(.cleanupFailed, step: "end the container's runtime", message: "\(error)")
        }
        await workshop.remove(id)
        cgroups.removeRuntimeGroup(id)
        try await cgroup.removeWhenEmpty()
    }

    /// Waits for the end of a process, a bounded while. False when it goes on.
    private static func end(of process: SharedDescriptor, attempts: Int) async throws(SystemError) -> Bool {
        for attempt in 0..<attempts {
            if try Processes.hasEnded(process.raw) { return true }
            try? await Task.sleep(for: .milliseconds(attempt < 50 ? 1 : 5))
        }
        return try Processes.hasEnded(process.raw)
    }
}
