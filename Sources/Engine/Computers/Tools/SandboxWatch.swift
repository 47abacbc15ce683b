// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Synchronization

/// Changes in a directory. They wait inside the sandbox until somebody asks; when more happen than the kernel keeps, the
/// watch ends.
final class SandboxWatch: FileWatch {
    /// More changes than one answer holds; the rest comes with the next.
    private static let mostAtOnce = 50_000

    private let tool: ToolProcess
    /// One caller reads at a time.
    private let turn = Places(1)
    /// Answers to `pending()` calls that were cancelled are still to come.
    private let unanswered = Mutex(0)

    init(_ tool: ToolProcess) async throws(ComputerError) {
        self.tool = tool
        guard try await tool.next() == .ready else { throw tool.broken }
    }

    func next() async -> FileChange? {
        guard await turn.enter() else { return nil }
        defer { turn.leave() }
        while let message = try? await tool.next() {
            switch message {
            case .change(let kind, let name): return FileChange(kind, name)
            case .synced: unanswered.withLock { $0 = max(0, $0 - 1) }
            default:
                tool.abandon()
                return nil
            }
        }
        return nil
    }

    /// Not while another task waits in ``next()``.
    func pending() async -> [FileChange] {
        guard await turn.enter() else { return [] }
        defer { turn.leave() }
        unanswered.withLock { $0 += 1 }
        do {
            try await tool.write([UInt8(ascii: "\n")])
        } catch {
            return []
        }
        var changes: [FileChange] = []
        while changes.count < Self.mostAtOnce, let message = try? await tool.next() {
            switch message {
            case .change(let kind, let name): changes.append(FileChange(kind, name))
            case .synced:
                let isLast = unanswered.withLock { count in
                    count = max(0, count - 1)
                    return count == 0
                }
                if isLast { return changes }
            default:
                tool.abandon()
                return changes
            }
        }
        return changes
    }

    func close() {
        tool.abandon()
    }
}

extension FileChange {
    fileprivate init(_ kind: ToolChange, _ name: [UInt8]) {
        let own: Kind =
            switch kind {
            case .create: .create
            case .write: .write
            case .remove: .remove
            case .rename: .rename
            case .chmod: .chmod
            }
        self.init(name: String(decoding: name, as: UTF8.self), kind: own)
    }
}
