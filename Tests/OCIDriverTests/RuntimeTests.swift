// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore
import Testing

@testable import OCIDriver

/// What runtimes are told, what they say, and what is left of them.
@Suite(.serialized, .enabled(if: Processes.userID == 0)) struct RuntimeTests {
    private static let limits = Limits(
        wallMilliseconds: 20_000, cpuMilliseconds: 10_000, memoryBytes: 128 << 20, outputBytes: 1 << 20, processes: 32,
        diskBytes: 16 << 20, inodes: 500, openFiles: 256, milliCPU: 1000)

    private static func spec(_ profile: SandboxProfile = .run) -> SandboxSpec {
        SandboxSpec(id: Identifier.make(prefix: "check"), limits: limits, profile: profile)
    }

    private static func driver(program: String, _ arguments: [String] = []) throws -> OCIDriver {
        try OCIDriver(
            OCIConfiguration(runtime: OCIRuntime(name: "own", kind: .crun, program: program, arguments: arguments)))
    }

    /// Otherwise the suites would pass without having looked at anything.
    @Test func theRuntimesOfTheSuiteAreHere() throws {
        _ = try TestRuntimes.crun.get()
        _ = try TestRuntimes.gvisor.get()
    }

    @Test func runcWorksToo() async throws {
        let sandbox = try await TestRuntimes.driver("runc").makeSandbox(Self.spec())
        #expect(try sandbox.usage().cpu > .zero)
        try await sandbox.destroy()
    }

    @Test func aMissingRuntimeIsUnavailable() throws {
        let error = try #require(throws: IsolationError.self) { try Self.driver(program: "/nonexistent/crun") }
        #expect(error.code == .unavailable && error.message.contains("/nonexistent/crun"))
    }

    @Test func whatTheRuntimeSaysIsTheCause() async throws {
        let driver = try Self.driver(program: "/usr/bin/crun", ["--no-such-option"])
        let error = try await #require(throws: IsolationError.self) { try await driver.makeSandbox(Self.spec()) }
        #expect(error.code == .setupFailed && error.step.contains("/usr/bin/crun"), "\(error)")
        #expect(try await Self.leftovers(of: driver).isEmpty)
    }

    @Test func aProgramThatIsNoRuntimeLeavesNothing() async throws {
        let driver = try Self.driver(program: "/bin/true")
        await #expect(throws: IsolationError.self) { try await driver.makeSandbox(Self.spec()) }
        #expect(try await Self.leftovers(of: driver).isEmpty)
    }

    /// One that neither makes a container nor ends.
    @Test func aRuntimeThatHangsIsEndedAndLeavesNothing() async throws {
        let runtime = OCIRuntime(
            name: "own", kind: .crun, program: "/bin/sh", arguments: ["-c", "while :; do sleep 1; done"])
        let driver = try OCIDriver(OCIConfiguration(runtime: runtime), setupTime: .milliseconds(200))
        let spec = Self.spec()
        let error = try await #require(throws: IsolationError.self) { try await driver.makeSandbox(spec) }
        #expect(error.code == .setupFailed || error.code == .guestFailed)
        #expect(Self.groups(of: spec.id).isEmpty)
        #expect(try await Self.leftovers(of: driver).isEmpty)
    }

    /// Runtimes give their standard streams to the container's user.
    @Test(arguments: ["crun", "gvisor"])
    func theHostsNullStaysTheHosts(_ name: String) async throws {
        let before = try Files.status("/dev/null")
        let sandbox = try await TestRuntimes.driver(name).makeSandbox(Self.spec())
        let after = try Files.status("/dev/null")
        try await sandbox.destroy()
        #expect(after.owner == before.owner)
    }

    @Test(arguments: ["crun", "gvisor"], SandboxProfile.allCases)
    func nobodyInAContainerIsTheHostsRoot(_ name: String, _ profile: SandboxProfile) async throws {
        let spec = Self.spec(profile)
        let sandbox = try await TestRuntimes.driver(name).makeSandbox(spec)
        let program = try await sandbox.guest.start(
            ProgramSpec(arguments: ["/bin/sleep", "100"], environment: [:], directory: "/"))
        let users = try Self.processes(of: spec.id).compactMap { pid in
            try? Files.readText("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("Uid:") }
        }
        program.abandon()
        try await sandbox.destroy()
        // The agent, or gVisor's kernel and its file server; and the program.
        #expect(users.count >= 2)
        for user in users {
            let ids = user.split(separator: "\t").dropFirst()
            #expect(ids.count == 4 && !ids.contains("0"), "\(user)")
        }
    }

    /// Killing a container's processes from outside: the guest is gone, and nothing is left.
    @Test(arguments: ["crun", "gvisor"], SandboxProfile.allCases)
    func aKilledContainerLeavesNothing(_ name: String, _ profile: SandboxProfile) async throws {
        let driver = try TestRuntimes.driver(name)
        let spec = Self.spec(profile)
        let sandbox = try await driver.makeSandbox(spec)
        let program = try await sandbox.guest.start(
            ProgramSpec(arguments: ["/bin/sleep", "100"], environment: [:], directory: "/"))
        let pids = try Self.processes(of: spec.id)
        #expect(!pids.isEmpty)
        for pid in pids { try Processes.kill(pid, Processes.sigKill) }
        await #expect(throws: IsolationError.self) { while try await program.next() != nil {} }
        try await sandbox.destroy()
        #expect(Self.groups(of: spec.id).isEmpty)
        #expect(try await Self.leftovers(of: driver).isEmpty)
    }

    /// The runtime's own process waits outside of the container, which goes on without it.
    @Test(arguments: ["crun", "gvisor"])
    func aContainerOutlivesItsRuntimeAndLeavesNothing(_ name: String) async throws {
        let driver = try TestRuntimes.driver(name)
        let spec = Self.spec()
        let sandbox = try await driver.makeSandbox(spec)
        let runtimes = Self.runtimes(of: spec.id)
        #expect(runtimes.count == 1)
        for pid in runtimes { try Processes.kill(pid, Processes.sigKill) }
        try await sandbox.destroy()
        #expect(Self.groups(of: spec.id).isEmpty && Self.runtimes(of: spec.id).isEmpty)
        #expect(try await Self.leftovers(of: driver).isEmpty)
    }

    @Test func aComputersPlanHasOneSetuidFileAndIdsOfItsOwn() throws {
        let steps = try TestRuntimes.crun.get().explain(Self.spec(.computer))
        #expect(steps.count { $0.step == "bundle_setuid" } == 1)
        #expect(steps.contains { $0.step == "map_ids" && $0.detail.hasSuffix(" 65536") })
        #expect(steps.contains { $0.step == "enter_seccomp" } && steps.last?.step == "take_runtime_back")
        #expect(steps.contains { $0.step == "bundle_overlay" && $0.detail.hasPrefix("root/usr: writable") })
    }

    @Test func planHasNoPathOfTheHostBesideWhatIsShown() async throws {
        let steps = try TestRuntimes.crun.get().explain(Self.spec())
        let mounts = steps.filter { $0.actor == "runtime" && $0.step == "mount" }
        #expect(mounts.allSatisfy { $0.detail.contains("nosuid") })
        #expect(steps.contains { $0.step == "map_ids" } && steps.contains { $0.step == "start_runtime" })
        #expect(steps.contains { $0.step == "keep_capabilities" && !$0.detail.contains("CAP_NET") })
    }

    @Test func gVisorHidesItsAgentAndHasNoLandlock() throws {
        let steps = try TestRuntimes.gvisor.get().explain(Self.spec())
        #expect(steps.contains { $0.step == "hide_directory" && $0.detail.contains("/proc/1") })
        #expect(!steps.contains { $0.step == "prepare_landlock" })
    }

    // MARK: What is left

    /// Directories of a sandbox's control group, of either version.
    private static func groups(of id: String) -> [String] {
        [
            "/sys/fs/cgroup/nestbox", "/sys/fs/cgroup/pids/nestbox", "/sys/fs/cgroup/memory/nestbox",
            "/sys/fs/cgroup/devices/nestbox",
        ]
        .flatMap { parent in ((try? Files.list(parent)) ?? []).map { "\(parent)/\($0)/\(id)" } }.filter(Files.exists)
    }

    /// Children of this process that were started for a container.
    private static func runtimes(of id: String) -> [Int32] {
        let own = Processes.ownPID
        return ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }.filter { pid in
            let status = (try? Files.readText("/proc/\(pid)/status")) ?? ""
            let command = (try? Files.readText("/proc/\(pid)/cmdline")) ?? ""
            return status.contains("\nPPid:\t\(own)\n") && command.contains(id)
        }
    }

    private static func processes(of id: String) throws -> [Int32] {
        let files = groups(of: id).map { "\($0)/cgroup.procs" }
        return Set(
            files.flatMap { file in ((try? Files.readText(file)) ?? "").split(separator: "\n").compactMap { Int32($0) }
            }
        )
        .sorted()
    }

    /// Bundles of a driver, and mounts that the host sees.
    private static func leftovers(of driver: OCIDriver) async throws -> [String] {
        let mounts = try Files.readText("/proc/self/mountinfo").split(separator: "\n").filter {
            $0.contains("/run/nestbox")
        }
        return try await driver.bundleNames() + mounts.map(String.init)
    }
}
