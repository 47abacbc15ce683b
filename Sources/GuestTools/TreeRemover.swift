// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Removes a file or a whole tree while programs that run beside it may change the tree at any time.
///
/// Every step is about one name in an open directory, and no step follows a link, so whatever is swapped for what, nothing
/// outside the tree is removed or changed. Few descriptors are open at a time, however deep the tree is.
enum TreeRemover {
    /// A directory that is being emptied.
    private struct Level {
        /// Its name in the directory above.
        let name: RawPath
        let device: UInt64
        let inode: UInt64
        /// Entries that were found and not yet looked at.
        var names: [[UInt8]] = []
        var looks = 0
    }

    private static let batch = 256
    /// How often a directory is looked into, each time for a batch of entries, before whoever fills it again has won.
    private static let mostLooks = 10_000
    /// How often a tree that is moved about while it is removed is begun again.
    private static let mostRestarts = 10

    /// A path that leads nowhere is fine.
    ///
    /// - Throws: EINVAL for the root, EBUSY for a tree that does not hold still.
    static func remove(_ path: RawPath) throws(SystemError) {
        guard path.parent != path else { throw SystemError(Errno.invalid, call: "remove") }
        let name = RawPath(bytes: path.name)
        let parent: SharedDescriptor
        do {
            parent = SharedDescriptor(try Files.open(path.parent, [.readOnly, .directory, .path]))
        } catch let error where error.number == Errno.noEntry || error.number == Errno.notDirectory {
            return
        }
        for _ in 0..<mostRestarts where try removeTree(name, in: parent) { return }
        throw SystemError(Errno.busy, call: "remove")
    }

    /// False when a directory was moved away while it was being emptied.
    private static func removeTree(_ name: RawPath, in parent: SharedDescriptor) throws(SystemError) -> Bool {
        if try removeOne(name, in: parent) { return true }
        var (directory, top) = try enter(name, in: parent)
        var levels = [top]
        while let last = levels.indices.last {
            if levels[last].names.isEmpty {
                levels[last].looks += 1
                guard levels[last].looks <= mostLooks else { throw SystemError(Errno.busy, call: "remove") }
                levels[last].names = try Files.entries(of: directory.raw, limit: batch)
            }
            if let entry = levels[last].names.popLast().map({ RawPath(bytes: $0) }) {
                if try removeOne(entry, in: directory) { continue }
                do {
                    (directory, top) = try enter(entry, in: directory)
                    levels.append(top)
                } catch
                    where error.number == Errno.noEntry || error.number == Errno.notDirectory
                    || error.number == Errno.loop
                {
                    // It is another thing by now; the next look at this directory sees which.
                }
                continue
            }
            let level = levels.removeLast()
            let above: SharedDescriptor
            if let expected = levels.last {
                above = SharedDescriptor(try Files.open(RawPath(".."), [.readOnly, .directory], at: directory.raw))
                let status = try Files.status(of: above.raw)
                guard status.device == expected.device, status.inode == expected.inode else { return false }
            } else {
                above = parent
            }
            directory = above
            do {
                try Files.removeDirectory(level.name, at: above.raw)
            } catch let error where error.number == Errno.noEntry {
            } catch let error where error.number == Errno.notEmpty || error.number == Errno.notDirectory {
                // Something was put there since.
                if levels.isEmpty { return false }
            }
        }
        return true
    }

    /// False for a directory that is not empty.
    private static func removeOne(_ name: RawPath, in directory: SharedDescriptor) throws(SystemError) -> Bool {
        do {
            try Files.removeFile(name, at: directory.raw)
            return true
        } catch let error where error.number == Errno.noEntry {
            return true
        } catch let error where error.number == Errno.isDirectory {
        }
        do {
            try Files.removeDirectory(name, at: directory.raw)
            return true
        } catch let error where error.number == Errno.noEntry {
            return true
        } catch
            where error.number == Errno.notEmpty || error.number == Errno.notDirectory || error.number == Errno.exists
        {
            return false
        }
    }

    /// Opens a directory of the tree for reading, with permission to empty it.
    private static func enter(
        _ name: RawPath, in parent: SharedDescriptor
    ) throws(SystemError) -> (SharedDescriptor, Level) {
        let place = try Files.open(name, [.path, .directory, .noFollow], at: parent.raw)
        let status = try Files.status(of: place.raw)
        // Only its owner can; for anybody else the next call says what is wrong.
        if status.mode & 0o700 != 0o700 { try? Files.setModeOfPlace(place.raw, status.mode & 0o777 | 0o700) }
        let opened = SharedDescriptor(try Files.open(RawPath("."), [.readOnly, .directory], at: place.raw))
        return (opened, Level(name: name, device: status.device, inode: status.inode))
    }
}
