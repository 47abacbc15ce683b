// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// What runs machines: QEMU, or Firecracker. Everything about a sandbox that is the same with both is ``MicroVMDriver``'s.
protocol MachineMaker: Sendable {
    /// The program, for people.
    static var monitor: String { get }
    /// Release of the guest's kernel.
    var kernelRelease: String { get }

    /// What is found out by starting a machine; a fatal finding means that there are none. The first time only.
    func findings() async -> [DriverStatus.Finding]

    /// What machines of this shape go on from; the first caller starts it.
    func kept(_ shape: MachineShape) async throws -> any KeptMachine

    /// Makes ahead of time what lies on the disk. Returns what that is, for people.
    func prepare(_ shape: MachineShape) async throws -> String

    /// What happens on the host, in order.
    func explain(_ shape: MachineShape) -> [(step: String, detail: String)]
}

/// A machine that was started once and kept.
protocol KeptMachine: Sendable {
    /// Has `machine` go on from it.
    ///
    /// - Returns: The stream to its agent, which waits for its plan.
    func restore(in machine: Machine) async throws -> SharedDescriptor
}
