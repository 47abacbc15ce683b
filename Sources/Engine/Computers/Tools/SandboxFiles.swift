// SPDX-License-Identifier: Apache-2.0
import GuestWire

/// Files of a sandbox, by tools that run inside as the user who wants it.
struct SandboxFiles: ComputerFiles {
    let tools: ToolStarter

    func stat(_ path: String, user: ComputerUser) async throws(ComputerError) -> FileEntry {
        try await entry(.stat, [try Self.clean(path)], user)
    }

    func list(_ path: String, depth: Int, user: ComputerUser) async throws(ComputerError) -> [FileEntry] {
        guard depth > 0 else { throw ComputerError(.invalidArgument, "depth should be at least 1") }
        let call = ToolCall(operation: .list, arguments: [try Self.clean(path), String(depth)], user: user)
        let tool = try await tools.start(call)
        defer { tool.abandon() }
        var entries: [FileEntry] = []
        while true {
            switch try await tool.next() {
            case .entry(let entry) where entries.count < ToolMessage.mostEntries: entries.append(FileEntry(entry))
            case .end: return entries
            default: throw tool.broken
            }
        }
    }

    func makeDirectory(_ path: String, user: ComputerUser) async throws(ComputerError) -> FileEntry {
        try await entry(.mkdir, [try Self.clean(path)], user)
    }

    func move(from source: String, to destination: String, user: ComputerUser) async throws(ComputerError) -> FileEntry
    {
        try await entry(.move, [try Self.clean(source), try Self.clean(destination)], user)
    }

    func remove(_ path: String, user: ComputerUser) async throws(ComputerError) {
        let call = ToolCall(operation: .remove, arguments: [try Self.clean(path)], user: user)
        _ = try await tools.run(call, atMost: 0)
    }

    func read(_ path: String, user: ComputerUser) async throws(ComputerError) -> any FileDownload {
        try await SandboxDownload(
            tools.start(ToolCall(operation: .read, arguments: [try Self.clean(path)], user: user)))
    }

    func write(
        _ path: String, metadata: [String: String], user: ComputerUser
    ) async throws(ComputerError) -> any FileUpload {
        var arguments = [try Self.clean(path)]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            guard !key.isEmpty, !key.utf8.contains(0), !value.utf8.contains(0) else {
                throw ComputerError(.invalidArgument, "the metadata has an empty name or contains a NUL character")
            }
            arguments += [key, value]
        }
        return try await SandboxUpload(tools.start(ToolCall(operation: .write, arguments: arguments, user: user)))
    }

    func watch(_ path: String, recursive: Bool, user: ComputerUser) async throws(ComputerError) -> any FileWatch {
        let arguments = [try Self.clean(path), recursive ? "1" : "0"]
        return try await SandboxWatch(tools.start(ToolCall(operation: .watch, arguments: arguments, user: user)))
    }

    private func entry(
        _ operation: ToolCall.Operation, _ arguments: [String], _ user: ComputerUser
    ) async throws(ComputerError) -> FileEntry {
        let call = ToolCall(operation: operation, arguments: arguments, user: user)
        guard case .entry(let entry)? = try await tools.run(call, atMost: 1).first else {
            throw ComputerError(.internalError, "\(operation.rawValue) of '\(call.path)': the answer makes no sense")
        }
        return FileEntry(entry)
    }

    /// An absolute path without `.`, `..` and empty components, by its text alone: links are not looked at.
    ///
    /// - Throws: `invalid_argument` for a path that is relative, too long or contains NUL.
    static func clean(_ path: String) throws(ComputerError) -> String {
        guard path.hasPrefix("/") else { throw ComputerError(.invalidArgument, "path '\(path)' is not absolute") }
        guard !path.utf8.contains(0) else { throw ComputerError(.invalidArgument, "the path contains a NUL character") }
        var parts: [Substring.UTF8View.SubSequence] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        let cleaned = "/" + parts.map { String(Substring($0)) }.joined(separator: "/")
        guard cleaned.utf8.count <= ToolMessage.mostPathBytes else {
            throw ComputerError(.invalidArgument, "the path is longer than \(ToolMessage.mostPathBytes) bytes")
        }
        return cleaned
    }
}

extension FileEntry {
    /// Names that are not UTF-8 are shown with replacement characters.
    init(_ entry: ToolEntry) {
        func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        let slash = UInt8(ascii: "/")
        self.init(
            name: entry.path.split(separator: slash).last.map { text($0) } ?? "/", path: text(entry.path),
            kind: entry.kind == .file ? .file : entry.kind == .directory ? .directory : .other,
            size: Int64(clamping: entry.size),
            mode: entry.mode, ownMode: entry.ownMode, owner: text(entry.owner), group: text(entry.group),
            modified: Time(seconds: entry.seconds, nanoseconds: Int32(clamping: entry.nanoseconds)),
            linkTarget: entry.linkTarget.map { text($0) },
            metadata: Dictionary(
                entry.attributes.map { (text($0.key), text($0.value)) }, uniquingKeysWith: { first, _ in first }))
    }
}
