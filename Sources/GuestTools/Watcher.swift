// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Tells the host what changes in a directory, until its standard input ends. Each line of input is answered by `synced`
/// once every change that had happened when the line came was told.
final class Watcher {
    private enum Token {
        static let changes: UInt64 = 0
        static let input: UInt64 = 1
    }

    private let output: ToolOutput
    private let tree: WatchedTree
    private let isRecursive: Bool
    /// What looking into a new directory has told already; the kernel may tell it once more.
    private var told: Set<RawPath> = []
    /// A directory that was moved away, until the next event says whether it has arrived elsewhere in the tree.
    private var leaving: (path: RawPath, cookie: UInt32)?
    private var unsent: [UInt8] = []

    /// - Throws: ENOENT, ENOTDIR; EMFILE when the kernel allows no more watches.
    init(root: RawPath, recursive: Bool, output: ToolOutput) throws(SystemError) {
        self.output = output
        isRecursive = recursive
        tree = try WatchedTree(root: root)
        if recursive { try tree.addAll(below: WatchedTree.top) { _, _ in } }
    }

    func run() throws(SystemError) {
        output.send(.ready)
        let epoll = try Epoll()
        try epoll.add(tree.inotify.raw, token: Token.changes, events: .readable)
        try epoll.add(ToolOutput.input, token: Token.input, events: .readable)
        while true {
            for event in try epoll.wait() {
                if event.token == Token.changes {
                    guard try takeSome() != nil else { return }
                } else {
                    guard let input = try Files.read(ToolOutput.input, upTo: 4096), !input.isEmpty else { return }
                    guard try takeQueued() else { return }
                    for byte in input where byte == UInt8(ascii: "\n") { output.send(.synced) }
                }
            }
        }
    }

    /// Takes what is queued now, and not what is added meanwhile. False after an overflow.
    private func takeQueued() throws(SystemError) -> Bool {
        var left = tree.inotify.queuedBytes
        while left > 0 {
            guard let taken = try takeSome() else { return false }
            if taken == 0 { break }
            left -= taken
        }
        return true
    }

    /// Takes some events; their bytes in the queue. Nil after an overflow: what was missed is unknown, so the watch is over.
    private func takeSome() throws(SystemError) -> Int? {
        let (events, bytes) = try tree.inotify.read()
        for event in events {
            if event.events.contains(.overflow) {
                flush()
                output.send(.overflow)
                return nil
            }
            try take(event)
        }
        flush()
        if tree.inotify.queuedBytes == 0 {
            // Nothing is under way that could repeat what was told, or say where a directory went.
            told = []
            forgetLeaving()
        }
        return bytes
    }

    private func take(_ event: Inotify.Event) throws(SystemError) {
        if let leaving, event.events.contains(.movedTo), event.cookie == leaving.cookie {
            self.leaving = nil
            guard let path = tree.path(of: event) else { return tree.forget(leaving.path) }
            put(.create, path)
            return tree.move(leaving.path, to: path)
        }
        forgetLeaving()
        if event.events.contains(.ignored) { return tree.forget(watch: event.watch) }
        guard let path = tree.path(of: event) else { return }
        let isDirectory = isRecursive && event.events.contains(.isDirectory) && !event.name.isEmpty
        if !event.events.isDisjoint(with: [.delete, .movedFrom]) {
            told.remove(path)
            if isDirectory && event.events.contains(.delete) { tree.forget(path) }
            if isDirectory && event.events.contains(.movedFrom) { leaving = (path, event.cookie) }
        }
        if event.events.contains(.create), told.remove(path) != nil { return }
        tell(event.events, path)
        guard isDirectory, !event.events.isDisjoint(with: [.create, .movedTo]) else { return }
        // In a directory that was just made everything is new; one that was moved here brings what it had.
        let isNew = event.events.contains(.create)
        var found: [(path: RawPath, status: FileStatus)] = []
        try tree.addAll(below: path) { found.append(($0, $1)) }
        for (path, status) in found where isNew {
            told.insert(path)
            put(.create, path)
            if status.kind == .regular && status.size > 0 { put(.write, path) }
        }
    }

    private func forgetLeaving() {
        guard let leaving else { return }
        tree.forget(leaving.path)
        self.leaving = nil
    }

    private func tell(_ events: Inotify.Events, _ path: RawPath) {
        if !events.isDisjoint(with: [.create, .movedTo]) { put(.create, path) }
        if !events.isDisjoint(with: [.movedFrom, .moveSelf]) { put(.rename, path) }
        if events.contains(.attributes) { put(.chmod, path) }
        if events.contains(.modify) { put(.write, path) }
        if !events.isDisjoint(with: [.delete, .deleteSelf]) { put(.remove, path) }
    }

    private func put(_ change: ToolChange, _ path: RawPath) {
        guard path.bytes.count <= ToolMessage.mostPathBytes else { return }
        unsent += ToolMessage.change(change, name: path.bytes).encoded()
        if unsent.count > 65536 { flush() }
    }

    private func flush() {
        if !unsent.isEmpty { output.send(unsent) }
        unsent = []
    }
}
