// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import IsolationConformance
import LinuxSystem
import NestboxCore
import Testing

@testable import MicroVMDriver

/// A handful of the driver-independent suite on real machines, emulated, so that every machine can do it: one is started, all
/// sandboxes go on from it. `scripts/setup` brings QEMU, `scripts/setup vm` the kernel.
@Suite(.serialized, .enabled(if: TestMachines.areHere, "needs root, qemu-system-x86 and 'scripts/setup vm'"))
struct MicroVMConformanceTests {
    @Test(arguments: try await TestMachines.checks())
    func microVMConforms(_ check: ConformanceCheck) async throws {
        try await check.run(on: try TestMachines.driver.get())
    }

    /// What is random, each in a line, and where a process's stack lies; then what all machines have, and what none has.
    private static let drawn = """
        cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid
        od -An -tx1 -N16 /dev/urandom; od -An -tx1 -N16 /dev/random
        sed -n 's/ .*stack.*//p' /proc/self/maps
        python3 -c 'import random, uuid; print(random.random()); print(uuid.uuid4()); print(hash("x"))'
        date +%s; hostname; cat /etc/machine-id 2>&1
        """

    @Test func restoredMachinesShareNothingRandomAndKnowTheTime() async throws {
        let driver = try TestMachines.driver.get()
        var seen: Set<Substring> = []
        for _ in 0..<2 {
            let before = WallClock.now.seconds
            let lines = try await TestMachines.shell(Self.drawn, on: driver).split(separator: "\n")
            try #require(lines.count == 11, "\(lines)")
            for value in lines[..<8] { #expect(seen.insert(value).inserted, "\(value) was drawn twice") }
            let time = try #require(Int(lines[8]))
            #expect(before...WallClock.now.seconds ~= time && lines[9] == "nestbox")
            #expect(lines[10].contains("No such file"))
        }
    }

    /// The second driver has never started a machine.
    @Test func aMachineFromTheDiskServesAnotherProcess() async throws {
        let directory = "/tmp/\(Identifier.make(prefix: "kept"))"
        let configuration = MicroVMConfiguration(kernel: TestMachines.kernel, acceleration: .tcg, kept: directory)
        let store = MachineStore(directory: directory)
        let said = try await MicroVMDriver(configuration).prepare(.standard)
        let path = try #require(said.split(separator: ":").first.map(String.init))
        defer {
            try? store.remove(path)
            try? Files.removeDirectory(directory)
        }
        let other = try MicroVMDriver(configuration)
        #expect(try await TestMachines.shell("echo here", on: other) == "here\n")
        #expect(await other.isServedFromTheDisk(.standard))
        // What is damaged is not used, and said.
        let file = try Files.open("\(path)/state", .readWrite)
        try Files.writeAll(file.raw, [0, 1, 2, 3])
        let third = try MicroVMDriver(configuration)
        #expect(await !third.isServedFromTheDisk(.standard))
        let findings = await third.status().findings.filter { $0.name == "kept machines" }
        #expect(findings.first?.detail.contains("is damaged") == true)
    }

    /// What holds programs is out of their sight, and what they write to memory file systems counts.
    @Test func programsSeeNoControlGroupAndTheirFilesAreMemory() async throws {
        let seen = try await TestMachines.shell(
            "cat /proc/self/cgroup; grep -c ' - cgroup' /proc/self/mountinfo; ls /sys 2>&1 | wc -l; "
                + "head -c 40000000 /dev/zero > /tmp/a; echo written",
            on: try TestMachines.driver.get()
        ) { sandbox in
            let usage = try sandbox.usage()
            #expect(usage.memoryPeakBytes > 40_000_000 && usage.memoryBytes > 40_000_000, "\(usage)")
        }
        #expect(seen == "0::/\n0\n1\nwritten\n")
    }

    @Test func brokenKVMIsFoundOut() async throws {
        func driver(_ acceleration: MicroVMConfiguration.Acceleration) throws -> MicroVMDriver {
            var configuration = MicroVMConfiguration(kernel: TestMachines.kernel, acceleration: acceleration)
            configuration.accelerationDevice = "/dev/null"
            return try MicroVMDriver(configuration)
        }
        let finding = try await driver(.auto).status().findings.first { $0.name == "processor" }
        #expect(finding?.detail.contains("TCG") == true && finding?.detail.contains("/dev/null") == true, "\(finding!)")
        let refusing = try driver(.kvm)
        await #expect {
            try await refusing.makeSandbox(SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard))
                .destroy()
        } throws: { error in
            (error as? IsolationError)?.code == .unavailable && "\(error)".contains("acceleration to tcg")
        }
        #expect(await !refusing.status().available)
    }

    @Test func pythonStartedAheadInTwoMachinesDrawsNothingTwice() async throws {
        let check = try #require(
            IsolationConformance.aheadChecks.first { $0.name == "ahead/python_draws_nothing_twice" })
        try await check.run(on: try TestMachines.driver.get())
    }

    @Test(arguments: TestMachines.computerChecks)
    func computersConform(_ check: ConformanceCheck) async throws {
        try await check.run(on: try TestMachines.driver.get())
    }

    /// It computes no more and answers nothing, as when its kernel spins.
    @Test func aMachineThatStandsStillIsRemovedAllTheSame() async throws {
        let sandbox = try await TestMachines.driver.get().makeSandbox(
            SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard))
        let vm = try #require(sandbox as? MicroVMSandbox)
        try await vm.machine.cgroup.freeze()
        await #expect(throws: IsolationError.self) {
            try await Deadline.within(.milliseconds(300), "kill") { try await sandbox.guest.killAll() }
        }
        try await sandbox.destroy()
        #expect(vm.machine.isGone)
    }

    @Test func aKilledMachineIsAnErrorAndLeavesNothing() async throws {
        let driver = try TestMachines.driver.get()
        let sandbox = try await driver.makeSandbox(
            SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard))
        let vm = try #require(sandbox as? MicroVMSandbox)
        let program = try await sandbox.guest.start(
            ProgramSpec(arguments: ["/bin/sleep", "1000"], environment: [:], directory: "/"))
        vm.machine.cgroup.kill()
        await #expect(throws: IsolationError.self) {
            while try await program.next() != nil {}
        }
        try await sandbox.destroy()
        #expect(vm.machine.isGone)
    }

    @Test func aMachineWhoseAgentDoesNotStartSaysSo() async throws {
        let driver = try MicroVMDriver(
            MicroVMConfiguration(kernel: TestMachines.kernel, acceleration: .tcg, guestExecutable: "/bin/false"))
        await #expect {
            try await driver.makeSandbox(SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard)).destroy()
        } throws: { error in
            "\(error)".contains("Kernel panic")
        }
    }
}

/// One driver for all tests, with the kernel of `scripts/setup vm`.
enum TestMachines {
    static let kernel = ".build/vm"
    static let areHere =
        Processes.userID == 0 && Files.exists(MachineCommand.program) && Files.exists("\(kernel)/modules")
    static let driver = Result { () throws(IsolationError) in
        try MicroVMDriver(MicroVMConfiguration(kernel: kernel, acceleration: .tcg))
    }

    /// What a kernel and a processor of the sandbox's own could break. All of them would take minutes when emulated.
    private static let names: Set<String> = [
        "kernel/is_not_the_hosts", "kernel/programs_are_confined_in_it", "kernel/memory_shown_is_the_limit",
        "identity/cannot_touch_the_agent", "network/has_loopback_and_nothing_else", "files/system_is_read_only",
        "files/scratch_is_writable_and_executable", "limits/are_held_as_the_status_says",
        "limits/memory_of_all_processes_together", "limits/memory_peak_is_counted", "limits/refusals_are_counted",
        "limits/memory_can_be_changed_in_a_living_sandbox", "limits/processes_can_be_changed_in_a_living_sandbox",
        "limits/processes_and_threads", "life/kill_takes_everything",
        "life/clock_is_right",
        "life/destroying_during_a_run_ends_it",
    ]

    /// All others hold too, but would take minutes: what is made differently here.
    private static let computerNames: Set<String> = [
        "computer/programs_are_user_or_root",
        "computer/changes_reach_no_host_and_no_other", "computer/freeze_stops_and_thaw_goes_on",
        "computer/root_cannot_outgrow_the_limits", "computer/root_cannot_outgrow_its_memory",
    ]
    static let computerChecks =
        areHere ? IsolationConformance.computerChecks(kernel: .host).filter { computerNames.contains($0.name) } : []

    static func checks() async throws -> [ConformanceCheck] {
        guard areHere, let driver = try? driver.get(), let enforcement = await driver.status().enforcement else {
            return []
        }
        return IsolationConformance.checks(for: enforcement, kernel: .own).filter { names.contains($0.name) }
    }

    static func shell(
        _ script: String, on driver: MicroVMDriver, then look: (any Sandbox) throws -> Void = { _ in }
    ) async throws -> String {
        let sandbox = try await driver.makeSandbox(
            SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard))
        let program = try await sandbox.guest.start(
            ProgramSpec(
                arguments: ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"], directory: "/"))
        var text: [UInt8] = []
        while let event = try await program.next() {
            if case .output(.stdout, let bytes) = event { text += bytes }
        }
        try look(sandbox)
        try await sandbox.destroy()
        return String(decoding: text, as: UTF8.self)
    }
}
