// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Writes files the host sends, beneath a directory, following no symbolic link on the way.
final class FileWriter {
    private static let resolve: ResolveFlags = [.beneath, .noSymlinks, .noMagicLinks]

    private let user: UInt32
    private let group: UInt32
    private var open: [UInt32: SharedDescriptor] = [:]
    /// Files written so far and when they last changed, so that unchanged inputs are not taken for results.
    private(set) var written: [FileKey: Int64] = [:]

    init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    /// Writes one chunk. Returns true when the file is complete.
    func write(
        request: UInt32, root: String, path: String, mode: UInt32, offset: UInt64, data: [UInt8], last: Bool
    ) throws(SystemError) -> Bool {
        if offset == 0 { open[request] = SharedDescriptor(try create(root: root, path: path, mode: mode)) }
        guard let file = open[request] else {
            throw SystemError(Errno.invalid, call: "chunk of an unknown file", subject: path)
        }
        do {
            try Files.writeAll(file.raw, data)
        } catch {
            open[request] = nil
            throw error
        }
        guard last else { return false }
        open[request] = nil
        let status = try Files.status(of: file.raw)
        written[FileKey(status)] = status.changed
        return true
    }

    private func create(root: String, path: String, mode: UInt32) throws(SystemError) -> OwnedDescriptor {
        var directory = try Files.open(root, [.path, .directory, .noFollow])
        // In bytes, as the kernel reads it: a slash and a combining mark are one Character.
        var names = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        guard let name = names.popLast() else {
            throw SystemError(Errno.invalid, call: "path of a file", subject: path)
        }
        for parent in names { directory = try enter(parent, in: directory) }
        // Whatever is there is replaced, not written through: it may be a link or a FIFO of the program's making.
        let file: OwnedDescriptor
        do throws(SystemError) {
            file = try make(name, in: directory)
        } catch  where error.number == Errno.exists {
            do throws(SystemError) {
                try Files.removeFile(name, at: directory.raw)
            } catch  where error.number == Errno.noEntry {
            }
            file = try make(name, in: directory)
        }
        try Files.setOwner(file.raw, user: user, group: group)
        try Files.setMode(file.raw, mode)
        return file
    }

    private func make(
        _ name: String, in directory: borrowing OwnedDescriptor
    ) throws(SystemError) -> OwnedDescriptor {
        try Files.open(
            name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600, at: directory.raw, resolve: Self.resolve)
    }

    private func enter(_ name: String, in parent: borrowing OwnedDescriptor) throws(SystemError) -> OwnedDescriptor {
        do {
            try Files.makeDirectory(name, mode: 0o755, at: parent.raw)
        } catch  where error.number == Errno.exists {
            return try Files.open(name, [.path, .directory, .noFollow], at: parent.raw, resolve: Self.resolve)
        }
        let made = try Files.open(name, [.readOnly, .directory, .noFollow], at: parent.raw, resolve: Self.resolve)
        try Files.setOwner(made.raw, user: user, group: group)
        return made
    }
}
