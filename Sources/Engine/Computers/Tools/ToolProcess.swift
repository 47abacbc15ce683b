// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import Synchronization

/// Starts tools in a sandbox.
struct ToolStarter: Sendable {
    let guest: GuestSession
    /// The guest's executable inside.
    var executable = SandboxPath.tool
    /// Told the room that each tool's end has left.
    var onSpace: @Sendable (ScratchSpace) -> Void = { _ in }

    func start(_ call: ToolCall) async throws(ComputerError) -> ToolProcess {
        let spec = ProgramSpec(
            arguments: [executable, "tool", call.operation.rawValue] + call.arguments, environment: [:], directory: "/",
            user: call.user == .root ? .root : .standard)
        do {
            return ToolProcess(try await guest.start(spec, endsSandboxProcesses: false), call: call, onSpace: onSpace)
        } catch let error as ProgramStartError {
            if error.step == .exec, error.name == "E2BIG" {
                throw ComputerError(.invalidArgument, "the path or the metadata is too long")
            }
            throw ["EAGAIN", "ENOMEM"].contains(error.name)
                ? ComputerError(.resourceExhausted, "the sandbox has no room for another process")
                : ComputerError(.internalError, "\(error)")
        } catch {
            throw ToolProcess.gone(error)
        }
    }

    /// Runs a tool to its end; what it said before `end`, at most `most` messages.
    func run(_ call: ToolCall, atMost most: Int) async throws(ComputerError) -> [ToolMessage] {
        let tool = try await start(call)
        defer { tool.abandon() }
        var messages: [ToolMessage] = []
        while true {
            let message = try await tool.next()
            if message == .end { return messages }
            guard messages.count < most else { throw tool.broken }
            messages.append(message)
        }
    }
}

/// A tool that runs. One task reads, one may write at the same time. Whoever drops it kills it.
///
/// Nothing it says is believed beyond the sandbox: another program of the same user can speak for it.
final class ToolProcess: Sendable {
    let call: ToolCall
    private let program: GuestProgram
    private let onSpace: @Sendable (ScratchSpace) -> Void
    private let frames = Mutex(FrameBuffer())

    init(_ program: GuestProgram, call: ToolCall, onSpace: @escaping @Sendable (ScratchSpace) -> Void) {
        self.program = program
        self.call = call
        self.onSpace = onSpace
    }

    deinit {
        program.abandon()
    }

    /// The next message.
    ///
    /// - Throws: What `failed` means; `resource_exhausted` when the tool was killed; `gone`.
    func next() async throws(ComputerError) -> ToolMessage {
        while true {
            if let message = try takeMessage() {
                if case .failed(let name, let what) = message { throw call.error(name, what) }
                return message
            }
            switch try await nextEvent() {
            case .output(.stdout, let bytes)?: frames.withLock { $0.append(bytes) }
            case .output(.stderr, _)?: break
            case .ended(_, let space)?:
                onSpace(space)
                throw ComputerError(
                    .resourceExhausted,
                    "\(call.operation.rawValue) of '\(call.path)' was killed: the sandbox may be out of memory")
            case nil: throw ComputerError(.gone, "\(call.operation.rawValue) of '\(call.path)' is over")
            }
        }
    }

    private func nextEvent() async throws(ComputerError) -> ProgramEvent? {
        do {
            return try await program.next()
        } catch {
            throw Self.gone(error)
        }
    }

    private func takeMessage() throws(ComputerError) -> ToolMessage? {
        do {
            return try frames.withLock { frames throws(WireError) in
                guard let (type, payload) = try frames.next() else { return nil }
                return try ToolMessage(type: type, payload: payload)
            }
        } catch {
            throw broken
        }
    }

    /// Sends input. Does nothing when the tool is over; ``next()`` says why.
    func write(_ bytes: [UInt8]) async throws(ComputerError) {
        do {
            try await program.write(bytes)
        } catch {
            throw Self.gone(error)
        }
    }

    /// Returns once the tool has ended after its last message, so that the room it has left is known.
    func ended() async {
        while let event = try? await program.next() {
            if case .ended(_, let space) = event { return onSpace(space) }
        }
    }

    var isOver: Bool { program.isOver }

    func closeInput() {
        program.closeInput()
    }

    /// Kills the tool; ``next()`` throws `gone` from now on. Idempotent.
    func abandon() {
        program.abandon()
    }

    /// The tool said something that no tool says.
    var broken: ComputerError {
        ComputerError(.internalError, "\(call.operation.rawValue) of '\(call.path)': the answer makes no sense")
    }

    static func gone(_ error: any Error) -> ComputerError {
        error is CancellationError
            ? ComputerError(.gone, "the call was cancelled") : ComputerError(.gone, "the sandbox is gone: \(error)")
    }
}
