// SPDX-License-Identifier: Apache-2.0
import Engine
import Hummingbird
import NIOCore

/// `filesystem.Filesystem` of one computer.
struct FilesystemService: Sendable {
    /// Deepest listing; deeper ones are as deep as this.
    private static let deepest = 1000
    private static let keepalive = ByteBuffer(string: #"{"keepalive":{}}"#)

    let call: RPCCall
    let watchers: WatcherTable

    private var computer: any Computer { call.exchange.computer }
    private var files: any ComputerFiles { computer.files }
    private var user: ComputerUser { call.user }

    /// - Returns: nil when there is no such method.
    func respond(to method: Substring) async throws -> Response? {
        switch method {
        case "Stat": return try entry(try await files.stat(try await path(), user: user))
        case "MakeDir": return try entry(try await files.makeDirectory(try await path(), user: user))
        case "ListDir": return try await list()
        case "Move": return try await move()
        case "Remove":
            try await files.remove(try await path(), user: user)
            return try call.answer(EmptyMessage())
        case "WatchDir": return try await watch()
        case "CreateWatcher": return try await createWatcher()
        case "GetWatcherEvents": return try await watcherEvents()
        case "RemoveWatcher":
            try watchers.remove(try await call.message(FilesystemMessages.Watcher.self).watcherId, of: computer.id)
            return try call.answer(EmptyMessage())
        default: return nil
        }
    }

    // MARK: Entries

    private func path() async throws -> String {
        try resolved(try await call.message(FilesystemMessages.Path.self).path)
    }

    private func resolved(_ path: String?) throws -> String {
        guard let path, !path.isEmpty else { throw RPCError(.invalidArgument, "path is missing") }
        return try user.resolve(path)
    }

    private func entry(_ entry: FileEntry) throws -> Response {
        try call.answer(FilesystemMessages.Entry(entry: EntryMessage(entry)))
    }

    private func list() async throws -> Response {
        let message = try await call.message(FilesystemMessages.ListDir.self)
        let depth = message.depth ?? 1
        guard depth >= 0 else { throw RPCError(.invalidArgument, "depth must be at least 1") }
        let entries = try await files.list(
            try resolved(message.path), depth: min(max(depth, 1), Self.deepest), user: user)
        return try call.answer(FilesystemMessages.Entries(entries: entries.map(EntryMessage.init)))
    }

    private func move() async throws -> Response {
        let message = try await call.message(FilesystemMessages.Move.self)
        return try entry(
            try await files.move(from: try resolved(message.source), to: try resolved(message.destination), user: user))
    }

    // MARK: Watchers

    private func watch() async throws -> Response {
        let message = try await call.streamed(FilesystemMessages.Watch.self)
        let path = try resolved(message.path)
        let stream = try ConnectStream(call.exchange)
        let includesEntries = message.includeEntry ?? false
        return stream.response { [files, user] writer in
            let watch = try await files.watch(path, recursive: message.recursive ?? false, user: user)
            let source = StreamSource<FileChange>(next: { await watch.next() }, stop: { watch.close() })
            do {
                try await writer.write(ConnectEnvelope.message(ByteBuffer(string: #"{"start":{}}"#)))
            } catch {
                watch.close()
                throw error
            }
            let ending = try await stream.relay(source, to: &writer, keepalive: Self.keepalive) { change in
                let event = await Self.event(
                    change, in: path, includesEntry: includesEntries, files: files, user: user)
                return [try? JSONOutput.buffer(FilesystemMessages.StreamedEvent(filesystem: event))].compactMap(\.self)
            }
            // Nothing ends a watch but its client and the end of the computer.
            if ending == .ended { throw ComputerError(.gone, "the watch has ended") }
        }
    }

    private func createWatcher() async throws -> Response {
        let message = try await call.message(FilesystemMessages.Watch.self)
        let path = try resolved(message.path)
        let watch = try await files.watch(path, recursive: message.recursive ?? false, user: user)
        let watcher = WatcherTable.Watcher(
            watch: watch, path: path, user: user, includesEntries: message.includeEntry ?? false)
        return try call.answer(FilesystemMessages.Watcher(watcherId: try watchers.add(watcher, of: computer.id)))
    }

    private func watcherEvents() async throws -> Response {
        let id = try await call.message(FilesystemMessages.Watcher.self).watcherId
        let watcher = try watchers.find(id, of: computer.id)
        var events: [FilesystemMessages.Event] = []
        for change in await watcher.watch.pending() {
            events.append(
                await Self.event(
                    change, in: watcher.path, includesEntry: watcher.includesEntries, files: files, user: watcher.user))
        }
        return try call.answer(FilesystemMessages.Events(events: events))
    }

    private static func event(
        _ change: FileChange, in path: String, includesEntry: Bool, files: any ComputerFiles, user: ComputerUser
    ) async -> FilesystemMessages.Event {
        var entry: EntryMessage?
        if includesEntry, [.create, .write, .chmod].contains(change.kind) {
            let whole = path.hasSuffix("/") ? path + change.name : "\(path)/\(change.name)"
            // It may have gone again.
            entry = (try? await files.stat(whole, user: user)).map(EntryMessage.init)
        }
        return FilesystemMessages.Event(change, entry: entry)
    }
}
