// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// Which host ids stand behind the ids inside one sandbox.
///
/// Inside, programs are always uid and gid 1000. As root, the agent is uid 0 of the namespace and each sandbox has host
/// ids that nothing else on the machine uses. An ordinary user may map only itself, so agent and programs then share
/// its id, and the agent is protected by being undumpable, hidden and PID 1.
struct SandboxIdentity: Sendable {
    let agentID: UInt32
    let uidMap: String
    let gidMap: String
    let dropGroups: Bool
    let deniesSetgroups: Bool
    /// Held as long as the sandbox lives.
    let lease: IDRangeLease?

    static func unprivileged(user: UInt32, group: UInt32) -> SandboxIdentity {
        SandboxIdentity(
            agentID: SandboxLayout.programID, uidMap: "\(SandboxLayout.programID) \(user) 1\n",
            gidMap: "\(SandboxLayout.programID) \(group) 1\n",
            dropGroups: false, deniesSetgroups: true, lease: nil)
    }

    static func privileged(_ lease: IDRangeLease) -> SandboxIdentity {
        let map = "0 \(lease.base) 1\n\(SandboxLayout.programID) \(lease.base + SandboxLayout.programID) 1\n"
        return SandboxIdentity(
            agentID: 0, uidMap: map, gidMap: map, dropGroups: true, deniesSetgroups: false, lease: lease)
    }

    /// Of a computer: all of a range, so that root can give files to any user there, as installing software does.
    static func computer(_ lease: IDRangeLease) -> SandboxIdentity {
        let map = "0 \(lease.base) \(IDRangeAllocator.idsPerSandbox)\n"
        return SandboxIdentity(
            agentID: 0, uidMap: map, gidMap: map, dropGroups: true, deniesSetgroups: false, lease: lease)
    }

    /// Writes the maps of a new user namespace (user_namespaces(7)). The gid map of an ordinary user needs setgroups(2)
    /// denied first.
    func write(to pid: Int32) throws(SystemError) {
        if deniesSetgroups { try Files.writeText("deny", to: "/proc/\(pid)/setgroups") }
        try Files.writeText(uidMap, to: "/proc/\(pid)/uid_map")
        try Files.writeText(gidMap, to: "/proc/\(pid)/gid_map")
    }
}
