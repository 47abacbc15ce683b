// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Gives a file or a tree another name, also on another file system.
enum Mover {
    /// Deepest tree that is copied; a rename has no such bound.
    private static let mostDepth = 256

    /// Missing parents of `destination` are made. What is at `destination` is replaced as by rename(2).
    static func move(_ source: RawPath, to destination: RawPath) throws(SystemError) {
        do {
            _ = try Files.status(source)
        } catch let error where error.number == Errno.notDirectory {
            throw SystemError(Errno.noEntry, call: error.call)
        }
        do {
            try Files.rename(source, to: destination)
        } catch let error where error.number == Errno.noEntry {
            try DirectoryMaker.makeParents(of: destination)
            do {
                try Files.rename(source, to: destination)
            } catch let error where error.number == Errno.crossDevice {
                try copyAndRemove(source, to: destination)
            }
        } catch let error where error.number == Errno.crossDevice {
            try copyAndRemove(source, to: destination)
        }
    }

    /// As mv(1): a copy beside the destination takes its name once it is complete, then the original goes.
    private static func copyAndRemove(_ source: RawPath, to destination: RawPath) throws(SystemError) {
        let copy = destination.parent.appending(Array(".nestbox-move-\(Processes.ownPID)".utf8))
        do throws(SystemError) {
            try copyTree(source, to: copy, depth: 0)
            try Files.rename(copy, to: destination)
        } catch {
            try? TreeRemover.remove(copy)
            throw error
        }
        try TreeRemover.remove(source)
    }

    private static func copyTree(_ source: RawPath, to destination: RawPath, depth: Int) throws(SystemError) {
        guard depth <= mostDepth else { throw SystemError(Errno.nameTooLong, call: "move") }
        let status = try Files.status(source)
        switch status.kind {
        case .symlink:
            try Files.makeSymlink(destination, to: try Files.readLink(source))
        case .regular:
            try copyFile(source, status, to: destination)
        case .directory:
            try Files.makeDirectory(destination, mode: 0o700)
            let opened = try Files.open(source, [.readOnly, .directory, .noFollow])
            for name in try Files.entries(of: opened, limit: .max) {
                try copyTree(source.appending(name), to: destination.appending(name), depth: depth + 1)
            }
            try finish(try Files.open(destination, [.readOnly, .directory, .noFollow]), source, status)
        default:
            // Sockets, FIFOs and devices stay where they are.
            throw SystemError(Errno.crossDevice, call: "move")
        }
        try Files.setTimes(destination, like: status)
    }

    private static func copyFile(_ source: RawPath, _ status: FileStatus, to destination: RawPath) throws(SystemError) {
        let from = try Files.open(source, [.readOnly, .nonBlocking, .noFollow])
        let to = try Files.open(destination, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
        while let part = try Files.read(from.raw, upTo: 1 << 20), !part.isEmpty { try Files.writeAll(to.raw, part) }
        try finish(to, source, status)
    }

    private static func finish(
        _ copy: borrowing OwnedDescriptor, _ source: RawPath, _ status: FileStatus
    ) throws(SystemError) {
        for name in try FileAttributes.names(source) where name.hasPrefix("user.") {
            try FileAttributes.set(name, to: try FileAttributes.value(name, of: source), of: copy.raw)
        }
        // Only root can give files away; the copy is the user's own otherwise, as with mv(1).
        try? Files.setOwner(copy.raw, user: status.owner, group: status.group)
        try Files.setMode(copy.raw, status.mode)
    }
}
