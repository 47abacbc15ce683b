// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// A machine that was started once and kept: its memory, which nobody can change any more, and the state of its devices.
struct MachineTemplate: Sendable {
    let command: MachineCommand
    let memory: SharedDescriptor
    let state: SharedDescriptor

    init(command: MachineCommand, memory: SharedDescriptor, state: SharedDescriptor) throws(SystemError) {
        try Descriptors.seal(memory.raw)
        try Descriptors.seal(state.raw)
        self.command = command
        self.memory = memory
        self.state = state
    }

    /// The memory as it was kept, for one machine to go on with; blocks. What the kept machine has not used takes no space.
    func copyMemory() throws(SystemError) -> SharedDescriptor {
        let copy = try Descriptors.makeMemory(name: "sandbox-memory")
        _ = try KeptMemory.copy(from: memory.raw, to: copy.raw)
        return SharedDescriptor(copy)
    }

    /// The state from its start, for one reader.
    func openState() throws(SystemError) -> SharedDescriptor {
        SharedDescriptor(try Files.open("/proc/self/fd/\(state.raw)", .readOnly))
    }
}
