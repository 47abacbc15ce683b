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
        case collect(Collection, CheckedContinuation<GuestFiles, any Error>)
    }

    private struct Collection {
        var files: [GuestFile] = []
        var bytesLeft: UInt64
        var filesLeft: Int
    }

    private struct State {
        var nextNumber: UInt32 = 1
        /// By request number; programs being started are under their process number.
        var pending: [UInt32: Pending] = [:]
        var programs: [UInt32: GuestProgram] = [:]
        /// Whoever started them was cancelled before the guest had answered.
        var cancelledStarts: [UInt32: GuestProgram] = [:]
        var outgoing: [UInt8] = []
        var sent = 0
        var token: UInt64?
        var watchesWritable = false
        var failure: IsolationError?
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
                (Self.setupRequest, .setup(continuation), [.setup(generation: Frame.generation, steps: steps)], descriptors)
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
        let offsets = content.isEmpty ? [0] : Array(stride(from: 0, to: content.count, by: Frame.chunkBytes))
        try await request { number, continuation in
            let messages = offsets.map { offset in
                HostMessage.putFile(
                    request: number, root: root, path: path, mode: mode, offset: UInt64(offset),
                    data: Array(content[offset..<min(offset + Frame.chunkBytes, content.count)]),
                    last: offset == offsets.last)
            }
            return (number, .done(continuation), messages, [])
        }
    }

    /// Starts a program. With `endsSandboxProcesses`, everything it leaves running is killed when it ends, before
    /// its end is reported.
    ///
    /// - Throws: ``ProgramStartError`` when the program cannot be started.
    public func start(_ spec: ProgramSpec, endsSandboxProcesses: Bool = true) async throws -> GuestProgram {
        let wire = ProcessSpec(
            program: spec.arguments.first ?? "", arguments: spec.arguments,
            environment: spec.environment.map { "\($0.key)=\($0.value)" }.sorted(), directory: spec.directory,
            outputCredit: UInt32(GuestProgram.creditBytes), endsSandboxProcesses: endsSandboxProcesses,
            user: spec.user, terminal: spec.terminal, hasInput: spec.hasInput)
        return try await request { number, continuation in
            (number, .start(GuestProgram(number: number, session: self), continuation), [.start(process: number, spec: wire)], [])
        }
    }

    /// Kills every process of the sandbox but the agent; returns when they are gone.
    public func killAll() async throws {
        try await request { number, continuation in (number, .done(continuation), [.killAll(request: number)], []) }
    }

    /// Brings back files that match. The bounds of `spec` are held here again, whatever the guest sends.
    public func collect(_ spec: CollectSpec) async throws -> GuestFiles {
        try await request { number, continuation in
            let collection = Collection(bytesLeft: spec.mostTotalBytes, filesLeft: Int(spec.mostFiles))
            return (number, .collect(collection, continuation), [.collect(request: number, spec: spec)], [])
        }
    }

    private func request<Answer: Sendable>(
        _ make: (UInt32, CheckedContinuation<Answer, any Error>) -> (UInt32, Pending, [HostMessage], [Int32])
    ) async throws -> Answer {
        let number = state.withLock { state in
            defer { state.nextNumber &+= 1 }
            return state.nextNumber
        }
        let key = Mutex(number)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (used, pending, messages, descriptors) = make(number, continuation)
                key.withLock { $0 = used }
                let failure: (any Error)? = state.withLock { state in
                    if let failure = state.failure { return failure }
                    if Task.isCancelled { return CancellationError() }
                    state.pending[used] = pending
                    return nil
                }
                if let failure {
                    continuation.resume(throwing: failure)
                } else {
                    for (index, message) in messages.enumerated() {
                        send(message, descriptors: index == 0 ? descriptors : [])
                    }
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
        send(message, descriptors: [])
    }

    private func send(_ message: HostMessage, descriptors: [Int32]) {
        let failed = state.withLock { state -> Bool in
            guard state.failure == nil else { return false }
            var bytes = message.encoded()[...]
            if !descriptors.isEmpty {
                // The setup is the first message, so nothing is queued before it and its descriptors go with byte one.
                guard let sent = try? Descriptors.send(bytes, descriptors: descriptors, to: socket.raw), sent > 0 else {
                    return true
                }
                bytes = bytes.dropFirst(sent)
            }
            state.outgoing += bytes
            return !flush(&state)
        }
        if failed { fail("the stream to the guest agent broke") }
    }

    /// Sends what fits now; false when the stream broke.
    private func flush(_ state: inout State) -> Bool {
        while state.sent < state.outgoing.count {
            do throws(SystemError) {
                guard let sent = try Descriptors.send(state.outgoing[state.sent...], to: socket.raw) else { break }
                state.sent += sent
            } catch {
                return false
            }
        }
        if state.sent == state.outgoing.count {
            state.outgoing = []
            state.sent = 0
        }
        let wantsWritable = !state.outgoing.isEmpty
        if wantsWritable != state.watchesWritable, let token = state.token {
            state.watchesWritable = wantsWritable
            let events: PollEvents = wantsWritable ? [.readable, .writable] : .readable
            return (try? reactor.modify(token, descriptor: socket.raw, events)) != nil
        }
        return true
    }

    // MARK: Receiving, on the reactor's thread

    private func serve(_ events: PollEvents) {
        if events.contains(.writable), !state.withLock({ flush(&$0) }) {
            return fail("the stream to the guest agent broke")
        }
        guard !events.isDisjoint(with: [.readable, .hungUp, .failed]) else { return }
        do {
            guard let (bytes, descriptors) = try Descriptors.receive(from: socket.raw, upTo: Frame.chunkBytes) else { return }
            // A guest has no business passing descriptors.
            for descriptor in descriptors { _ = OwnedDescriptor(owning: descriptor) }
            guard !bytes.isEmpty else { return fail("the guest agent went away") }
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
            fail("the stream from the guest agent is broken: \(error)")
        }
    }

    /// False when the message is out of place.
    private func handle(_ message: GuestMessage) -> Bool {
        switch message {
        case .ready(let generation):
            guard generation == Frame.generation, case .setup(let continuation)? = take(Self.setupRequest) else { return false }
            continuation.resume()
        case .setupFailed(let index, let number, let call):
            guard case .setup(let continuation)? = take(Self.setupRequest) else { return false }
            continuation.resume(throwing: SetupFailure(index: index, number: number, call: call))
        case .started(let process, let pid):
            guard case .start(let program, let continuation)? = take(process) else {
                // Cancelled while it started: nobody will ever ask for it.
                guard let program = state.withLock({ $0.cancelledStarts.removeValue(forKey: process) }) else { return true }
                state.withLock { $0.programs[process] = program }
                program.abandon()
                return true
            }
            program.receiveStart(pid: pid)
            state.withLock { $0.programs[process] = program }
            continuation.resume(returning: program)
        case .startFailed(let process, let step, let number):
            guard case .start(_, let continuation)? = take(process) else {
                state.withLock { $0.cancelledStarts[process] = nil }
                return true
            }
            let name = SystemError(number, call: "").name
            continuation.resume(throwing: ProgramStartError(step: SpawnStep(rawValue: step), number: number, name: name))
        case .output(let process, let stream, let data):
            guard let program = program(process) else { return true }
            return program.receive(stream, data)
        case .stdinGrant(let process, let bytes):
            program(process)?.grantStdin(Int(bytes))
        case .exited(let process, let end, let space):
            state.withLock { $0.programs.removeValue(forKey: process) }?.receiveEnd(end, space)
        case .done(let request):
            guard case .done(let continuation)? = take(request) else { return true }
            continuation.resume()
        case .failed(let request, let number, let what):
            take(request).map { Self.fail($0, GuestRequestError(number: number, what: what)) }
        case .file(let request, let path, let size, let skip):
            return update(request) { collection in
                guard collection.filesLeft > 0, path.count <= CollectSpec.mostPathBytes else { return false }
                collection.filesLeft -= 1
                collection.files.append(GuestFile(path: path, size: size, skip: skip, content: []))
                return true
            }
        case .fileData(let request, let data):
            return update(request) { collection in
                guard let last = collection.files.indices.last, UInt64(data.count) <= collection.bytesLeft else { return false }
                collection.bytesLeft -= UInt64(data.count)
                collection.files[last].content += data
                return true
            }
        case .collected(let request, let complete):
            guard case .collect(let collection, let continuation)? = take(request) else { return true }
            continuation.resume(returning: GuestFiles(files: collection.files, complete: complete))
        }
        return true
    }

    private func program(_ number: UInt32) -> GuestProgram? {
        state.withLock { $0.programs[number] }
    }

    private func take(_ request: UInt32) -> Pending? {
        state.withLock { $0.pending.removeValue(forKey: request) }
    }

    /// Changes a running collection; true also when it was cancelled and nobody cares any more.
    private func update(_ request: UInt32, _ change: (inout Collection) -> Bool) -> Bool {
        state.withLock { state in
            guard case .collect(var collection, let continuation)? = state.pending.removeValue(forKey: request) else { return true }
            let isFine = change(&collection)
            state.pending[request] = .collect(collection, continuation)
            return isFine
        }
    }

    // MARK: End

    /// Ends the session; everything under way fails. Idempotent.
    public func close() {
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
