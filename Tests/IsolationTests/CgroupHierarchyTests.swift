// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Isolation

/// Layouts as /proc shows them on real machines.
@Suite struct CgroupHierarchyTests {
    private static let v2 =
        "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let hybrid = """
        40 20 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        41 20 0:31 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
        42 20 0:32 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        43 20 0:33 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
        44 20 0:34 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

        """

    @Test func version2WithControllersIsUsed() throws {
        let found = try CgroupHierarchy.parse(
            mountInfo: Self.v2, ownGroups: "0::/user.slice/session-1.scope\n",
            v2Controllers: { $0 == "/sys/fs/cgroup" ? "cpuset cpu io memory pids\n" : nil })
        #expect(found.version == .v2)
        #expect(found.own == ["": "/user.slice/session-1.scope"])
        #expect(found.directories(of: "/nestbox").map(\.directory) == ["/sys/fs/cgroup/nestbox"])
    }

    /// A container without a cgroup namespace sees its own group at the mount point, and its full path in /proc.
    @Test func pathsOfAContainerBeginAtItsMount() throws {
        let found = try CgroupHierarchy.parse(
            mountInfo: "30 23 0:26 /box/7 /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n",
            ownGroups: "0::/box/7/app\n",
            v2Controllers: { _ in "cpu memory pids" })
        func directory(_ path: String) -> String? { found.directories(of: path).first?.directory }
        #expect(directory("/box/7/app") == "/sys/fs/cgroup/app")
        #expect(directory("/box/7") == "/sys/fs/cgroup")
        #expect(directory("/box/77") == "/sys/fs/cgroup/box/77")
        #expect(directory("/nestbox") == "/sys/fs/cgroup/nestbox")
        #expect(directory("/") == "/sys/fs/cgroup")
    }

    @Test func ofSeveralMountsAtOnePlaceTheLastIsSeen() throws {
        let found = try CgroupHierarchy.parse(
            mountInfo: Self.v2
                + "90 30 0:26 /box /sys/fs/cgroup rw - cgroup2 none rw\n91 30 0:26 /x /elsewhere rw - cgroup2 none rw\n",
            ownGroups: "0::/box\n", v2Controllers: { $0 == "/sys/fs/cgroup" ? "cpu memory pids" : "" })
        #expect(found.directories(of: "/box/a").first?.directory == "/sys/fs/cgroup/a")
    }

    /// Else every start from one shell would go a level deeper.
    @Test(arguments: [
        ("/user/a", "/user/a"), ("/user/a/supervisor", "/user/a"), ("/supervisor", "/"), ("/", "/"),
        ("/user/supervisor/b", "/user/supervisor/b"), ("/user/asupervisor", "/user/asupervisor"),
    ])
    func theLeafOfAnEarlierStartStandsForItsGroup(own: String, path: String) throws {
        let found = try CgroupHierarchy.parse(
            mountInfo: Self.v2, ownGroups: "0::\(own)\n", v2Controllers: { _ in "cpu memory pids" })
        #expect(CgroupParent.ownPath(found) == path)
    }

    @Test(arguments: [(CgroupHierarchy.Version.v1, "memory.memsw.limit_in_bytes"), (.v2, "memory.swap.max")])
    func swapIsLimitedWhereTheKernelHasTheFileForIt(version: CgroupHierarchy.Version, file: String) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        #expect(!Cgroup.limitsSwap(version, memoryDirectory: directory.path))
        try Data().write(to: directory.appending(path: file))
        #expect(Cgroup.limitsSwap(version, memoryDirectory: directory.path))
    }

    @Test func hybridHostUsesVersion1WhereTheControllersAre() throws {
        let found = try CgroupHierarchy.parse(
            mountInfo: Self.hybrid, ownGroups: "4:memory:/a\n3:cpu,cpuacct:/b\n2:pids:/\n1:freezer:/\n0::/\n",
            v2Controllers: { _ in "hugetlb" })
        #expect(found.version == .v1)
        #expect(found.own["memory"] == "/a" && found.own["cpuacct"] == "/b")
        #expect(
            found.directories(of: "/n").map(\.directory) == [
                "/sys/fs/cgroup/memory/n", "/sys/fs/cgroup/pids/n", "/sys/fs/cgroup/cpu,cpuacct/n",
                "/sys/fs/cgroup/cpu,cpuacct/n",
                "/sys/fs/cgroup/freezer/n",
            ])
    }

    @Test func missingControllersAreNamed() {
        let without = Self.hybrid.split(separator: "\n").filter { !$0.contains("pids") && !$0.contains("freezer") }
            .joined(separator: "\n")
        #expect {
            try CgroupHierarchy.parse(mountInfo: without, ownGroups: "", v2Controllers: { _ in "hugetlb" })
        } throws: { error in
            (error as? IsolationError)?.code == .unavailable && "\(error)".contains("lacks pids, freezer")
        }
    }

    @Test func nothingMountedIsUnavailable() {
        #expect(throws: IsolationError.self) {
            try CgroupHierarchy.parse(mountInfo: "", ownGroups: "", v2Controllers: { _ in nil })
        }
    }
}

@Suite struct CgroupCounterTests {
    @Test func fieldsAreFoundByTheirWholeName() {
        let text = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"
        #expect(Cgroup.field("oom_kill", in: text) == 3)
        #expect(Cgroup.field("max", in: text) == 0)
        #expect(Cgroup.number("4096\n") == 4096)
        #expect(Cgroup.number("max\n") == 0)
    }
}

@Suite struct ProcessInstanceTests {
    @Test func namesComeBack() throws {
        let instance = try ProcessInstance.current
        #expect(ProcessInstance(name: instance.name) == instance)
        #expect(instance.isAlive)
    }

    @Test func aReusedNumberIsNotTheSameProcess() throws {
        let own = try ProcessInstance.current
        #expect(!ProcessInstance(pidNamespace: own.pidNamespace, pid: own.pid, startTime: own.startTime + 1).isAlive)
        #expect(!ProcessInstance(pidNamespace: own.pidNamespace, pid: 4_190_000, startTime: 1).isAlive)
    }

    @Test func processesOfOtherNamespacesAreLeftAlone() throws {
        let own = try ProcessInstance.current
        #expect(ProcessInstance(pidNamespace: own.pidNamespace + 1, pid: 4_190_000, startTime: 1).isAlive)
    }

    @Test(arguments: ["", "run-1-2", "run-1-2-3-4", "run-x-2-3", "other-1-2-3", "run-1-2--3"])
    func foreignDirectoriesAreNotOurs(name: String) {
        #expect(ProcessInstance(name: name) == nil)
    }
}
