// SPDX-License-Identifier: Apache-2.0
import Synchronization

@testable import NestboxCommands

/// Keeps what is written. `failure` is thrown by every write once `capacity` bytes are there.
final class MemorySink: OutputSink {
    let isTerminal: Bool
    private let capacity: Int
    private let written = Mutex<[UInt8]>([])

    init(isTerminal: Bool = false, capacity: Int = .max) {
        self.isTerminal = isTerminal
        self.capacity = capacity
    }

    func write(_ bytes: [UInt8]) async throws {
        try written.withLock {
            guard $0.count < capacity else { throw BrokenPipe() }
            $0 += bytes
        }
    }

    var bytes: [UInt8] { written.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
}

/// A standard input with a fixed content. Reading it when a test does not expect that is recorded.
final class MemoryInput: InputSource {
    let isTerminal: Bool
    private let content: [UInt8]
    private let idle: Bool
    private let reads = Mutex(0)

    /// - Parameter idle: Whether nothing comes for a while before the content does.
    init(_ content: String = "", isTerminal: Bool = false, idle: Bool = false) {
        self.content = Array(content.utf8)
        self.isTerminal = isTerminal
        self.idle = idle
    }

    init(bytes: [UInt8]) {
        content = bytes
        isTerminal = false
        idle = false
    }

    func readAll(limit: Int, whenIdle: @Sendable () async -> Void) async throws -> [UInt8] {
        reads.withLock { $0 += 1 }
        if idle { await whenIdle() }
        return content
    }

    var timesRead: Int { reads.withLock { $0 } }
}

/// Interrupts that a test sends.
final class TestInterrupts: InterruptSource {
    private let stream: AsyncStream<Interrupt>
    private let continuation: AsyncStream<Interrupt>.Continuation
    private let exits = Mutex<[CommandExit]>([])
    /// Called after each exit, in place of ending the process.
    private let onExit: @Sendable () -> Void

    init(onExit: @escaping @Sendable () -> Void = {}) {
        (stream, continuation) = AsyncStream.makeStream()
        self.onExit = onExit
    }

    func send(_ interrupt: Interrupt) { continuation.yield(interrupt) }

    func interrupts() async -> AsyncStream<Interrupt> { stream }

    func exitNow(_ status: CommandExit) {
        exits.withLock { $0.append(status) }
        onExit()
    }

    var exitedWith: [CommandExit] { exits.withLock { $0 } }
}
