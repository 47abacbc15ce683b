// SPDX-License-Identifier: Apache-2.0
import GuestAgent
import GuestTools
import LinuxSystem

let arguments = ProcessArguments.all
if arguments.count > 1, arguments[1] == "tool" {
    GuestTool.run(Array(arguments.dropFirst(2)))
}
if arguments.count > 1, arguments[1] == "template" {
    AgentTemplate.run(requests: 3)
}
// As the first process of a runtime's container, which has the stream at a descriptor of the runtime's choice, and may have a file
// of the library that makes interpreters wait.
if arguments.count > 2, arguments[1] == "agent", let stream = Int32(arguments[2]) {
    do {
        try GuestCalls.takeControl(stream)
    } catch {
        GuestCalls.exit(Agent.Exit.systemFailed.rawValue)
    }
    Agent.run(control: 3, libraryAt: arguments.dropFirst(3).first)
}
// As the first process of a virtual machine.
if arguments.count > 1, arguments[1] == MachineStart.argument {
    MachineStart.run(Array(arguments.dropFirst(2)))
}
// Descriptor 3 is the stream to the host; see nb_launch_guest.
Agent.run(control: 3)
