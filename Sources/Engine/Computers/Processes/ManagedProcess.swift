// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import Synchronization

/// A process that somebody started in a computer. One task, its pump, reads what it prints until it ends.
final class ManagedProcess: ComputerProcess {
    private static let killSignal: Int32 = 9
    /// How long a process that was started waits for its first listener before its output is dropped.
    static let firstListenerTime = Duration.seconds(10)

    let pid: Int32
    let request: ComputerProcessRequest
    private let program: any BodyProgram
    private let hub = OutputHub()
    /// Input of several callers goes in one after the other.
    private let writing = Places(1)
    /// Who kills it at the end of its time.
    private let reaper = Mutex<Task<Void, any Error>?>(nil)

    init(_ program: any BodyProgram, request: ComputerProcessRequest) {
        pid = program.pid
        self.program = program
        self.request = request
    }

    // MARK: ComputerProcess

    var isRunning: Bool { !hub.isClosed }

    func listen() -> any ComputerProcessListener { hub.listen() }

    func write(_ bytes: [UInt8]) async throws(ComputerError) {
        guard request.hasInput || request.terminal != nil else {
            throw ComputerError(.invalidArgument, "process \(pid) was started without input")
        }
        guard await writing.enter() else { throw ComputerError(.gone, "the call was cancelled") }
        defer { writing.leave() }
        do {
            try await program.write(bytes)
        } catch {
            throw ComputerError(.gone, "the input did not reach process \(pid): \(error)")
        }
    }

    func closeInput() { program.closeInput() }
    func signal(_ number: Int32) { program.signal(number, group: false) }
    func kill() { program.signal(Self.killSignal, group: true) }

    func kill(after time: Duration) {
        if time <= .zero { return kill() }
        // A task of its own: whoever asks for it is leaving. It ends with the process.
        let task = Task { [weak self] in
            try await Task.sleep(for: time)
            self?.kill()
        }
        reaper.withLock { reaper in
            reaper?.cancel()
            reaper = task
        }
        if hub.isClosed { task.cancel() }
    }

    func resize(_ size: TerminalSize) { if request.terminal != nil { program.resize(size) } }

    // MARK: The table's side

    /// Reads the process until its end. Returns its end; nil when the sandbox went away under it.
    func pump() async -> ComputerProcessEvent? {
        while let event = try? await program.next() {
            switch event {
            case .output(let stream, let bytes):
                await hub.deliver(
                    request.terminal != nil ? .terminal(bytes) : stream == .stdout ? .stdout(bytes) : .stderr(bytes))
            case .ended(.exited(code: let code), _): return .ended(exitCode: Int32(code), signal: nil)
            case .ended(.signaled(let number), _): return .ended(exitCode: -1, signal: Int32(number))
            }
        }
        return nil
    }

    /// Nothing more will come; `end` is nil when the computer is gone.
    func finish(_ end: ComputerProcessEvent?) {
        hub.close(end)
        reaper.withLock { $0?.cancel() }
    }

    func giveUpUnclaimed() { hub.giveUpUnclaimed() }
}
