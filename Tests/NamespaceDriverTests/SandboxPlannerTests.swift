// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore
import Testing

@testable import NamespaceDriver

/// The plan, without privileges: what must come before what, and that nothing is left out.
@Suite struct SandboxPlannerTests {
    private static let view = HostView(
        entries: [.tree("/usr"), .symlink("/bin", target: "usr/bin"), .file("/etc/ld.so.cache")],
        readablePaths: ["/usr", "/etc"])

    private static func planner(landlockABI: Int = 6, hasOverlay: Bool = true, hasCgroup: Bool = true) -> SandboxPlanner
    {
        SandboxPlanner(
            view: view, isRoot: false, landlockABI: landlockABI, hasOverlay: hasOverlay,
            seccomp: [UInt8](repeating: 0, count: 8), bootTime: 1_700_000_000,
            hasCgroup: hasCgroup,
            mostOpenFiles: 512)
    }

    private static func steps(
        _ planner: SandboxPlanner = planner(), spec: SandboxSpec = SandboxSpec(id: "x", limits: .standard),
        passesMounts: Bool = false
    ) -> [GuestStep] {
        planner.steps(spec, identity: .unprivileged(user: 501, group: 501), passesMounts: passesMounts)
    }

    private static func position(_ name: String, in steps: [GuestStep]) throws -> Int {
        try #require(steps.firstIndex { $0.name == name }, "\(name) is missing")
    }

    @Test(arguments: [
        ("set_oom_score", "set_identity"), ("set_identity", "die_with_host"), ("make_mounts_private", "mount_root"),
        ("mount_root", "bind"), ("mount_proc", "mask_all"), ("mask_all", "make_read_only"),
        ("make_read_only", "enter_root"),
        ("mount_scratch", "enter_root"), ("enter_root", "seal_root"), ("seal_root", "prepare_landlock"),
        ("prepare_landlock", "protect_agent"), ("prepare_seccomp", "protect_agent"),
        ("prepare_limits", "protect_agent"),
        ("prepare_identity", "protect_agent"),
    ])
    func order(first: String, second: String) throws {
        let steps = Self.steps()
        #expect(try Self.position(first, in: steps) < Self.position(second, in: steps))
    }

    @Test func everyDirectoryIsMadeBeforeItIsUsedAndOnce() {
        var made: Set<String> = ["/"]
        for step in Self.steps(spec: SandboxSpec(id: "x", limits: .standard, buildBytes: 1 << 20)) {
            switch step {
            case .makeDirectory(let path, _):
                #expect(made.contains(parent(path)), "\(path) before its parent")
                #expect(made.insert(path).inserted, "\(path) twice")
            case .writeFile(let path, _, _):
                #expect(made.contains(parent(path)))
                #expect(made.insert(path).inserted, "\(path) twice")
            case .makeSymlink(let path, _): #expect(made.contains(parent(path)))
            case .bind(_, let path, _): #expect(made.contains(path), "\(path) has nothing to mount on")
            case .mountScratch(_, _, let directories):
                for directory in directories { #expect(made.contains(directory.path), "\(directory.path) is missing") }
            default: continue
            }
        }
    }

    private func parent(_ path: String) -> String {
        let components = path.split(separator: "/").dropLast()
        return "/" + components.joined(separator: "/")
    }

    @Test func hostPathsAreReadOnlyWithoutSetuidAndDevices() {
        let needed: MountAttributes = [.readOnly, .noSetuid]
        for case .bind(let host, _, let attributes) in Self.steps() {
            #expect(MountAttributes(rawValue: attributes).isSuperset(of: needed), "\(host)")
            if !host.hasPrefix("/dev/") {
                #expect(MountAttributes(rawValue: attributes).contains(.noDevices), "\(host)")
            }
        }
    }

    @Test func writableSpaceIsOneFileSystemWithBothLimits() throws {
        var limits = Limits.standard
        limits.diskBytes = 1234
        limits.inodes = 56
        let scratch = Self.steps(spec: SandboxSpec(id: "x", limits: limits)).filter { $0.name == "mount_scratch" }
        guard case .mountScratch(1234, 56, let directories)? = scratch.first, scratch.count == 1 else {
            Issue.record("unexpected scratch: \(scratch)")
            return
        }
        #expect(Set(directories.map(\.path)) == ["/home/user", "/tmp", "/var/tmp", "/dev/shm"])
    }

    @Test func confinementIsCompleteWithEveryLayer() throws {
        let steps = Self.steps()
        guard case .prepareSeccomp(let program)? = steps.first(where: { $0.name == "prepare_seccomp" }) else {
            Issue.record("no seccomp")
            return
        }
        #expect(!program.isEmpty)
        guard case .prepareLimits(let limits)? = steps.first(where: { $0.name == "prepare_limits" }) else {
            Issue.record("no limits")
            return
        }
        let core = limits.first { $0.resource == ResourceLimit.Resource.core.rawValue }
        #expect(core?.hard == 0)
        let files = limits.first { $0.resource == ResourceLimit.Resource.openFiles.rawValue }
        #expect(files?.hard == 512, "no more than the host process itself may have")
        #expect(steps.last == .protectAgent(keep: SandboxLayout.agentCapabilities, noNewPrivileges: true))
    }

    @Test func withoutLandlockTheRestStays() {
        let names = Set(Self.steps(Self.planner(landlockABI: 0)).map(\.name))
        #expect(!names.contains("prepare_landlock"))
        #expect(names.contains("prepare_seccomp"))
    }

    @Test func withoutCgroupsMemoryProcessesAndTimeAreResourceLimits() {
        guard
            case .prepareLimits(let limits)? = Self.steps(Self.planner(hasCgroup: false)).first(where: {
                $0.name == "prepare_limits"
            })
        else {
            Issue.record("no limits")
            return
        }
        let resources = Set(limits.map(\.resource))
        for needed in [ResourceLimit.Resource.data, .processes, .cpu] { #expect(resources.contains(needed.rawValue)) }
    }

    @Test func passedMountsReplaceTheBind() {
        let steps = Self.steps(passesMounts: true)
        #expect(steps.contains(.attach(index: 0, path: "/usr")))
        #expect(!steps.contains { if case .bind("/usr", _, _) = $0 { true } else { false } })
    }

    @Test func everyTreeGetsInodesOfItsOwnAfterItIsThere() throws {
        let steps = Self.steps(passesMounts: true)
        let attached = try #require(steps.firstIndex(of: .attach(index: 0, path: "/usr")))
        #expect(steps.firstIndex(of: .ownInodes(path: "/usr")) == attached + 1)
        #expect(!Self.steps(Self.planner(hasOverlay: false)).contains { $0.name == "own_inodes" })
    }

    @Test func memoryAndProcessorsShowTheLimits() throws {
        let files = MadeUpKernelFiles.files(
            limits: Limits(
                wallMilliseconds: 1, cpuMilliseconds: 1, memoryBytes: 256 << 20, outputBytes: 1, processes: 1,
                diskBytes: 1, inodes: 1,
                openFiles: 1, milliCPU: 1500), bootTime: 1_700_000_000)
        let content = Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.content) })
        #expect(content["meminfo"]?.hasPrefix("MemTotal:         262144 kB\n") == true)
        #expect(content["meminfo"]?.contains("SwapTotal:             0 kB\n") == true)
        #expect(content["stat"]?.contains("\ncpu1 ") == true && content["stat"]?.contains("\ncpu2 ") == false)
        #expect(content["stat"]?.contains("\nbtime 1700000000\n") == true)
    }

    @Test func theAgentKeepsNoCapabilityOverTheHost() {
        // None of SYS_ADMIN 21, NET_ADMIN 12, SYS_PTRACE 19, SYS_MODULE 16, MKNOD 27, SYS_RAWIO 17.
        for capability in [12, 16, 17, 19, 21, 27] {
            #expect(SandboxLayout.agentCapabilities & (1 << capability) == 0)
        }
    }
}

@Suite struct HostViewTests {
    @Test func showsNoSecretOfTheHost() throws {
        let view = try HostView.detect(extraPaths: [], configurationEntries: ["shadow", "ssh", "sudoers", "../root"])
        let shown = view.entries.map { entry in
            switch entry {
            case .tree(let path), .file(let path), .copy(let path), .symlink(let path, _): path
            }
        }
        for secret in [
            "/etc/shadow", "/etc/sudoers", "/etc/machine-id", "/etc/hostname", "/etc/hosts", "/etc/passwd", "/root",
            "/home",
        ] {
            #expect(!shown.contains(secret))
        }
        #expect(shown.contains("/usr"))
    }

    @Test(arguments: ["relative", "/a/../b", "/", "/does/not/exist"])
    func refusesExtraPathsThatAreNotPlain(path: String) {
        #expect(throws: IsolationError.self) { try HostView.detect(extraPaths: [path], configurationEntries: []) }
    }

    @Test func extraPathsAreShownAndReadable() throws {
        let view = try HostView.detect(extraPaths: ["/usr/share/zoneinfo"], configurationEntries: [])
        #expect(view.entries.contains(.tree("/usr/share/zoneinfo")))
        #expect(view.readablePaths.contains("/usr/share/zoneinfo"))
    }
}
