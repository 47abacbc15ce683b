// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// The ends of a program's pipes, or of its terminal, that the agent keeps.
struct AgentStreams {
    var stdin: SharedDescriptor?
    var outputs: [OutputStream: SharedDescriptor]
    /// The master of the program's terminal, which is also among ``outputs``.
    var terminal: SharedDescriptor?
}

/// Both sides of the streams of a program that is about to start. The program's side closes with this value.
struct ProgramStreams {
    let input: SharedDescriptor
    let output: SharedDescriptor
    let errors: SharedDescriptor
    let own: AgentStreams

    init(_ spec: ProcessSpec, _ confinement: ProgramConfinement) throws(SystemError) {
        if let window = spec.terminal {
            guard let terminals = confinement.terminals?.raw else {
                throw SystemError(Errno.noEntry, call: "open", subject: "ptmx")
            }
            let (master, slave) = try Terminals.make(in: terminals)
            let isRoot = spec.user == .root
            try Files.setOwner(slave.raw, user: isRoot ? 0 : confinement.user, group: isRoot ? 0 : confinement.group)
            try Terminals.setWindow(of: master.raw, columns: window.columns, rows: window.rows)
            input = slave
            output = slave
            errors = slave
            // A second descriptor, because one cannot be in an epoll set twice.
            let writer = SharedDescriptor(try Descriptors.duplicate(master.raw))
            own = AgentStreams(stdin: writer, outputs: [.stdout: master], terminal: master)
            return
        }
        let (stdoutRead, stdoutWrite) = try Descriptors.makePipe().share()
        let (stderrRead, stderrWrite) = try Descriptors.makePipe().share()
        output = stdoutWrite
        errors = stderrWrite
        var stdin: SharedDescriptor?
        if spec.hasInput {
            let (stdinRead, stdinWrite) = try Descriptors.makePipe().share()
            input = stdinRead
            stdin = stdinWrite
        } else {
            guard let null = confinement.null else {
                throw SystemError(Errno.noEntry, call: "open", subject: "/dev/null")
            }
            input = null
        }
        own = AgentStreams(stdin: stdin, outputs: [.stdout: stdoutRead, .stderr: stderrRead], terminal: nil)
        for end in [stdin, stdoutRead, stderrRead] { if let end { try Descriptors.setNonBlocking(end.raw) } }
    }
}
