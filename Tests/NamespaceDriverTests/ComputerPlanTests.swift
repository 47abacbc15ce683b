// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore
import Testing

@testable import NamespaceDriver

/// The plan of a computer, without privileges: what must come before what, and what may be gained.
@Suite struct ComputerPlanTests {
    private static let parts = ComputerParts(
        sudo: [1, 2, 3], seccomp: [UInt8](repeating: 0, count: 8), hidden: ["/etc/shadow", "/usr/bin/sudo"])

    private static func steps() -> [GuestStep] {
        let view = HostView(
            entries: [
                .tree("/usr"), .symlink("/bin", target: "usr/bin"), .tree("/etc/alternatives"), .copy("/etc/services"),
            ],
            readablePaths: ["/usr", "/etc"])
        let planner = SandboxPlanner(
            view: view, isRoot: true, landlockABI: 6, hasOverlay: true, seccomp: [], bootTime: 1_700_000_000,
            hasCgroup: true, mostOpenFiles: 4096)
        return planner.computerSteps(
            SandboxSpec(id: "x", limits: .standard, profile: .computer),
            identity: .unprivileged(user: 501, group: 501), parts: parts)
    }

    /// The last of a name: the agent changes its identity twice, first to root of the new namespace.
    private static func position(_ name: String) throws -> Int {
        try #require(steps().lastIndex { $0.name == name }, "\(name) is missing")
    }

    @Test(arguments: [
        ("make_mounts_private", "mount_writable_root"), ("mount_writable_root", "own_tree"), ("mount_proc", "mask"),
        ("mask", "mount_setuid"), ("mount_setuid", "enter_root"),
        ("enter_root", "prepare_limits"),
        ("allow_root", "enter_seccomp"), ("enter_seccomp", "set_identity"), ("set_identity", "die_with_host"),
        ("die_with_host", "protect_agent"),
    ])
    func order(first: String, second: String) throws {
        #expect(try Self.position(first) < Self.position(second))
    }

    @Test func nothingFollowsThatCouldUndoTheWalls() throws {
        let steps = Self.steps()
        #expect(steps.last == .protectAgent(keep: SandboxLayout.agentCapabilities, noNewPrivileges: false))
        // The filter and what it takes are once, and no other filter or Landlock is promised to programs.
        for name in ["enter_seccomp", "allow_root", "enter_root", "mount_setuid"] {
            #expect(steps.count { $0.name == name } == 1, "\(name)")
        }
        for name in ["prepare_seccomp", "prepare_landlock", "seal_root"] {
            #expect(!steps.contains { $0.name == name }, "\(name)")
        }
    }

    @Test func rootGainsOnlyWhatCountsInside() {
        let steps = Self.steps()
        #expect(steps.contains(.allowRoot(capabilities: 0x404FB)))
        // SYS_ADMIN, SYS_PTRACE, SYS_MODULE, NET_ADMIN, NET_RAW, MKNOD, DAC_READ_SEARCH, SYS_RAWIO, SETFCAP, SETPCAP
        for dangerous in [21, 19, 16, 12, 13, 27, 2, 17, 31, 8] {
            #expect(ComputerLayout.rootCapabilities & 1 << UInt64(dangerous) == 0, "capability \(dangerous)")
        }
        #expect(ComputerLayout.agentID != SandboxLayout.programID && ComputerLayout.agentID != 0)
    }

    @Test func everyTreeIsAttachedBeforeItIsMadeTheComputersOwn() {
        let steps = Self.steps()
        for (index, step) in steps.enumerated() {
            guard case .ownTree(let path) = step else { continue }
            guard case .attach(_, path) = steps[index - 1] else {
                Issue.record("\(path) is not attached")
                continue
            }
        }
        #expect(steps.count { $0.name == "own_tree" } == 2)
    }

    @Test func theOneSetuidFileIsOurs() {
        let steps = Self.steps()
        #expect(steps.contains(.mountSetuid(path: "/usr/bin/sudo", content: [1, 2, 3])))
        // It is mounted over what the host has there, so that is not masked; everything else that is closed is.
        #expect(steps.contains(.mask(path: "/etc/shadow")) && !steps.contains(.mask(path: "/usr/bin/sudo")))
        for case .bind(let host, _, let attributes) in steps where !host.hasPrefix("/dev/") {
            #expect(
                MountAttributes(rawValue: attributes).isSuperset(of: [.readOnly, .noSetuid, .noDevices]), "\(host)")
        }
    }

    @Test func theDiskIsOneForEverything() {
        let limits = Limits.standard
        #expect(
            Self.steps().contains(
                .mountWritableRoot(
                    bytes: UInt64(limits.diskBytes) + UInt64(ComputerLayout.ownBytes),
                    inodes: UInt64(limits.inodes) + UInt64(ComputerLayout.ownInodes))))
    }
}
