// SPDX-License-Identifier: Apache-2.0
public import GuestWire
public import LinuxSystem
import Synchronization

/// The host's end of the stream to one guest agent.
///
/// Nothing the guest says is trusted beyond its own sandbox: frames are capped before allocation, output is bounded by
/// granted credit, collected files by the request's bounds, and any breach of protocol ends the session.
public final class GuestSession: Sendable {
    private enum Pending {
        case setup(CheckedContinuation<Void, any Error>)
        case done(CheckedContinuation<Void, any Error>)
        case start(GuestProgram, CheckedContinuation<GuestProgram, any Error>)
        case collect(GuestCollection, CheckedContinuation<GuestFiles, any Error>)
        /// A file that a program is started behind, by the program's number.
        case input(UInt32)
    }

    private struct State {
        var nextNumber: UInt32 = 1
        /// By request number; programs being started are under their process number.
        var pending: [UInt32: Pending] = [:]
        var programs: [UInt32: GuestProgram] = [:]
        /// Whoever started them was cancelled before the guest had answered.
        var cancelledStarts: [UInt32: GuestProgram] = [:]
        /// Why a file of a program that is being started could not be written.
        var inputFailures: [UInt32: GuestRequestError] = [:]
        var outgoing: [UInt8] = []
        var sent = 0
        var token: UInt64?
        var watchesWritable = false
        var failure: IsolationError?
        var isClosed = false
        /// What a machine has told last of its programs.
        var usage: ProgramUsage?
        var isMeasuring = false
    }

    private static let setupRequest: UInt32 = 0

    private let socket: SharedDescriptor
    private let reactor: Reactor
    private let state = Mutex(State())
    /// Touched by the reactor's thread only, which handles one event at a time.
    private let incoming = Mutex(FrameBuffer())

    /// Takes over a connected stream socket whose other end is an agent waiting for its setup.
    init(socket: SharedDescriptor, reactor: Reactor) throws(SystemError) {
        self.socket = socket
        self.reactor = reactor
        try Descriptors.setNonBlocking(socket.raw)
        let token = try reactor.add(socket.raw, .readable) { [weak self] events in self?.serve(events) }
        state.withLock { $0.token = token }
    }

    /// A session on a stream that a driver made, served by the process-wide reactor.
    ///
    /// - Throws: ``IsolationError`` when the machine is out of descriptors or memory.
    public static func open(on socket: SharedDescriptor) throws(IsolationError) -> GuestSession {
        do {
            return try GuestSession(socket: socket, reactor: try reactor())
        } catch {
            throw IsolationError(.unavailable, step: "open guest session", message: "\(error)")
        }
    }

    static func reactor() throws(SystemError) -> Reactor { try sharedReactor.get() }

    private static let sharedReactor: Result<Reactor, SystemError> = Result { () throws(SystemError) in try Reactor() }

    // MARK: Requests

    /// Performs the setup in the guest.
    ///
    /// - Parameter descriptors: Passed along; ``GuestStep/attach(index:path:)`` names them by position.
    /// - Throws: ``IsolationError`` `setup_failed` naming the step and the errno.
    public func setUp(_ steps: [GuestStep], descriptors: [Int32]) async throws {
        do {
            try await request { number, continuation in
                (
                    Self.setupRequest, .setup(continuation), [.setup(generation: Frame.generation, steps: steps)],
                    descriptors
                )
            }
        } catch let failure as SetupFailure {
            let index = Int(failure.index)
            let step = steps.indices.contains(index) ? steps[index] : nil
            let place = step.map { "\($0.name) \(ExplainedStep($0).detail)" } ?? "step \(index)"
            let name = SystemError(failure.number, call: "").name
            throw IsolationError(.setupFailed, step: place, message: "\(failure.call): \(name)")
        }
    }

    /// Writes a file beneath `root`, replacing what has its name; missing directories are made.
    ///
    /// - Throws: ``GuestRequestError`` with the errno when the sandbox refuses (full, or the place is taken).
    public func put(_ content: [UInt8], at path: String, root: String, mode: UInt32) async throws {
        let file = GuestInput(path: path, content: content, root: root, mode: mode)
        try await request { number, continuation in (number, .done(continuation), file.messages(number), []) }
    }

    /// Starts a program. With `endsSandboxProcesses`, everything it leaves running is killed when it ends, before
    /// its end is reported.
    ///
    /// - Parameters:
    ///   - files: Written before the program starts, without waiting for each to be. Few and small: all of them are in memory.
    ///   - closesInput: Its input has ended before it begins, as after ``GuestProgram/closeInput()``.
    ///   - adopted: The child of a zygote that shall become the program; it was adopted for the same user.
    /// - Throws: ``ProgramStartError`` when the program cannot be started; ``GuestRequestError`` when a file could not be written:
    ///   the program was killed then, and nothing of it was seen.
    public func start(
        _ spec: ProgramSpec, behind files: [GuestInput] = [], endsSandboxProcesses: Bool = true,
        closesInput: Bool = false, adopted: AdoptedProgram? = nil
    ) async throws -> GuestProgram {
        let wire = Self.wire(spec, endsSandboxProcesses: endsSandboxProcesses)
        let inputs = files.map { (number: nextNumber(), file: $0) }
        return try await request(number: adopted?.number, behind: inputs.map(\.number)) { number, continuation in
            (
                number, .start(GuestProgram(number: number, session: self), continuation),
                inputs.flatMap { $0.file.messages($0.number) } + [.start(process: number, spec: wire)]
                    + (closesInput ? [.closeStdin(process: number)] : []), []
            )
        }
    }

    /// Has the guest confine a child of a zygote, which is in its sandbox already.
    ///
    /// - Parameter stream: The guest's end of the stream to the child.
    /// - Throws: ``GuestRequestError`` with the step that failed; the child has ended then.
    public func adopt(_ stream: Int32, user: ProgramUser) async throws -> AdoptedProgram {
        let process = nextNumber()
        try await request { number, continuation in
            (number, .done(continuation), [.adopt(request: number, process: process, user: user)], [stream])
        }
        return AdoptedProgram(number: process, user: user)
    }

    /// Has the guest start an interpreter before its program is there, confined like any program.
    ///
    /// - Parameters:
    ///   - spec: As it will be started; only its environment may be another one then.
    ///   - entry: Absolute path of the program's file. The interpreter stands still where it looks for it first.
    ///   - library: An open file of the library that makes it stand still (`CZygote/ahead.c`); nil for a guest that has it.
    /// - Returns: When it waits.
    /// - Throws: ``GuestRequestError`` when it could not be started or never looked for its program.
    public func startAhead(_ spec: ProgramSpec, entry: String, library: Int32? = nil) async throws -> AdoptedProgram {
        let process = nextNumber()
        var wire = Self.wire(spec, endsSandboxProcesses: true)
        // What the kernel shows of a process's environment is the memory it was executed with. So the variables that programs
        // have come first, where the program's own will be, and ours behind them.
        wire.environment += [
            "NESTBOX_AHEAD_ROOM=" + String(repeating: "-", count: Self.environmentRoom),
            "NESTBOX_AHEAD_PROGRAM=\(entry)", "LD_PRELOAD=/proc/self/fd/1",
        ]
        try await request { number, continuation in
            (
                number, .done(continuation), [.startAhead(request: number, process: process, spec: wire)],
                library.map { [$0] } ?? []
            )
        }
        return AdoptedProgram(number: process, user: spec.user)
    }

    /// Room that /proc/self/environ of a program that was started ahead has for its own variables, in bytes.
    private static let environmentRoom = 512

    private static func wire(_ spec: ProgramSpec, endsSandboxProcesses: Bool) -> ProcessSpec {
        ProcessSpec(
            program: spec.arguments.first ?? "", arguments: spec.arguments,
            environment: spec.environment.map { "\($0.key)=\($0.value)" }.sorted(), directory: spec.directory,
            outputCredit: UInt32(GuestProgram.creditBytes), endsSandboxProcesses: endsSandboxProcesses,
            user: spec.user, terminal: spec.terminal, hasInput: spec.hasInput)
    }

    /// Kills every process of the sandbox but the agent; returns when they are gone.
    public func killAll() async throws {
        try await request { number, continuation in (number, .done(continuation), [.killAll(request: number)], []) }
    }

    /// Gives programs that are started from now on other resource limits; those of other resources stay.
    public func setLimits(_ limits: [GuestStep.GuestLimit]) {
        send(.setLimits(limits))
    }

    /// Keeps programs that the guest starts itself from now on, from no zygote and not ahead, on one processor.
    ///
    /// - Parameters:
    ///   - processor: Its number among those that the sandbox may use, counted round.
    ///   - fixedAddresses: Nothing of them is at random addresses; only where ``DriverProperties/fixedAddresses`` says so.
    public func setConditions(processor: Int, fixedAddresses: Bool) {
        send(.setConditions(processor: UInt32(truncatingIfNeeded: processor), fixedAddresses: fixedAddresses))
    }

    /// Changes what all programs of a machine together may have; see ``GuestStep/limitPrograms(memoryBytes:processes:)``.
    public func limitPrograms(memoryBytes: Int, processes: Int) {
        send(.limitPrograms(memoryBytes: UInt64(memoryBytes), processes: UInt32(clamping: processes)))
    }

    /// What a machine has told last of its programs: when one ended, when one was killed for memory, and after ``measure()``.
    public var programUsage: ProgramUsage? { state.withLock { $0.usage } }

    /// Asks a machine for a newer ``programUsage``, unless it was asked and has not answered.
    public func measure() {
        let isDue = state.withLock { state in
            defer { state.isMeasuring = true }
            return !state.isMeasuring
        }
        if isDue { send(.measure) }
    }

    /// Brings back files that match. The bounds of `spec` are held here again, whatever the guest sends.
    public func collect(_ spec: CollectSpec) async throws -> GuestFiles {
        try await request { number, continuation in
            (number, .collect(GuestCollection(spec), continuation), [.collect(request: number, spec: spec)], [])
        }
    }

    private func nextNumber() -> UInt32 {
        state.withLock { state in
            defer { state.nextNumber &+= 1 }
            return state.nextNumber
        }
    }

    /// - Parameter inputs: Numbers of the files that are sent before what is asked for.
    private func request<Answer: Sendable>(
        number given: UInt32? = nil, behind inputs: [UInt32] = [],
        _ make: (UInt32, CheckedContinuation<Answer, any Error>) -> (UInt32, Pending, [HostMessage], [Int32])
    ) async throws -> Answer {
        let number = given ?? nextNumber()
        let key = Mutex(number)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (used, pending, messages, descriptors) = make(number, continuation)
                key.withLock { $0 = used }
                let failure: (any Error)? = state.withLock { state in
                    if let failure = state.failure { return failure }
                    if Task.isCancelled { return CancellationError() }
                    state.pending[used] = pending
                    for input in inputs { state.pending[input] = .input(used) }
                    return nil
                }
                if let failure {
                    continuation.resume(throwing: failure)
                } else {
                    send(messages, descriptors: descriptors)
                }
            }
        } onCancel: {
            let used = key.withLock { $0 }
            let pending = state.withLock { state in
                let pending = state.pending.removeValue(forKey: used)
                if case .start(let program, _)? = pending { state.cancelledStarts[used] = program }
                return pending
            }
            pending.map { Self.fail($0, CancellationError()) }
        }
    }

    // MARK: Sending

    func send(_ message: HostMessage) {
        send([message], descriptors: [])
    }

    /// - Parameter descriptors: Passed along with the first message.
    private func send(_ messages: [HostMessage], descriptors: [Int32]) {
        do throws(SystemError) {
            try state.withLock { state throws(SystemError) in
                guard state.failure == nil else { return }
                var bytes = messages.flatMap { $0.encoded() }[...]
                if !descriptors.isEmpty {
                    // Descriptors go with byte one of their message, so nothing may be queued before it: they come with the setup,
                    // or while the guest is idle.
                    guard state.outgoing.isEmpty else { throw SystemError(Errno.again, call: "sendmsg") }
                    guard let sent = try Descriptors.send(bytes, descriptors: descriptors, to: socket.raw), sent > 0
                    else {
                        throw SystemError(Errno.again, call: "sendmsg")
                    }
                    bytes = bytes.dropFirst(sent)
                }
                state.outgoing += bytes
                try flush(&state)
            }
        } catch {
            broke(error)
        }
    }

    /// Sends what fits now.
    private func flush(_ state: inout State) throws(SystemError) {
        while state.sent < state.outgoing.count {
            guard let sent = try Descriptors.send(state.outgoing[state.sent...], to: socket.raw) else { break }
            state.sent += sent
        }
        if state.sent == state.outgoing.count {
            state.outgoing = []
            state.sent = 0
        }
        let wantsWritable = !state.outgoing.isEmpty
        if wantsWritable != state.watchesWritable, let token = state.token {
            state.watchesWritable = wantsWritable
            let events: PollEvents = wantsWritable ? [.readable, .writable] : .readable
            try reactor.modify(token, descriptor: socket.raw, events)
        }
    }

    /// The end of the other side shows in different ways, depending on what was under way.
    private func broke(_ error: SystemError) {
        let isGone = [Errno.brokenPipe, Errno.connectionReset].contains(error.number)
        fail(isGone ? "the guest agent went away" : "the stream of the guest agent broke: \(error)")
    }

    // MARK: Receiving, on the reactor's thread

    private func serve(_ events: PollEvents) {
        do throws(SystemError) {
            if events.contains(.writable) { try state.withLock { state throws(SystemError) in try flush(&state) } }
            guard !events.isDisjoint(with: [.readable, .hungUp, .failed]) else { return }
            guard let (bytes, descriptors) = try Descriptors.receive(from: socket.raw, upTo: Frame.chunkBytes) else {
                return
            }
            // A guest has no business passing descriptors.
            for descriptor in descriptors { _ = OwnedDescriptor(owning: descriptor) }
            guard !bytes.isEmpty else { return fail("the guest agent went away") }
            receive(bytes)
        } catch {
            broke(error)
        }
    }

    /// Bytes of the guest, whatever they are.
    func receive(_ bytes: [UInt8]) {
        do throws(WireError) {
            let messages = try incoming.withLock { buffer throws(WireError) -> [GuestMessage] in
                buffer.append(bytes)
                var messages: [GuestMessage] = []
                while let (type, payload) = try buffer.next() {
                    messages.append(try GuestMessage(type: type, payload: payload))
                }
                return messages
            }
            for message in messages {
                guard handle(message) else { return fail("the guest agent broke the protocol") }
            }
        } catch {
            fail("the stream of the guest agent broke: \(error)")
        }
    }

    /// False when the message is out of place.
    private func handle(_ message: GuestMessage) -> Bool {
        switch message {
        case .ready(let generation):
            guard generation == Frame.generation, isSettingUp else { return false }
            return answer(Self.setupRequest) { pending, _ in
                if case .setup(let continuation) = pending { { continuation.resume() } } else { nil }
            }
        case .setupFailed(let index, let number, let call):
            guard isSettingUp else { return false }
            return answer(Self.setupRequest) { pending, _ in
                guard case .setup(let continuation) = pending else { return nil }
                return { continuation.resume(throwing: SetupFailure(index: index, number: number, call: call)) }
            }
        case .started(let process, let pid):
            // Cancelled while it started: nobody will ever ask for it.
            let cancelled = state.withLock { state in
                let program = state.cancelledStarts.removeValue(forKey: process)
                if let program {
                    state.programs[process] = program
                    state.inputFailures[process] = nil
                }
                return program
            }
            if let cancelled {
                cancelled.abandon()
                return true
            }
            return answer(process) { pending, state in
                guard case .start(let program, let continuation) = pending else { return nil }
                program.receiveStart(pid: pid)
                state.programs[process] = program
                // Without its files it is not the program that was asked for.
                guard let failure = state.inputFailures.removeValue(forKey: process) else {
                    return { continuation.resume(returning: program) }
                }
                return {
                    program.abandon()
                    continuation.resume(throwing: failure)
                }
            }
        case .startFailed(let process, let step, let number):
            let inputFailure = state.withLock { state in
                state.cancelledStarts[process] = nil
                return state.inputFailures.removeValue(forKey: process)
            }
            return answer(process) { pending, _ in
                guard case .start(_, let continuation) = pending else { return nil }
                if let inputFailure { return { continuation.resume(throwing: inputFailure) } }
                let name = SystemError(number, call: "").name
                let error = ProgramStartError(step: SpawnStep(rawValue: step), number: number, name: name)
                return { continuation.resume(throwing: error) }
            }
        case .output(let process, let stream, let data):
            // Credit counts bytes: what has none could be sent without end.
            guard !data.isEmpty else { return false }
            guard let program = program(process) else { return true }
            return program.receive(stream, data)
        case .stdinGrant(let process, let bytes):
            program(process)?.grantStdin(Int(bytes))
            return true
        case .exited(let process, let end, let space):
            state.withLock { $0.programs.removeValue(forKey: process) }?.receiveEnd(end, space)
            return true
        case .done(let request):
            return answer(request) { pending, _ in
                switch pending {
                case .done(let continuation): { continuation.resume() }
                case .input: {}
                case .setup, .start, .collect: nil
                }
            }
        case .failed(let request, let number, let what):
            let error = GuestRequestError(number: number, what: what)
            return answer(request) { pending, state in
                switch pending {
                case .done, .collect: return { Self.fail(pending, error) }
                case .input(let program):
                    // The first of them is the cause of the others.
                    if state.inputFailures[program] == nil { state.inputFailures[program] = error }
                    return {}
                case .setup, .start: return nil
                }
            }
        case .file(let request, let path, let size, let skip):
            return update(request) { $0.begin(path: path, size: size, skip: skip) }
        case .fileData(let request, let data):
            return update(request) { $0.append(data) }
        case .usage(let usage):
            state.withLock { state in
                state.usage = usage
                state.isMeasuring = false
            }
            return true
        case .collected(let request, let complete):
            return answer(request) { pending, _ in
                guard case .collect(let collection, let continuation) = pending else { return nil }
                return { continuation.resume(returning: GuestFiles(files: collection.files, complete: complete)) }
            }
        }
    }

    private func program(_ number: UInt32) -> GuestProgram? {
        state.withLock { $0.programs[number] }
    }

    private var isSettingUp: Bool { state.withLock { $0.pending[Self.setupRequest] != nil } }

    /// Ends a request with what the guest says to it; true also when it was cancelled and nobody cares any more.
    ///
    /// - Parameter resume: Makes of a pending request what resumes its caller, outside the lock; nil when no guest answers
    ///   such a request so. The request then stays, to fail with the session: a request that nobody holds never ends.
    private func answer(_ request: UInt32, _ resume: (Pending, inout State) -> (() -> Void)?) -> Bool {
        let (isFine, action) = state.withLock { state -> (Bool, (() -> Void)?) in
            guard let pending = state.pending[request] else { return (true, nil) }
            guard let action = resume(pending, &state) else { return (false, nil) }
            state.pending[request] = nil
            return (true, action)
        }
        action?()
        return isFine
    }

    /// Changes a running collection; true also when it was cancelled and nobody cares any more.
    private func update(_ request: UInt32, _ change: (inout GuestCollection) -> Bool) -> Bool {
        state.withLock { state in
            switch state.pending.removeValue(forKey: request) {
            case nil: return true
            case .collect(var collection, let continuation):
                defer { state.pending[request] = .collect(collection, continuation) }
                return change(&collection)
            case .some(let other):
                state.pending[request] = other
                return false
            }
        }
    }

    // MARK: End

    /// Whether the host itself ended the session.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whether the session has ended, from either side: nothing can be asked of the guest any more.
    public var hasEnded: Bool { state.withLock { $0.failure != nil } }

    /// Ends the session; everything under way fails. Idempotent.
    public func close() {
        state.withLock { $0.isClosed = $0.failure == nil || $0.isClosed }
        fail("the sandbox was destroyed")
    }

    private func fail(_ reason: String) {
        let error = IsolationError(.guestFailed, step: "guest session", message: reason)
        let (pending, programs, token) = state.withLock { state -> ([Pending], [GuestProgram], UInt64?) in
            guard state.failure == nil else { return ([], [], nil) }
            state.failure = error
            defer {
                state.pending = [:]
                state.programs = [:]
                state.cancelledStarts = [:]
                state.inputFailures = [:]
                state.outgoing = []
                state.token = nil
            }
            return (Array(state.pending.values), Array(state.programs.values), state.token)
        }
        if let token { reactor.remove(token, descriptor: socket.raw) }
        for request in pending { Self.fail(request, error) }
        for program in programs { program.fail(error) }
    }

    private static func fail(_ pending: Pending, _ error: any Error) {
        switch pending {
        case .setup(let continuation), .done(let continuation): continuation.resume(throwing: error)
        case .start(_, let continuation): continuation.resume(throwing: error)
        case .collect(_, let continuation): continuation.resume(throwing: error)
        // Whoever waits for the program hears of it.
        case .input: break
        }
    }
}

private struct SetupFailure: Error {
    let index: UInt32
    let number: Int32
    let call: String
}

/// The guest could not do what was asked: the errno and the call.
public struct GuestRequestError: Error, Sendable, Hashable, CustomStringConvertible {
    public let number: Int32
    public let what: String

    public var name: String { SystemError(number, call: "").name }
    /// The sandbox's writable space is used up.
    public var isFull: Bool { number == Errno.noSpace }
    public var description: String { "\(what): \(name)" }
}
