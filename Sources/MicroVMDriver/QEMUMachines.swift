// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// Machines of QEMU's type `microvm`.
struct QEMUMachines: MachineMaker {
    static let monitor = "QEMU"

    let kernelRelease: String
    let hall: MachineHall
    let acceleration: MicroVMConfiguration.Acceleration

    func findings() async -> [DriverStatus.Finding] {
        typealias Finding = DriverStatus.Finding
        var findings: [Finding] = []
        if let failure = await hall.storeFailure {
            findings.append(
                Finding(
                    name: "kept machines", level: .missing, detail: failure, remedy: "remove it, then 'nestbox prepare'"
                ))
        }
        do {
            let decision = try await hall.decision()
            findings.insert(
                Finding(
                    name: "processor", level: decision.accelerator == .kvm ? .ok : .missing,
                    detail: decision.accelerator == .kvm
                        ? "KVM: \(decision.reason)" : "TCG, emulated and some ten times slower: \(decision.reason)",
                    remedy: decision.accelerator == .kvm ? nil : "use a host with working KVM"), at: 0)
        } catch {
            findings.insert(Finding(name: "processor", level: .fatal, detail: "\(error)"), at: 0)
        }
        return findings
    }

    func kept(_ shape: MachineShape) async throws -> any KeptMachine {
        Kept(template: try await hall.template(shape), room: try await hall.room())
    }

    func prepare(_ shape: MachineShape) async throws -> String {
        "\(try await hall.prepare(shape)): Linux \(kernelRelease), \(shape.memoryBytes >> 20) MiB, \(shape.processors) processors"
    }

    func explain(_ shape: MachineShape) -> [(step: String, detail: String)] {
        let command = MachineCommand(
            shape: shape, accelerator: acceleration == .kvm ? .kvm : .tcg,
            clockKilohertz: MachineCalls.clockKilohertz ?? 0)
        return [
            (
                "enter_room",
                "a thread with namespaces and a root of its own: QEMU, the guest's kernel, and read-only what sandboxes see"
            ),
            ("keep_machine", "once for each shape: start a machine, stop it when its agent is there, seal its memory"),
            (
                "start_machine",
                "as a user of its own, without any right, in a pid namespace: "
                    + command.arguments(.sandbox).joined(separator: " ")
            ),
            ("restore_machine", "from the kept one, with a copy of its memory"),
        ]
    }

    private struct Kept: KeptMachine {
        let template: MachineTemplate
        let room: MachineRoom

        func restore(in machine: Machine) async throws -> SharedDescriptor {
            let streams = try await MachineHall.begin(
                machine, template.command, .sandbox, room,
                [try await room.copyMemory(of: template), try template.openState()])
            let monitor = try await MachineMonitor(streams.monitor)
            try await monitor.command("migrate-incoming", "{\"uri\":\"fd:\(MachineCommand.Passed.state)\"}")
            try await monitor.migrated()
            try await monitor.command("cont")
            return streams.port
        }
    }
}
