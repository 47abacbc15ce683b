// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Synchronization

/// A file that is read piece by piece, as far as it is asked for.
final class SandboxDownload: FileDownload {
    private struct State {
        var offset: Int64 = 0
        var hasStarted = false
        var received: Int64 = 0
        var isOver = false
    }

    let size: Int64
    let modified: FileEntry.Time
    private let tool: ToolProcess
    private let state = Mutex(State())

    init(_ tool: ToolProcess) async throws(ComputerError) {
        self.tool = tool
        guard case .opened(let size, let seconds, let nanoseconds) = try await tool.next() else { throw tool.broken }
        self.size = Int64(clamping: size)
        modified = FileEntry.Time(seconds: seconds, nanoseconds: Int32(clamping: nanoseconds))
    }

    func seek(to offset: Int64) async throws(ComputerError) {
        guard offset >= 0 else { throw ComputerError(.invalidArgument, "offset \(offset) is negative") }
        let isAllowed = state.withLock { state in
            if !state.hasStarted { state.offset = offset }
            return !state.hasStarted
        }
        guard isAllowed else { throw ComputerError(.conflict, "the file is being read already") }
    }

    func read() async throws(ComputerError) -> [UInt8]? {
        let (start, isOver) = state.withLock { state in
            defer { state.hasStarted = true }
            return (state.hasStarted ? nil : state.offset, state.isOver)
        }
        if isOver { return nil }
        if let start {
            var writer = WireWriter()
            writer.put(UInt64(start))
            try await tool.write(writer.bytes)
        }
        switch try await tool.next() {
        case .data(let bytes):
            // No more than was announced, whatever the tool sends.
            let isFine = state.withLock { state in
                state.received += Int64(bytes.count)
                return state.received <= max(0, size - state.offset)
            }
            guard isFine else { throw tool.broken }
            return bytes
        case .end:
            state.withLock { $0.isOver = true }
            return nil
        default: throw tool.broken
        }
    }

    func close() {
        state.withLock { $0.isOver = true }
        tool.abandon()
    }
}

/// A file that is being written.
final class SandboxUpload: FileUpload {
    private let tool: ToolProcess

    init(_ tool: ToolProcess) async throws(ComputerError) {
        self.tool = tool
        guard try await tool.next() == .ready else { throw tool.broken }
    }

    func write(_ bytes: [UInt8]) async throws(ComputerError) {
        if !tool.isOver { try await tool.write(bytes) }
        guard tool.isOver else { return }
        // It ends before its input does only when it failed.
        _ = try await tool.next()
        throw tool.broken
    }

    func finish() async throws(ComputerError) -> FileEntry {
        tool.closeInput()
        guard case .entry(let entry) = try await tool.next(), try await tool.next() == .end else { throw tool.broken }
        await tool.ended()
        return FileEntry(entry)
    }

    func close() {
        tool.abandon()
    }
}
