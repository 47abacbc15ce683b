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

    @Test func restoredMachinesShareNoRandomnessAndKnowTheTime() async throws {
        let driver = try TestMachines.driver.get()
        let script = "cat /proc/sys/kernel/random/boot_id; head -c 16 /dev/urandom | od -An -tx1; date +%s; hostname"
        var seen: [[Substring]] = []
        for _ in 0..<2 {
            let before = WallClock.now.seconds
            let lines = try await TestMachines.shell(script, on: driver).split(separator: "\n")
            try #require(lines.count == 4)
            let time = try #require(Int(lines[2]))
            #expect(before...WallClock.now.seconds ~= time && lines[3] == "nestbox")
            seen.append(lines)
        }
        #expect(seen[0][0] != seen[1][0] && seen[0][1] != seen[1][1])
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
        await #expect(throws: IsolationError.self) {
            try await driver.makeSandbox(SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard)).destroy()
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
        "limits/memory_of_each_process", "limits/processes_and_threads", "life/kill_takes_everything",
        "life/clock_is_right",
        "life/destroying_during_a_run_ends_it",
    ]

    static func checks() async throws -> [ConformanceCheck] {
        guard areHere, let driver = try? driver.get(), let enforcement = await driver.status().enforcement else {
            return []
        }
        return IsolationConformance.checks(for: enforcement, kernel: .own).filter { names.contains($0.name) }
    }

    static func shell(_ script: String, on driver: MicroVMDriver) async throws -> String {
        let sandbox = try await driver.makeSandbox(
            SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard))
        let program = try await sandbox.guest.start(
            ProgramSpec(
                arguments: ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"], directory: "/"))
        var text: [UInt8] = []
        while let event = try await program.next() {
            if case .output(.stdout, let bytes) = event { text += bytes }
        }
        try await sandbox.destroy()
        return String(decoding: text, as: UTF8.self)
    }
}
