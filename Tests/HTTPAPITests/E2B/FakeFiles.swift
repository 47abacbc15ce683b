// SPDX-License-Identifier: Apache-2.0
import Engine
import Synchronization

/// Files in memory: paths and contents, no directories but those that were made. A path with `full` in it has no space.
final class FakeFiles: ComputerFiles {
    struct File: Sendable {
        var bytes: [UInt8]
        var metadata: [String: String] = [:]
        var isDirectory = false
        var user = ComputerUser.user
    }

    private let state = Mutex<[String: File]>([:])
    private let watches = Mutex<[FakeWatch]>([])

    subscript(path: String) -> File? {
        get { state.withLock { $0[path] } }
        set { state.withLock { $0[path] = newValue } }
    }

    fileprivate func append(_ bytes: [UInt8], to path: String) { state.withLock { $0[path]?.bytes += bytes } }

    func stat(_ path: String, user: ComputerUser) async throws(ComputerError) -> FileEntry {
        guard let file = self[path] else { throw ComputerError(.notFound, "path '\(path)' does not exist") }
        return FileEntry(
            name: path.split(separator: "/").last.map(String.init) ?? "/", path: path,
            kind: file.isDirectory ? .directory : .file, size: Int64(file.bytes.count), mode: 0o644, ownMode: 0o644,
            owner: file.user.rawValue, group: file.user.rawValue,
            modified: .init(seconds: 1_000_000_000, nanoseconds: 0), metadata: file.metadata)
    }

    func list(_ path: String, depth: Int, user: ComputerUser) async throws(ComputerError) -> [FileEntry] {
        let paths = state.withLock { $0.keys.filter { $0.hasPrefix(path + "/") }.sorted() }
        var entries: [FileEntry] = []
        for path in paths { entries.append(try await stat(path, user: user)) }
        return entries
    }

    func makeDirectory(_ path: String, user: ComputerUser) async throws(ComputerError) -> FileEntry {
        if self[path] != nil { throw ComputerError(.alreadyExists, "directory '\(path)' already exists") }
        self[path] = File(bytes: [], isDirectory: true, user: user)
        return try await stat(path, user: user)
    }

    func move(from source: String, to destination: String, user: ComputerUser) async throws(ComputerError) -> FileEntry
    {
        _ = try await stat(source, user: user)
        self[destination] = self[source]
        self[source] = nil
        return try await stat(destination, user: user)
    }

    func remove(_ path: String, user: ComputerUser) async throws(ComputerError) { self[path] = nil }

    func read(_ path: String, user: ComputerUser) async throws(ComputerError) -> any FileDownload {
        let entry = try await stat(path, user: user)
        if entry.kind == .directory { throw ComputerError(.invalidArgument, "path '\(path)' is a directory") }
        return FakeDownload(entry, self[path]?.bytes ?? [])
    }

    func write(
        _ path: String, metadata: [String: String], user: ComputerUser
    ) async throws(ComputerError) -> any FileUpload {
        self[path] = File(bytes: [], metadata: metadata, user: user)
        return FakeUpload(self, path, user)
    }

    func watch(_ path: String, recursive: Bool, user: ComputerUser) async throws(ComputerError) -> any FileWatch {
        let watch = FakeWatch()
        watches.withLock { $0.append(watch) }
        return watch
    }

    /// Tells every watch.
    func change(_ name: String, _ kind: FileChange.Kind) {
        for watch in watches.withLock({ $0 }) { watch.add(FileChange(name: name, kind: kind)) }
    }

    var openWatches: Int { watches.withLock { $0.count { !$0.isClosed } } }
}

private final class FakeDownload: FileDownload {
    let size: Int64
    let modified: FileEntry.Time
    private let rest: Mutex<ArraySlice<UInt8>>

    init(_ entry: FileEntry, _ bytes: [UInt8]) {
        size = entry.size
        modified = entry.modified
        rest = Mutex(bytes[...])
    }

    func read() async throws(ComputerError) -> [UInt8]? {
        rest.withLock { rest in
            let piece = rest.prefix(1000)
            rest = rest.dropFirst(1000)
            return piece.isEmpty ? nil : Array(piece)
        }
    }

    func seek(to offset: Int64) async throws(ComputerError) { rest.withLock { $0 = $0.dropFirst(Int(offset)) } }
    func close() {}
}

private final class FakeUpload: FileUpload {
    private let files: FakeFiles
    private let path: String
    private let user: ComputerUser

    init(_ files: FakeFiles, _ path: String, _ user: ComputerUser) {
        self.files = files
        self.path = path
        self.user = user
    }

    func write(_ bytes: [UInt8]) async throws(ComputerError) {
        if path.contains("full") { throw ComputerError(.noSpace, "not enough disk space available") }
        files.append(bytes, to: path)
    }

    func finish() async throws(ComputerError) -> FileEntry { try await files.stat(path, user: user) }
    func close() {}
}

private final class FakeWatch: FileWatch {
    private let state = Mutex<(changes: [FileChange], isClosed: Bool, waiter: CheckedContinuation<Void, Never>?)>(
        ([], false, nil))

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func add(_ change: FileChange?) {
        let waiter = state.withLock { state in
            if let change { state.changes.append(change) } else { state.isClosed = true }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func next() async -> FileChange? {
        while true {
            let (change, isClosed): (FileChange?, Bool) = state.withLock { state in
                state.changes.isEmpty ? (nil, state.isClosed) : (state.changes.removeFirst(), false)
            }
            if let change { return change }
            if isClosed { return nil }
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if state.changes.isEmpty, !state.isClosed {
                        state.waiter = continuation
                    } else {
                        continuation.resume()
                    }
                }
            }
        }
    }

    func pending() async -> [FileChange] {
        state.withLock { state in
            defer { state.changes = [] }
            return state.changes
        }
    }

    func close() { add(nil) }
}
