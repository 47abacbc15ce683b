// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Synchronization

/// A program that runs in a sandbox. One consumer reads its events with ``next()``.
public final class GuestProgram: Sendable {
    /// Output bytes each stream may have under way; what bounds the host's memory per program.
    static let creditBytes = 256 << 10

    private struct State {
        var events: [ProgramEvent] = []
        var waiting: CheckedContinuation<ProgramEvent?, any Error>?
        var stdout = creditBytes
        var stderr = creditBytes
        var stdinCredit = 0
        var stdinWaiting: CheckedContinuation<Int, any Error>?
        var failure: IsolationError?
        var ended = false
        var abandoned = false
        var pid: Int32 = 0
    }

    let number: UInt32
    private let session: GuestSession
    private let state = Mutex(State())

    init(number: UInt32, session: GuestSession) {
        self.number = number
        self.session = session
    }

    /// Its number inside the sandbox, as the guest tells.
    public var pid: Int32 { state.withLock { $0.pid } }

    /// The next event, nil after the last. Taking an output event is what lets the program print more.
    ///
    /// - Throws: ``IsolationError`` when the guest is gone, `CancellationError` when the task is cancelled.
    public func next() async throws -> ProgramEvent? {
        let event = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<ProgramEvent?, any Error>) in
                let ready: Result<ProgramEvent?, any Error>? = state.withLock { state in
                    if !state.events.isEmpty { return .success(state.events.removeFirst()) }
                    if let failure = state.failure { return .failure(failure) }
                    if state.ended || state.abandoned { return .success(nil) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting = continuation
                    return nil
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(throwing: CancellationError())
        }
        if case .output(let stream, let data)? = event { giveBack(stream, data.count) }
        return event
    }

    /// Sends input, waiting while the program does not read. Returns silently when the program is over.
    public func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let credit = try await stdinCredit()
            guard credit > 0 else { return }
            let part = rest.prefix(min(credit, Frame.chunkBytes))
            state.withLock { $0.stdinCredit -= part.count }
            session.send(.stdin(process: number, data: Array(part)))
            rest = rest.dropFirst(part.count)
        }
    }

    /// Ends the input; a terminal gets its end-of-file character (^D).
    public func closeInput() {
        session.send(.closeStdin(process: number))
    }

    /// Changes the size of the program's terminal; ignored where it has none.
    public func resize(columns: UInt16, rows: UInt16) {
        session.send(.resize(process: number, columns: columns, rows: rows))
    }

    /// Sends a signal to the program, or to its whole process group.
    public func signal(_ number: Int32, group: Bool = false) {
        session.send(.signal(process: self.number, number: number, group: group))
    }

    /// Whether the program has ended or its guest is gone. Events may still be waiting in ``next()``.
    public var isOver: Bool { state.withLock { $0.ended || $0.failure != nil } }

    /// Kills the program and everything in its process group, and drops what it still prints: nobody will ask for it, and an
    /// agent that could not send it would keep the program for ever. ``next()`` returns nil from now on. Idempotent.
    public func abandon() {
        let left = state.withLock { state -> State? in
            guard !state.abandoned, !state.ended, state.failure == nil else { return nil }
            let before = state
            state.abandoned = true
            state.events = []
            state.waiting = nil
            state.stdinWaiting = nil
            return before
        }
        guard let left else { return }
        left.waiting?.resume(returning: nil)
        left.stdinWaiting?.resume(returning: 0)
        for case .output(let stream, let data) in left.events { giveBack(stream, data.count) }
        signal(Self.killSignal, group: true)
    }

    private static let killSignal: Int32 = 9

    /// Lets the program print as much again.
    private func giveBack(_ stream: OutputStream, _ bytes: Int) {
        state.withLock { state in
            if stream == .stdout { state.stdout += bytes } else { state.stderr += bytes }
        }
        session.send(.grant(process: number, stream: stream, bytes: UInt32(bytes)))
    }

    private func stdinCredit() async throws -> Int {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int, any Error>) in
                let ready: Result<Int, any Error>? = state.withLock { state in
                    if state.ended || state.abandoned || state.failure != nil { return .success(0) }
                    if state.stdinCredit > 0 { return .success(state.stdinCredit) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.stdinWaiting = continuation
                    return nil
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.stdinWaiting = nil }
                return state.stdinWaiting
            }
            waiting?.resume(throwing: CancellationError())
        }
    }

    // MARK: From the session, on the reactor's thread

    func receiveStart(pid: Int32) {
        state.withLock { $0.pid = pid }
    }

    /// False when the guest sent more than it was granted.
    func receive(_ stream: OutputStream, _ data: [UInt8]) -> Bool {
        let (isWithinCredit, isAbandoned, waiting) = state.withLock { state in
            if stream == .stdout { state.stdout -= data.count } else { state.stderr -= data.count }
            guard state.stdout >= 0, state.stderr >= 0, !state.ended else {
                return (false, false, nil as CheckedContinuation<ProgramEvent?, any Error>?)
            }
            if state.abandoned { return (true, true, nil) }
            return (true, false, Self.deliver(.output(stream, data), to: &state))
        }
        if isWithinCredit && isAbandoned { giveBack(stream, data.count) }
        waiting?.resume(returning: .output(stream, data))
        return isWithinCredit
    }

    func receiveEnd(_ end: ProcessEnd, _ space: ScratchSpace) {
        let event = ProgramEvent.ended(end, space: space)
        let (waiting, stdin) = state.withLock { state in
            let waiting = state.abandoned ? nil : Self.deliver(event, to: &state)
            state.ended = true
            defer { state.stdinWaiting = nil }
            return (waiting, state.stdinWaiting)
        }
        waiting?.resume(returning: event)
        stdin?.resume(returning: 0)
    }

    func grantStdin(_ bytes: Int) {
        let (waiting, credit) = state.withLock { state in
            state.stdinCredit = min(state.stdinCredit + bytes, 1 << 20)
            defer { state.stdinWaiting = nil }
            return (state.stdinWaiting, state.stdinCredit)
        }
        waiting?.resume(returning: credit)
    }

    func fail(_ error: IsolationError) {
        let (waiting, stdin) = state.withLock { state in
            if !state.ended { state.failure = error }
            defer {
                state.waiting = nil
                state.stdinWaiting = nil
            }
            return (state.waiting, state.stdinWaiting)
        }
        waiting?.resume(throwing: error)
        stdin?.resume(returning: 0)
    }

    /// Hands the event to whoever waits (returned, to be resumed outside the lock) or queues it.
    private static func deliver(
        _ event: ProgramEvent, to state: inout State
    ) -> CheckedContinuation<ProgramEvent?, any Error>? {
        if let waiting = state.waiting {
            state.waiting = nil
            return waiting
        }
        state.events.append(event)
        return nil
    }
}
