// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// PID 1 of a sandbox: one thread, one event loop.
///
/// It performs the setup, starts programs, carries their output under the host's credit, reaps, and moves files. It
/// enforces no limit; the host does. When the host goes away it ends, and every process of the sandbox with it.
public final class Agent {
    /// Exit codes, for the host's log.
    public enum Exit: Int32 {
        case hostGone = 0
        case protocolBroken = 70
        case systemFailed = 71
        case setupFailed = 72
    }

    private enum Token {
        static let control: UInt64 = 0
        static let children: UInt64 = 1
        static let memory: UInt64 = 2
        /// Low two bits: 0 stream of a program that was started ahead, 1 stdout, 2 stderr, 3 stdin; the rest is the process
        /// number.
        static func of(_ process: UInt32, _ kind: UInt64) -> UInt64 { (UInt64(process) << 2 | kind) + 4 }
        static func process(_ token: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: (token - 4) >> 2) }
        static func kind(_ token: UInt64) -> UInt64 { (token - 4) & 3 }
        static let ahead: UInt64 = 0
        static let stdin: UInt64 = 3
    }

    private let channel: ControlChannel
    private let epoll: Epoll
    private let children: OwnedDescriptor
    private var confinement: ProgramConfinement
    private let library: SharedDescriptor?
    private let files: FileWriter
    private var programs: [UInt32: Program] = [:]
    /// Interpreters that wait for their program, by the number it will have.
    private var adopted: [UInt32: AdoptedChild] = [:]
    /// Programs that were started ahead and are not yet where they wait, with the request to answer then.
    private var starting: [UInt32: (child: AdoptedChild, request: UInt32)] = [:]
    /// Descriptors the loop watches, with what for; what is missing here is not in the epoll set.
    private var watched: [Int32: PollEvents] = [:]
    /// Requests to answer once every process but the agent is gone.
    private var killRequests: [UInt32] = []
    private var isEndingAll = false

    private init(
        channel: ControlChannel, confinement: ProgramConfinement, library: SharedDescriptor?
    ) throws(SystemError) {
        self.channel = channel
        self.library = library
        epoll = try Epoll()
        children = try GuestCalls.makeChildSignal()
        files = FileWriter(user: confinement.user, group: confinement.group)
        self.confinement = confinement
        try epoll.add(channel.descriptor, token: Token.control, events: .readable)
        watched[channel.descriptor] = .readable
        try epoll.add(children.raw, token: Token.children, events: .readable)
        if let group = confinement.programs {
            try epoll.add(group.memoryEvents.raw, token: Token.memory, events: .urgent)
            channel.send(.usage(try group.usage()))
        }
    }

    // MARK: Start

    /// The whole life of the agent on an open control stream; never returns.
    ///
    /// - Parameter path: A file that no program can change: the library that makes interpreters wait that are started ahead. Nil
    ///   where the host passes it along.
    public static func run(control: Int32, libraryAt path: String? = nil) -> Never {
        do throws(SystemError) {
            let library = try path.map { path throws(SystemError) in SharedDescriptor(try Files.open(path, .readOnly)) }
            // Each page of its own that the agent meets first costs it a fault, which gVisor makes expensive. Better now than in a run.
            if library != nil { Rehearsal.run() }
            run(control: control, library: library, group: nil)
        } catch {
            GuestCalls.exit(Exit.systemFailed.rawValue)
        }
    }

    /// - Parameters:
    ///   - library: Makes interpreters wait that are started ahead, where the host can pass no descriptor.
    ///   - group: What holds all programs together, where that is not the host's.
    static func run(control: Int32, library: SharedDescriptor?, group: ProgramGroup?) -> Never {
        do {
            try GuestCalls.blockSignals()
            let channel = ControlChannel(descriptor: control)
            guard let confinement = try setUp(channel, group) else { GuestCalls.exit(Exit.setupFailed.rawValue) }
            try Descriptors.setNonBlocking(control)
            try Agent(channel: channel, confinement: confinement, library: library).loop()
        } catch is WireError {
            GuestCalls.exit(Exit.protocolBroken.rawValue)
        } catch {
            GuestCalls.exit(Exit.systemFailed.rawValue)
        }
    }

    /// Waits for the setup message on the blocking stream and performs it. Nil: it failed, and the host was told.
    private static func setUp(_ channel: ControlChannel, _ group: ProgramGroup?) throws -> ProgramConfinement? {
        var message: HostMessage?
        while message == nil {
            guard try channel.receive() else { GuestCalls.exit(Exit.hostGone.rawValue) }
            message = try channel.nextMessage()
        }
        guard case .setup(let generation, let steps)? = message else {
            throw WireError.invalid(field: "first message", value: 0)
        }
        guard generation == Frame.generation else {
            channel.send(
                .setupFailed(
                    index: 0, number: Errno.invalid,
                    call: "wire generation \(generation), agent speaks \(Frame.generation)"))
            _ = try channel.drain()
            return nil
        }
        var executor = SetupExecutor(passed: channel.takePassed(), group: group)
        for (index, step) in steps.enumerated() {
            do throws(SystemError) {
                try executor.perform(step)
            } catch {
                let call = error.subject.isEmpty ? error.call : "\(error.call) \(error.subject)"
                channel.send(.setupFailed(index: UInt32(index), number: error.number, call: call))
                _ = try channel.drain()
                return nil
            }
        }
        channel.send(.ready(generation: Frame.generation))
        return executor.confinement
    }

    // MARK: Loop

    private func loop() throws -> Never {
        while true {
            guard channel.flush() else { GuestCalls.exit(Exit.hostGone.rawValue) }
            try updateInterest()
            for event in try epoll.wait() {
                switch event.token {
                case Token.control: try serveHost(event.events)
                case Token.children: try reapChildren()
                case Token.memory: try tellKills()
                default: try serveProgram(Token.process(event.token), kind: Token.kind(event.token))
                }
            }
        }
    }

    /// Output is read only under credit and while the host keeps up; that is the whole of back-pressure.
    private func updateInterest() throws(SystemError) {
        let hasRoom = channel.unsentBytes < ControlChannel.highWaterBytes
        try watch(
            channel.descriptor, channel.unsentBytes > 0 ? [.readable, .writable] : .readable, token: Token.control)
        for program in programs.values {
            // In this order: of what was printed before anybody looked, errors are most often the last.
            try watchOutput(.stdout, of: program, hasRoom: hasRoom)
            try watchOutput(.stderr, of: program, hasRoom: hasRoom)
            if let descriptor = program.stdinDescriptor {
                try watch(
                    descriptor, program.wantsToWriteInput ? .writable : [], token: Token.of(program.number, Token.stdin)
                )
            }
        }
    }

    private func watchOutput(_ stream: OutputStream, of program: Program, hasRoom: Bool) throws(SystemError) {
        guard let output = program.outputs[stream] else { return }
        try watch(
            output.descriptor, hasRoom && program.canRead(stream) ? .readable : [],
            token: Token.of(program.number, UInt64(stream.rawValue)))
    }

    private func watch(_ descriptor: Int32, _ events: PollEvents, token: UInt64) throws(SystemError) {
        guard watched[descriptor] != (events.isEmpty ? nil : events) else { return }
        if events.isEmpty {
            try unwatch(descriptor)
        } else if watched[descriptor] == nil {
            try epoll.add(descriptor, token: token, events: events)
            watched[descriptor] = events
        } else {
            try epoll.modify(descriptor, token: token, events: events)
            watched[descriptor] = events
        }
    }

    private func unwatch(_ descriptor: Int32) throws(SystemError) {
        guard watched.removeValue(forKey: descriptor) != nil else { return }
        try epoll.remove(descriptor)
    }

    // MARK: Host

    private func serveHost(_ events: PollEvents) throws {
        if events.contains(.readable) || events.contains(.hungUp) || events.contains(.failed) {
            guard try channel.receive() else { GuestCalls.exit(Exit.hostGone.rawValue) }
        }
        while let message = try channel.nextMessage() { try handle(message) }
    }

    private func handle(_ message: HostMessage) throws {
        switch message {
        case .setup:
            throw WireError.invalid(field: "second setup", value: 0)
        case .putFile(let request, let root, let path, let mode, let offset, let data, let last):
            do throws(SystemError) {
                let complete = try files.write(
                    request: request, root: root, path: path, mode: mode, offset: offset, data: data, last: last)
                if complete { channel.send(.done(request: request)) }
            } catch {
                channel.send(.failed(request: request, number: error.number, what: error.call))
            }
        case .start(let process, let spec):
            try start(process, spec)
        case .stdin(let process, let data):
            guard let program = programs[process] else { return }
            program.queueInput(data)
            try writeInput(program)
        case .closeStdin(let process):
            guard let program = programs[process] else { return }
            program.closeInputWhenWritten()
            try writeInput(program)
        case .grant(let process, let stream, let bytes):
            guard let program = programs[process] else { return }
            program.grant(stream, bytes: Int(bytes))
            try hangUp(program)
        case .resize(let process, let columns, let rows):
            try programs[process]?.resize(columns: columns, rows: rows)
        case .signal(let process, let number, let group):
            guard let program = programs[process], program.end == nil else { return }
            try Processes.kill(group ? -program.pid : program.pid, number)
        case .killAll(let request):
            killRequests.append(request)
            try endAll()
        case .collect(let request, let spec):
            var collector = Collector(request: request, spec: spec, inputs: files.written, channel: channel)
            do throws(SystemError) {
                try collector.run()
            } catch {
                channel.send(.failed(request: request, number: error.number, what: "\(error.call) \(error.subject)"))
            }
        case .setLimits(let limits):
            try confinement.set(limits)
        case .setConditions(let processor, let fixedAddresses):
            confinement.conditions = ProgramConditions(processor: processor, fixedAddresses: fixedAddresses)
        case .limitPrograms(let memoryBytes, let processes):
            guard let group = confinement.programs else { throw WireError.invalid(field: "limit_programs", value: 0) }
            try group.limit(memoryBytes: memoryBytes, processes: processes)
        case .measure:
            guard let group = confinement.programs else { throw WireError.invalid(field: "measure", value: 0) }
            channel.send(.usage(try group.usage()))
        case .adopt(let request, let process, let user):
            try adopt(request, process, user)
        case .startAhead(let request, let process, let spec):
            try startAhead(request, process, spec)
        }
    }

    // MARK: Programs

    private func start(_ process: UInt32, _ spec: ProcessSpec) throws {
        guard programs[process] == nil else { throw WireError.invalid(field: "process", value: UInt64(process)) }
        if let child = adopted[process], let streams = child.takeStreams(for: spec) {
            adopted[process] = nil
            do throws(SpawnFailure) {
                try child.start(spec, nil, confinement)
                hasStarted(process, spec, child.pid, streams)
            } catch {
                channel.send(.startFailed(process: process, step: error.step, number: error.number))
            }
            return
        }
        let streams: ProgramStreams
        do throws(SystemError) {
            streams = try ProgramStreams(spec, confinement)
        } catch {
            channel.send(.startFailed(process: process, step: SpawnStep.descriptors.rawValue, number: error.number))
            return
        }
        guard spec.user != .root || confinement.rootCapabilities != nil else {
            channel.send(.startFailed(process: process, step: SpawnStep.identity.rawValue, number: Errno.notPermitted))
            return
        }
        // Who enters a group is not refused by it, as who is born in it is (cgroup-v2, "PID").
        guard try adopted[process] != nil || confinement.programs?.hasRoom() != false else {
            channel.send(.startFailed(process: process, step: SpawnStep.clone.rawValue, number: Errno.again))
            return
        }
        let pid: Int32
        do throws(SpawnFailure) {
            if let child = adopted.removeValue(forKey: process) {
                try child.start(spec, streams, confinement)
                pid = child.pid
            } else {
                pid = try Processes.spawn(
                    confinement.request(
                        for: spec, input: streams.input.raw, output: streams.output.raw, errors: streams.errors.raw))
            }
        } catch {
            channel.send(.startFailed(process: process, step: error.step, number: error.number))
            return
        }
        // Our ends only: as long as the agent held the programs' ends too, no stream would ever end. They close here.
        hasStarted(process, spec, pid, streams.own)
    }

    private func hasStarted(_ process: UInt32, _ spec: ProcessSpec, _ pid: Int32, _ streams: AgentStreams) {
        programs[process] = Program(
            number: process, pid: pid, endsSandboxProcesses: spec.endsSandboxProcesses, streams: streams,
            credit: Int(spec.outputCredit))
        channel.send(.started(process: process, pid: pid))
        channel.send(.stdinGrant(process: process, bytes: UInt32(Program.stdinCreditBytes)))
    }

    private func adopt(_ request: UInt32, _ process: UInt32, _ user: ProgramUser) throws {
        let passed = channel.takePassed().map { SharedDescriptor(owning: $0) }
        guard let stream = passed.first, passed.count == 1, programs[process] == nil, adopted[process] == nil else {
            throw WireError.invalid(field: "adopt", value: UInt64(process))
        }
        guard user != .root || confinement.rootCapabilities != nil else {
            channel.send(.failed(request: request, number: Errno.notPermitted, what: "adopt a child as root"))
            return
        }
        do throws(SpawnFailure) {
            adopted[process] = try AdoptedChild(stream, confinement, user: user)
            channel.send(.done(request: request))
        } catch {
            let step = SpawnStep(rawValue: error.step).map { "\($0)" } ?? "step \(error.step)"
            channel.send(.failed(request: request, number: error.number, what: "confine a child of a zygote: \(step)"))
        }
    }

    private func startAhead(_ request: UInt32, _ process: UInt32, _ spec: ProcessSpec) throws {
        let passed = channel.takePassed().map { SharedDescriptor(owning: $0) }
        guard let library = passed.first ?? library, passed.count <= 1, programs[process] == nil,
            adopted[process] == nil,
            starting[process] == nil, spec.user == .standard, spec.terminal == nil
        else {
            throw WireError.invalid(field: "start_ahead", value: UInt64(process))
        }
        do {
            let child = try AdoptedChild(ahead: spec, library, confinement)
            starting[process] = (child, request)
            try watch(child.descriptor, .readable, token: Token.of(process, Token.ahead))
        } catch let error as SpawnFailure {
            let step = SpawnStep(rawValue: error.step).map { "\($0)" } ?? "step \(error.step)"
            channel.send(.failed(request: request, number: error.number, what: "start a program ahead: \(step)"))
        }
    }

    /// A program that was started ahead says that it waits, or has ended.
    private func serveAhead(_ process: UInt32) throws {
        guard let (child, request) = starting.removeValue(forKey: process) else { return }
        try unwatch(child.descriptor)
        do throws(SpawnFailure) {
            try child.confirm(confinement)
            adopted[process] = child
            channel.send(.done(request: request))
        } catch {
            channel.send(
                .failed(request: request, number: error.number, what: "it ended before it looked for its program"))
        }
    }

    private func serveProgram(_ process: UInt32, kind: UInt64) throws {
        if kind == Token.ahead { return try serveAhead(process) }
        guard let program = programs[process] else { return }
        guard let stream = OutputStream(rawValue: UInt8(truncatingIfNeeded: kind)) else {
            return try writeInput(program)
        }
        guard let output = program.outputs[stream], program.canRead(stream) else { return }
        if program.end != nil, program.hasTerminal { return try hangUp(program) }
        guard let data = try program.read(stream) else { return }
        if data.isEmpty {
            // A pipe leaves the epoll set when it closes; a terminal's master is open twice.
            if program.hasTerminal { try unwatch(output.descriptor) } else { watched[output.descriptor] = nil }
            program.closeOutput(stream)
            try reportIfOver(program)
        } else {
            channel.send(.output(process: process, stream: stream, data: data))
        }
    }

    /// Ends a terminal whose program has ended, once what was printed is read: other processes that have it open, and would
    /// keep it so for ever, lose it. The kernel hands over all that was written before it says that nothing is there. Who goes
    /// on writing does not put the end off: no more is read than the kernel can have held when the program ended.
    private func hangUp(_ program: Program) throws {
        guard program.end != nil, program.hasTerminal else { return }
        while let output = program.outputs[.stdout], program.canRead(.stdout) {
            if program.terminalRest > 0, let data = try program.read(.stdout), !data.isEmpty {
                program.terminalRest -= data.count
                channel.send(.output(process: program.number, stream: .stdout, data: data))
            } else {
                try unwatch(output.descriptor)
                program.closeOutput(.stdout)
                try reportIfOver(program)
            }
        }
    }

    private func writeInput(_ program: Program) throws {
        let before = program.stdinDescriptor
        let left = program.writeInput()
        if left > 0 { channel.send(.stdinGrant(process: program.number, bytes: UInt32(left))) }
        // A closed descriptor has left the epoll set by itself.
        if let before, program.stdinDescriptor == nil { watched[before] = nil }
    }

    // MARK: Ends

    private func reapChildren() throws {
        // The descriptor only says "look": one SIGCHLD may stand for many children, and no more than one waits.
        _ = try Files.read(children.raw, upTo: 1024)
        while let (pid, status) = Processes.reap() {
            guard let program = programs.values.first(where: { $0.pid == pid && $0.end == nil }) else { continue }
            switch status {
            case .exited(let code): program.end = .exited(code: UInt8(truncatingIfNeeded: code))
            case .signaled(let number): program.end = .signaled(UInt8(truncatingIfNeeded: number))
            }
            if let descriptor = program.stdinDescriptor { try unwatch(descriptor) }
            program.closeInput()
            if program.endsSandboxProcesses { try endAll() }
            try hangUp(program)
            try reportIfOver(program)
        }
        try answerKills()
    }

    /// Kills every process but the agent. Orphans become the agent's children, so nothing is left once it has none.
    private func endAll() throws {
        isEndingAll = true
        try Processes.kill(-1, Processes.sigKill)
        try answerKills()
    }

    private func answerKills() throws {
        guard isEndingAll else { return }
        if Processes.hasChildren {
            // A process that was just being forked when the signals went out became our child since.
            try Processes.kill(-1, Processes.sigKill)
            return
        }
        isEndingAll = false
        for request in killRequests { channel.send(.done(request: request)) }
        killRequests = []
        for program in programs.values { try reportIfOver(program) }
    }

    /// Tells the host that a program is over: it has ended, all it printed was sent, and, where asked, everything it
    /// left running is dead.
    private func reportIfOver(_ program: Program) throws(SystemError) {
        guard let end = program.end, program.outputs.isEmpty, programs[program.number] === program else { return }
        guard !(program.endsSandboxProcesses && isEndingAll) else { return }
        programs[program.number] = nil
        // First, so that whoever hears of the end knows why.
        if let group = confinement.programs { channel.send(.usage(try group.usage())) }
        channel.send(.exited(process: program.number, end: end, space: try scratchSpace()))
    }

    /// The file changes for other reasons too.
    private func tellKills() throws(SystemError) {
        guard let group = confinement.programs, try group.hasNewKills() else { return }
        channel.send(.usage(try group.usage()))
    }

    private func scratchSpace() throws(SystemError) -> ScratchSpace {
        guard let scratch = confinement.scratch?.raw else {
            return ScratchSpace(totalBytes: 0, freeBytes: 0, totalInodes: 0, freeInodes: 0)
        }
        let space = try Files.space(of: scratch)
        return ScratchSpace(
            totalBytes: UInt64(space.totalBytes), freeBytes: UInt64(space.freeBytes),
            totalInodes: UInt64(space.totalInodes), freeInodes: UInt64(space.freeInodes))
    }
}
