// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// An interpreter that has started and waits for its program: a child of a zygote, which was put into the sandbox, or one that the
/// agent started ahead.
///
/// Until it is told one it executes nothing but our own code, so the agent may wait for its answers; a bound holds even so,
/// since a program of the same user could stop or kill it (in a computer, where others run beside it).
final class AdoptedChild {
    private static let answerSeconds = 10

    let pid: Int32
    private let stream: SharedDescriptor
    /// What it was started as, when the agent started it, and the limits it has.
    private let ahead: (spec: ProcessSpec, limits: [ResourceLimit])?
    /// Our ends of the streams that a child which was started ahead has already.
    private var streams: AgentStreams?

    /// Confines the child exactly as a program that the agent starts itself. A sandbox has a filter of programs or one of the
    /// agent, never both.
    ///
    /// - Parameter stream: A stream to the child that nobody else has.
    /// - Throws: ``SpawnFailure`` with the step that failed; the child has ended then.
    init(_ stream: SharedDescriptor, _ confinement: ProgramConfinement, user: ProgramUser) throws(SpawnFailure) {
        self.stream = stream
        ahead = nil
        let isRoot = user == .root
        let request = ZygoteMessage.Confine(
            user: isRoot ? 0 : confinement.user, group: isRoot ? 0 : confinement.group,
            dropGroups: confinement.dropGroups, boundingSet: confinement.rootCapabilities ?? 0,
            noNewPrivileges: confinement.rootCapabilities == nil, hasLandlock: confinement.landlock != nil,
            filter: confinement.ownFilter.isEmpty ? confinement.filter : confinement.ownFilter)
        do throws(SystemError) {
            try Descriptors.setTimeout(of: stream.raw, seconds: Self.answerSeconds)
        } catch {
            throw SpawnFailure(step: SpawnStep.descriptors.rawValue, number: error.number)
        }
        let landlock = confinement.landlock.map { [$0.raw] } ?? []
        pid = try Self.ask(stream, request.encoded(), descriptors: landlock).pid
    }

    /// Starts an interpreter as any program is started. Its streams are not there yet: the library finds its own stream as 0, itself
    /// as 1 and /dev/null as 2 (`CZygote/ahead.c`).
    ///
    /// - Parameter library: Makes it wait; `spec` has its name in the environment.
    /// - Throws: ``SpawnFailure``; no process is left then.
    init(
        ahead spec: ProcessSpec, _ library: SharedDescriptor, _ confinement: ProgramConfinement
    ) throws(SpawnFailure) {
        let child: SharedDescriptor
        guard let null = confinement.null else {
            throw SpawnFailure(step: SpawnStep.descriptors.rawValue, number: Errno.noEntry)
        }
        do throws(SystemError) {
            (stream, child) = try Descriptors.makeSocketPair().share()
            try Descriptors.setTimeout(of: stream.raw, seconds: Self.answerSeconds)
        } catch {
            throw SpawnFailure(step: SpawnStep.descriptors.rawValue, number: error.number)
        }
        ahead = (spec, confinement.limits)
        pid = try Processes.spawn(
            confinement.request(for: spec, input: child.raw, output: library.raw, errors: null.raw))
    }

    /// Readable when there is something to ``confirm()``.
    var descriptor: Int32 { stream.raw }

    /// Takes the word of a child that was started ahead that it waits, and gives it the streams that its program will have: what is
    /// done now costs the run nothing.
    ///
    /// - Throws: ``SpawnFailure`` when it has ended instead.
    func confirm(_ confinement: ProgramConfinement) throws(SpawnFailure) {
        _ = try Self.answer(of: stream)
        guard let spec = ahead?.spec else { return }
        do throws(SystemError) {
            let made = try ProgramStreams(spec, confinement)
            try Descriptors.sendAll(
                ZygoteMessage.streams, descriptors: [made.input.raw, made.output.raw, made.errors.raw], to: stream.raw)
            streams = made.own
        } catch {
            throw SpawnFailure(step: SpawnStep.descriptors.rawValue, number: error.number)
        }
    }

    /// The streams of a program that the child has already, nil when it has none or others than this one wants.
    func takeStreams(for spec: ProcessSpec) -> AgentStreams? {
        guard let ahead, spec.hasInput == ahead.spec.hasInput, spec.terminal == nil else { return nil }
        defer { streams = nil }
        return streams
    }

    /// Makes the child the program of `spec`. Its stream closes.
    ///
    /// - Parameter streams: Nil for a child that has them.
    /// - Throws: ``SpawnFailure``; the child has ended then.
    func start(
        _ spec: ProcessSpec, _ streams: ProgramStreams?, _ confinement: ProgramConfinement
    ) throws(SpawnFailure) {
        if let ahead = ahead?.spec {
            // It has read all of this already. Its stream closes with this object, which ends it.
            guard
                spec.program == ahead.program, spec.arguments == ahead.arguments, spec.directory == ahead.directory,
                spec.user == ahead.user, spec.terminal == nil
            else { throw SpawnFailure(step: SpawnStep.descriptors.rawValue, number: Errno.invalid) }
        }
        // An interpreter may have changed its limits as it started (Node.js does), which stays as it is in a cold start.
        let limits = ahead?.limits == confinement.limits ? [] : confinement.limits
        let request = ZygoteMessage.Start(
            mask: confinement.mask, hasControllingTerminal: spec.terminal != nil,
            limits: limits.map { .init(resource: $0.resource.rawValue, soft: $0.soft, hard: $0.hard) },
            directory: spec.directory, arguments: spec.arguments, environment: spec.environment)
        let descriptors = streams.map { [$0.input.raw, $0.output.raw, $0.errors.raw] } ?? []
        _ = try Self.ask(stream, request.encoded(), descriptors: descriptors)
    }

    private static func ask(
        _ stream: SharedDescriptor, _ request: [UInt8], descriptors: [Int32]
    ) throws(SpawnFailure) -> ZygoteMessage.ChildReply {
        do throws(SystemError) {
            try Descriptors.sendAll(request, descriptors: descriptors, to: stream.raw)
        } catch {
            throw SpawnFailure(step: SpawnStep.descriptors.rawValue, number: error.number)
        }
        return try answer(of: stream)
    }

    private static func answer(of stream: SharedDescriptor) throws(SpawnFailure) -> ZygoteMessage.ChildReply {
        let reply: ZygoteMessage.ChildReply
        do {
            reply = try ZygoteMessage.ChildReply(
                try Descriptors.receiveAll(ZygoteMessage.ChildReply.bytes, from: stream.raw))
        } catch {
            let number = (error as? SystemError)?.number ?? Errno.invalid
            throw SpawnFailure(step: SpawnStep.descriptors.rawValue, number: number)
        }
        guard reply.step == 0 else {
            throw SpawnFailure(step: UInt8(truncatingIfNeeded: reply.step), number: reply.number)
        }
        return reply
    }
}
