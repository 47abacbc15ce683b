// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation
import NestboxCore
import Synchronization

@testable import Engine

/// A sandbox that is not there. Its files are one string, which the archive scripts carry.
final class FakeBody: ComputerBody {
    struct State {
        var files = ""
        var isFrozen = false
        var isDestroyed = false
        var programs: [FakeProgram] = []
        /// Holds freezing back until a test opens it.
        var freezing: Latch?
        var specs: [BodyProgramSpec] = []
        var usage = BodyUsage(cpu: .zero, memoryBytes: 1, diskBytes: 2)
    }

    let id: String
    let began = Date.now
    let state = Mutex(State())
    private let onDestroy: @Sendable () -> Void

    init(id: String, onDestroy: @escaping @Sendable () -> Void) {
        self.id = id
        self.onDestroy = onDestroy
    }

    var files: any ComputerFiles { NoFilesInFake() }

    func start(_ program: BodyProgramSpec) async throws(ComputerError) -> any BodyProgram {
        let (started, files) = try state.withLock { state throws(ComputerError) in
            guard !state.isDestroyed else { throw ComputerError(.gone, "destroyed") }
            let started = FakeProgram(pid: Int32(10 + state.specs.count))
            state.programs.append(started)
            state.specs.append(program)
            return (started, state.files)
        }
        let script = program.arguments.last ?? ""
        if script == ArchiveScript.save {
            started.emit(.output(.stdout, Array(files.utf8)))
            started.end(code: 0)
        } else if script == ArchiveScript.restore {
            started.onInputEnd = { [weak self, weak started] bytes in
                self?.state.withLock { $0.files = String(decoding: bytes, as: UTF8.self) }
                started?.end(code: 0)
            }
        }
        return started
    }

    func connect(port: Int) async throws(ComputerError) -> any ByteConnection {
        throw ComputerError(.portClosed, "closed")
    }
    func freeze() async throws(IsolationError) {
        await state.withLock { $0.freezing }?.wait()
        state.withLock { $0.isFrozen = true }
    }
    func thaw() async throws(IsolationError) { state.withLock { $0.isFrozen = false } }
    func usage() throws(IsolationError) -> BodyUsage { state.withLock { $0.usage } }

    func destroy() async throws(IsolationError) {
        let (isFirst, programs) = state.withLock { state in
            defer { state.isDestroyed = true }
            return (!state.isDestroyed, state.programs)
        }
        for program in programs { program.fail() }
        if isFirst { onDestroy() }
    }
}

/// A program whose events a test makes.
final class FakeProgram: BodyProgram {
    private struct Gone: Error {}

    private struct State {
        var input: [UInt8] = []
        var signals: [Int32] = []
        var taken = 0
        var onInputEnd: (@Sendable ([UInt8]) -> Void)?
        var waiting: CheckedContinuation<ProgramEvent?, any Error>?
        var events: [Result<ProgramEvent?, any Error>] = []
    }

    let pid: Int32
    private let state = Mutex(State())

    init(pid: Int32) { self.pid = pid }

    var input: [UInt8] { state.withLock { $0.input } }
    var signals: [Int32] { state.withLock { $0.signals } }
    /// Events that were asked for.
    var taken: Int { state.withLock { $0.taken } }
    /// Everything it has printed was dealt with, and more is asked for.
    var isAwaited: Bool { state.withLock { $0.waiting != nil } }
    var onInputEnd: (@Sendable ([UInt8]) -> Void)? {
        get { state.withLock { $0.onInputEnd } }
        set { state.withLock { $0.onInputEnd = newValue } }
    }

    func emit(_ event: ProgramEvent) { put(.success(event)) }
    func print(_ text: String) { emit(.output(.stdout, Array(text.utf8))) }
    func end(code: UInt8) {
        emit(
            .ended(.exited(code: code), space: ScratchSpace(totalBytes: 0, freeBytes: 0, totalInodes: 0, freeInodes: 0))
        )
    }
    func end(signal: UInt8) {
        emit(.ended(.signaled(signal), space: ScratchSpace(totalBytes: 0, freeBytes: 0, totalInodes: 0, freeInodes: 0)))
    }
    func fail() { put(.failure(Gone())) }

    private func put(_ event: Result<ProgramEvent?, any Error>) {
        let waiting = state.withLock { state in
            guard let waiting = state.waiting else {
                state.events.append(event)
                return nil as CheckedContinuation<ProgramEvent?, any Error>?
            }
            state.waiting = nil
            state.taken += 1
            return waiting
        }
        waiting?.resume(with: event)
    }

    func next() async throws -> ProgramEvent? {
        try await withCheckedThrowingContinuation { continuation in
            let ready: Result<ProgramEvent?, any Error>? = state.withLock { state in
                guard !state.events.isEmpty else {
                    state.waiting = continuation
                    return nil
                }
                state.taken += 1
                return state.events.removeFirst()
            }
            if let ready { continuation.resume(with: ready) }
        }
    }

    func write(_ bytes: [UInt8]) async throws {
        // Two writers at a time would mix their bytes.
        for byte in bytes {
            state.withLock { $0.input.append(byte) }
            await Task.yield()
        }
    }

    func closeInput() {
        let (end, input) = state.withLock { ($0.onInputEnd, $0.input) }
        end?(input)
    }

    func signal(_ number: Int32, group: Bool) {
        state.withLock { $0.signals.append(number) }
        if number == 9 { end(signal: 9) }
    }

    func resize(_ size: TerminalSize) {}
}

private struct NoFilesInFake: ComputerFiles {
    private var error: ComputerError { ComputerError(.unimplemented, "no files in a fake") }
    func stat(_ path: String, user: ComputerUser) async throws(ComputerError) -> FileEntry { throw error }
    func list(_ path: String, depth: Int, user: ComputerUser) async throws(ComputerError) -> [FileEntry] { throw error }
    func makeDirectory(_ path: String, user: ComputerUser) async throws(ComputerError) -> FileEntry { throw error }
    func move(from source: String, to destination: String, user: ComputerUser) async throws(ComputerError) -> FileEntry
    {
        throw error
    }
    func remove(_ path: String, user: ComputerUser) async throws(ComputerError) { throw error }
    func read(_ path: String, user: ComputerUser) async throws(ComputerError) -> any FileDownload { throw error }
    func write(_ path: String, metadata: [String: String], user: ComputerUser) async throws(ComputerError)
        -> any FileUpload
    {
        throw error
    }
    func watch(_ path: String, recursive: Bool, user: ComputerUser) async throws(ComputerError) -> any FileWatch {
        throw error
    }
}
