// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// A machine that was started once and kept: its memory, which nobody can change any more, and the state of its devices.
struct MachineTemplate: Sendable {
    let command: MachineCommand
    let memory: SharedDescriptor
    private let state: SharedDescriptor

    init(command: MachineCommand, memory: SharedDescriptor, state: SharedDescriptor) throws(SystemError) {
        try Descriptors.seal(memory.raw)
        try Descriptors.seal(state.raw)
        self.command = command
        self.memory = memory
        self.state = state
    }

    /// The state from its start, for one reader.
    func openState() throws(SystemError) -> SharedDescriptor {
        SharedDescriptor(try Files.open("/proc/self/fd/\(state.raw)", .readOnly))
    }
}
