// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore
import Synchronization

/// A zygote of the namespace driver: root of the host without any capability, which owns the user namespaces of its sandboxes
/// and therefore may enter them (user_namespaces(7)).
final class NamespaceZygote: Zygote {
    /// A birth takes milliseconds; the kernel may make it wait for others.
    private static let birthSeconds = 20
    /// Importing everything from a cold disk.
    private static let startSeconds = 120
    private static let mostSaidBytes = 4096

    let spec: ZygoteSpec
    /// Its pidfd.
    let process: SharedDescriptor
    private let requests: SharedDescriptor
    /// Kept open: an interpreter whose input ends or whose output nobody has could behave differently.
    private let streams: [SharedDescriptor]
    private let cgroup: Cgroup?
    /// Births, one after the other; they block for as long as a fork takes. Its own, so that a zygote that hangs delays no other.
    private let thread: WorkerThread
    private let state = Mutex(State())

    private struct State {
        var births = 0
        var isAlive = true
        var isRetired = false
    }

    var births: Int { state.withLock { $0.births } }
    var isAlive: Bool { state.withLock { $0.isAlive && !$0.isRetired } }

    private init(
        spec: ZygoteSpec, process: SharedDescriptor, requests: SharedDescriptor, streams: [SharedDescriptor],
        cgroup: Cgroup?, thread: WorkerThread
    ) {
        self.spec = spec
        self.process = process
        self.requests = requests
        self.streams = streams
        self.cgroup = cgroup
        self.thread = thread
    }

    // MARK: Start

    /// Blocks until the zygote is ready: seconds, when it imports much.
    ///
    /// - Parameters:
    ///   - control: Stream to an agent that waits for its setup, in a mount namespace of its own.
    ///   - process: The agent's pidfd.
    static func start(
        _ spec: ZygoteSpec, steps: [GuestStep], control: SharedDescriptor, process: SharedDescriptor, cgroup: Cgroup?,
        library: SharedDescriptor
    ) throws(IsolationError) -> NamespaceZygote {
        let step = "start zygote \(spec.name)"
        do {
            let (input, inputEnd) = try Descriptors.makePipe().share()
            let (output, outputEnd) = try Descriptors.makePipe().share()
            let (errors, errorsEnd) = try Descriptors.makePipe().share()
            let said = { Self.text(from: errors) }
            try Descriptors.setTimeout(of: control.raw, seconds: Self.startSeconds)
            let requests = try Self.sendSetup(
                steps, with: [input.raw, outputEnd.raw, errorsEnd.raw], library: library, to: control)
            if let failure = try Self.setupFailure(control, steps) {
                throw IsolationError(.setupFailed, step: "\(step): \(failure.step)", message: failure.message)
            }
            try Descriptors.setTimeout(of: requests.raw, seconds: Self.startSeconds)
            let ready: ZygoteMessage.BirthReply
            do {
                ready = try Self.receive(requests)
            } catch {
                throw IsolationError(.setupFailed, step: step, message: "it ended before it was ready: \(said())")
            }
            guard ready.isSuccess else {
                throw IsolationError(
                    .setupFailed, step: step, message: "its modules start threads, which a fork would lose")
            }
            try Descriptors.setTimeout(of: requests.raw, seconds: Self.birthSeconds)
            return NamespaceZygote(
                spec: spec, process: process, requests: requests,
                streams: [inputEnd, output, errors, errorsEnd, outputEnd],
                cgroup: cgroup, thread: try WorkerThread(name: "nestbox-zygote"))
        } catch let error as IsolationError {
            throw error
        } catch {
            throw IsolationError(.setupFailed, step: step, message: "\(error)")
        }
    }

    /// Returns the host's end of the stream of requests. Its other end is only the zygote's when this returns, so that the
    /// zygote's end is the stream's.
    private static func sendSetup(
        _ steps: [GuestStep], with streams: [Int32], library: SharedDescriptor, to control: SharedDescriptor
    ) throws -> SharedDescriptor {
        let (requests, requestsEnd) = try Descriptors.makeSocketPair().share()
        try Descriptors.sendAll(
            HostMessage.setup(generation: Frame.generation, steps: steps).encoded(),
            descriptors: streams + [requestsEnd.raw, library.raw], to: control.raw)
        return requests
    }

    /// The agent says nothing when it has become the interpreter: its stream closes.
    private static func setupFailure(
        _ control: SharedDescriptor, _ steps: [GuestStep]
    ) throws -> (step: String, message: String)? {
        var buffer = FrameBuffer()
        while let (bytes, _) = try Descriptors.receive(from: control.raw, upTo: Frame.chunkBytes) {
            if bytes.isEmpty { return nil }
            buffer.append(bytes)
            guard let (type, payload) = try buffer.next() else { continue }
            guard case .setupFailed(let index, let number, let call) = try GuestMessage(type: type, payload: payload)
            else {
                throw WireError.invalid(field: "type", value: UInt64(type))
            }
            let name = steps.indices.contains(Int(index)) ? steps[Int(index)].name : "step \(index)"
            return (name, "\(call): \(SystemError(number, call: "").name)")
        }
        throw SystemError(Errno.timedOut, call: "setup")
    }

    /// What the interpreter said last on standard error.
    private static func text(from errors: SharedDescriptor) -> String {
        try? Descriptors.setNonBlocking(errors.raw)
        let bytes = (try? Files.read(errors.raw, upTo: mostSaidBytes)) ?? []
        let text = String(decoding: bytes, as: UTF8.self)
        return text.isEmpty ? "it said nothing" : text
    }

    // MARK: Births

    func bear(into sandbox: any Sandbox, user: ProgramUser) async throws(IsolationError) -> AdoptedProgram {
        let step = "birth by zygote \(spec.name)"
        guard let sandbox = sandbox as? NamespaceSandbox else {
            throw IsolationError(.setupFailed, step: step, message: "the sandbox is another driver's")
        }
        let (host, child): (SharedDescriptor, SharedDescriptor)
        let entry = try sandbox.openEntry()
        do throws(SystemError) {
            (host, child) = try Descriptors.makeSocketPair().share()
        } catch {
            throw IsolationError(.setupFailed, step: step, message: "\(error)")
        }
        let groups: ZygoteMessage.Birth.Groups =
            entry.groups.isEmpty ? .none : entry.isVersion2 ? .version2 : .version1(count: UInt32(entry.groups.count))
        let descriptors = entry.namespaces + [child] + entry.groups
        let result: Result<Void, IsolationError> = await withCheckedContinuation { continuation in
            let isTaken = thread.perform { [self] in
                continuation.resume(
                    returning: Result { () throws(IsolationError) in
                        try ask(ZygoteMessage.Birth(groups), descriptors, step)
                    })
            }
            if !isTaken { continuation.resume(returning: .failure(Self.hasEnded(step))) }
        }
        try result.get()
        do {
            return try await sandbox.guest.adopt(host.raw, user: user)
        } catch {
            throw IsolationError(.setupFailed, step: step, message: "\(error)")
        }
    }

    private static func hasEnded(_ step: String) -> IsolationError {
        IsolationError(.setupFailed, step: step, message: "the zygote has ended")
    }

    private func ask(
        _ request: ZygoteMessage.Birth, _ descriptors: [SharedDescriptor], _ step: String
    ) throws(IsolationError) {
        guard isAlive else { throw Self.hasEnded(step) }
        let reply: ZygoteMessage.BirthReply
        do {
            try Descriptors.sendAll(request.encoded(), descriptors: descriptors.map(\.raw), to: requests.raw)
            reply = try Self.receive(requests)
        } catch {
            // Whatever comes next on the stream could belong to this request.
            state.withLock { $0.isAlive = false }
            try? Processes.signal(process.raw, Processes.sigKill)
            throw IsolationError(.setupFailed, step: step, message: "\(error)")
        }
        guard reply.isSuccess else {
            let name = SystemError(reply.number, call: "").name
            throw IsolationError(.setupFailed, step: "\(step): \(reply.stepName)", message: name)
        }
        state.withLock { $0.births += 1 }
    }

    private static func receive(_ requests: SharedDescriptor) throws -> ZygoteMessage.BirthReply {
        try ZygoteMessage.BirthReply(
            try Descriptors.receiveAll(ZygoteMessage.BirthReply.bytes, from: requests.raw))
    }

    // MARK: End

    func retire() async {
        let isFirst = state.withLock { state in
            defer { state.isRetired = true }
            return !state.isRetired
        }
        guard isFirst else { return }
        thread.end()
        await Self.end(process: process, cgroup: cgroup)
    }

    /// Kills a zygote, or what was to become one, and removes its control group; what cannot be removed the next sweep finds.
    ///
    /// Goes on when the caller's task is cancelled: a task of its own does the work, and this call waits for it.
    static func end(process: SharedDescriptor, cgroup: Cgroup?) async {
        await Task {
            try? Processes.signal(process.raw, Processes.sigKill)
            try? await DescriptorWait.readable(process.raw)
            _ = try? Processes.wait(process.raw)
            try? await cgroup?.removeWhenEmpty()
        }.value
    }
}
