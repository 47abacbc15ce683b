// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Writes standard input to a file.
///
/// A watcher of the directory sees a new file come in exactly this order: created, owner set, written.
struct FileStorer {
    /// Input is gathered up to this much, so that a small file is one write and one event.
    private static let chunkBytes = 256 << 10

    private let path: RawPath
    /// Names and values in turn.
    private let metadata: [String]
    private let file: SharedDescriptor
    private let isNew: Bool

    /// - Throws: EISDIR, EINVAL for what is no regular file, ENOTDIR when a parent is a file.
    init(_ path: RawPath, metadata: [String]) throws(SystemError) {
        self.path = path
        self.metadata = metadata
        // Without O_TRUNC: a device or a FIFO is only found out after opening. Without O_CREAT first: the kernel refuses it
        // for other users' files in sticky directories (fs.protected_regular), to root as well.
        let flags: OpenFlags = [.writeOnly, .nonBlocking, .noTerminal]
        do {
            file = SharedDescriptor(try Files.open(path, flags))
            isNew = false
        } catch let error where error.number == Errno.noEntry {
            try DirectoryMaker.makeParents(of: path)
            file = SharedDescriptor(try Files.open(path, flags.union(.create), mode: 0o666))
            isNew = true
        } catch let error where error.number == Errno.noDeviceOrAddress {
            throw SystemError(Errno.invalid, call: error.call)
        }
        guard try Files.status(of: file.raw).kind == .regular else { throw SystemError(Errno.invalid, call: "write") }
    }

    func run(_ output: ToolOutput) throws(SystemError) {
        if !isNew, try Files.status(of: file.raw).size > 0 { try Files.truncate(file.raw, to: 0) }
        do {
            try Files.setOwner(file.raw, user: Processes.userID, group: Processes.groupID)
        } catch let error where error.number == Errno.notPermitted {
            // Somebody else's file that this user may write stays theirs.
        }
        try replaceMetadata()
        output.send(.ready)
        var pending: [UInt8] = []
        while let part = try Files.read(ToolOutput.input, upTo: Self.chunkBytes), !part.isEmpty {
            pending += part
            if pending.count >= Self.chunkBytes {
                try Files.writeAll(file.raw, pending)
                pending = []
            }
        }
        try Files.writeAll(file.raw, pending)
        let reader = EntryReader()
        // The path may lead elsewhere by now; what was written is what is told about.
        let written = try Files.status(of: file.raw)
        output.send(.entry((try? reader.entry(path)) ?? reader.entry(path, written)))
    }

    private func replaceMetadata() throws(SystemError) {
        var wanted: [String: String] = [:]
        for index in stride(from: 0, to: metadata.count - 1, by: 2) {
            wanted[EntryReader.attributePrefix + metadata[index]] = metadata[index + 1]
        }
        if !isNew {
            for name in try FileAttributes.names(path)
            where name.hasPrefix(EntryReader.attributePrefix) && wanted[name] == nil {
                try FileAttributes.remove(name, of: file.raw)
            }
        }
        for (name, value) in wanted.sorted(by: { $0.key < $1.key }) {
            try FileAttributes.set(name, to: Array(value.utf8), of: file.raw)
        }
    }
}
