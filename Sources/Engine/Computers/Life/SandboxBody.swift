// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation
import NestboxCore
import Synchronization

/// A computer's body on a sandbox of any driver.
final class SandboxBody: ComputerBody {
    let files: any ComputerFiles
    let began: Date
    private let sandbox: any Sandbox
    private let tools: ToolStarter
    private let space = LastSpace()
    private let interpreter: Mutex<AdoptedProgram?>

    /// - Parameter warm: Where prepared computers come from; nil makes each when it is wanted.
    static func maker(_ rules: IsolationRules, warm: WarmStarts?) -> BodyMaker {
        { id, limits, wish throws(IsolationError) in
            let driver = try Self.driver(rules, wish)
            // The clock of files is the host's; a minute is for the case that it is set back.
            let margin = -60.0
            let spec = SandboxSpec(id: id, limits: limits, profile: .computer)
            guard let warm, warm.serves(driver) else {
                let began = Date.now.addingTimeInterval(margin)
                return SandboxBody(try await driver.makeSandbox(spec), began: began, interpreter: nil)
            }
            let taken = try await warm.computer(spec, interprets: wish.interprets)
            return SandboxBody(
                taken.sandbox, began: taken.began.addingTimeInterval(margin), interpreter: taken.adopted)
        }
    }

    private static func driver(
        _ rules: IsolationRules, _ wish: BodyWish
    ) throws(IsolationError) -> any IsolationDriver {
        do throws(RequestError) {
            return try rules.driver(
                asked: wish.isolation, template: wish.template, allowed: wish.allowedIsolation)
        } catch {
            throw IsolationError(.unavailable, step: "choose the isolation", message: error.message)
        }
    }

    init(_ sandbox: any Sandbox, began: Date, interpreter: AdoptedProgram?) {
        self.sandbox = sandbox
        self.began = began
        self.interpreter = Mutex(interpreter)
        tools = ToolStarter(guest: sandbox.guest, onSpace: space.keep)
        files = SandboxFiles(tools: tools)
    }

    func start(_ program: BodyProgramSpec) async throws(ComputerError) -> any BodyProgram {
        do {
            let started = try await sandbox.guest.start(
                ProgramSpec(program), endsSandboxProcesses: false, adopted: program.adopted)
            return SandboxProgram(started, onSpace: space.keep)
        } catch let error as ProgramStartError {
            throw ComputerError(error, program)
        } catch is CancellationError {
            throw ComputerError(.gone, "the call was cancelled")
        } catch {
            throw ComputerError(.gone, "the sandbox is gone: \(error)")
        }
    }

    func takeInterpreter() -> AdoptedProgram? {
        interpreter.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
    }

    func connect(port: Int) async throws(ComputerError) -> any ByteConnection {
        try await SandboxConnection.open(port: port, tools)
    }

    func freeze() async throws(IsolationError) { try await sandbox.freeze() }
    func thaw() async throws(IsolationError) { try await sandbox.thaw() }
    func destroy() async throws(IsolationError) { try await sandbox.destroy() }

    func usage() throws(IsolationError) -> BodyUsage {
        let usage = try sandbox.usage()
        let disk = space.last.map { Int(clamping: $0.totalBytes - min($0.freeBytes, $0.totalBytes)) }
        return BodyUsage(cpu: usage.cpu, memoryBytes: usage.memoryBytes, diskBytes: disk ?? 0)
    }
}

/// Room in the sandbox's file systems, as of the program that ended last.
private final class LastSpace: Sendable {
    private let value = Mutex<ScratchSpace?>(nil)

    var last: ScratchSpace? { value.withLock { $0 } }
    func keep(_ space: ScratchSpace) { value.withLock { $0 = space } }
}

/// A program of the guest session that reports the room its end left.
private final class SandboxProgram: BodyProgram {
    private let program: GuestProgram
    private let onSpace: @Sendable (ScratchSpace) -> Void

    init(_ program: GuestProgram, onSpace: @escaping @Sendable (ScratchSpace) -> Void) {
        self.program = program
        self.onSpace = onSpace
    }

    var pid: Int32 { program.pid }

    func next() async throws -> ProgramEvent? {
        let event = try await program.next()
        if case .ended(_, let space)? = event { onSpace(space) }
        return event
    }

    func write(_ bytes: [UInt8]) async throws { try await program.write(bytes) }
    func closeInput() { program.closeInput() }
    func signal(_ number: Int32, group: Bool) { program.signal(number, group: group) }
    func resize(_ size: TerminalSize) { program.resize(columns: size.columns, rows: size.rows) }
}

extension ProgramSpec {
    fileprivate init(_ spec: BodyProgramSpec) {
        self.init(
            arguments: spec.arguments, environment: spec.environment, directory: spec.directory,
            user: spec.user == .root ? .root : .standard,
            terminal: spec.terminal.map { TerminalWindow(columns: $0.columns, rows: $0.rows) }, hasInput: spec.hasInput)
    }
}

extension ComputerError {
    /// What was wrong with a program, in the words that clients know.
    fileprivate init(_ error: ProgramStartError, _ spec: BodyProgramSpec) {
        let command = spec.arguments.first ?? ""
        switch (error.step, error.name) {
        case (.directory, "ENOENT"): self.init(.invalidArgument, "cwd '\(spec.directory)' does not exist")
        case (.directory, "ENOTDIR"): self.init(.invalidArgument, "cwd '\(spec.directory)' is not a directory")
        case (.directory, "EACCES"): self.init(.permissionDenied, "cwd '\(spec.directory)': permission denied")
        case (.exec, "ENOENT"):
            self.init(.invalidArgument, "error starting process '\(command)': no such file or directory")
        case (.exec, "EACCES"): self.init(.permissionDenied, "error starting process '\(command)': permission denied")
        case (.exec, "E2BIG"):
            self.init(.invalidArgument, "error starting process '\(command)': argument list too long")
        case (.exec, "ENOEXEC"): self.init(.invalidArgument, "error starting process '\(command)': exec format error")
        case (_, "EAGAIN"): self.init(.resourceExhausted, "error starting process '\(command)': too many processes")
        case (_, "ENOMEM"): self.init(.resourceExhausted, "error starting process '\(command)': out of memory")
        default: self.init(.internalError, "error starting process '\(command)': \(error)")
        }
    }
}
