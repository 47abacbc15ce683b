// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Synchronization

/// A TCP connection to a server inside, carried by a tool.
final class SandboxConnection: ByteConnection {
    private let tool: ToolProcess
    private let hasEnded = Mutex(false)

    /// - Throws: `port_closed` when nothing listens.
    static func open(port: Int, _ tools: ToolStarter) async throws(ComputerError) -> SandboxConnection {
        guard (1...65535).contains(port) else { throw ComputerError(.invalidArgument, "there is no port \(port)") }
        let tool = try await tools.start(ToolCall(operation: .connect, arguments: [String(port)], user: .user))
        guard try await tool.next() == .ready else { throw tool.broken }
        return SandboxConnection(tool)
    }

    private init(_ tool: ToolProcess) {
        self.tool = tool
    }

    func read() async throws(ComputerError) -> [UInt8]? {
        if hasEnded.withLock({ $0 }) { return nil }
        switch try await tool.next() {
        case .data(let bytes): return bytes
        case .end:
            hasEnded.withLock { $0 = true }
            return nil
        default: throw tool.broken
        }
    }

    func write(_ bytes: [UInt8]) async throws(ComputerError) {
        try await tool.write(bytes)
    }

    func finishWriting() {
        tool.closeInput()
    }

    func close() {
        tool.abandon()
    }
}
