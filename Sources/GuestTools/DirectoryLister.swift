// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Entries below a directory, depth first, by name. A link at the path itself is followed, links below are not.
struct DirectoryLister {
    private struct Level {
        let directory: RawPath
        /// Sorted, last first.
        var names: [[UInt8]]
    }

    let root: RawPath
    let depth: Int
    let output: ToolOutput
    private let reader = EntryReader()
    private var found = 0

    init(root: RawPath, depth: Int, output: ToolOutput) {
        self.root = root
        self.depth = depth
        self.output = output
    }

    /// - Throws: ENOENT, ENOTDIR; E2BIG for more entries than a listing may have; ENAMETOOLONG for a tree so deep that its
    ///   paths cannot be written down.
    mutating func run() throws(SystemError) {
        guard try FileChecks.kind(root) == .directory else { throw SystemError(Errno.notDirectory, call: "list") }
        let opened = try Files.open(root, [.readOnly, .directory])
        var levels = [Level(directory: root, names: try names(in: opened))]
        while let last = levels.indices.last {
            guard let name = levels[last].names.popLast() else {
                levels.removeLast()
                continue
            }
            let path = levels[last].directory.appending(name)
            guard path.bytes.count <= RawPath.mostBytes else { throw SystemError(Errno.nameTooLong, call: "list") }
            // What has vanished since is no part of the listing.
            guard let status = try? Files.status(path) else { continue }
            output.send(.entry(reader.entry(path, status)))
            guard status.kind == .directory, levels.count < depth else { continue }
            // A directory that this user may not read is listed and not entered.
            guard let inner = try? Files.open(path, [.readOnly, .directory, .noFollow]) else { continue }
            levels.append(Level(directory: path, names: try names(in: inner)))
        }
    }

    private mutating func names(in directory: borrowing OwnedDescriptor) throws(SystemError) -> [[UInt8]] {
        let names = try Files.entries(of: directory, limit: ToolMessage.mostEntries - found + 1)
        found += names.count
        guard found <= ToolMessage.mostEntries else { throw SystemError(Errno.tooBig, call: "list") }
        return names.sorted { $1.lexicographicallyPrecedes($0) }
    }
}

/// What is at a path.
enum FileChecks {
    /// The kind of what `path` leads to.
    ///
    /// - Throws: ENOENT also where a parent is no directory: nothing is there.
    static func kind(_ path: RawPath) throws(SystemError) -> FileStatus.Kind {
        do {
            return try Files.status(path, followLinks: true).kind
        } catch let error where error.number == Errno.notDirectory {
            throw SystemError(Errno.noEntry, call: error.call, subject: error.subject)
        }
    }
}

/// Makes directories with their parents.
enum DirectoryMaker {
    /// - Throws: EEXIST when the directory is there, ENOTDIR when something else is.
    static func make(_ path: RawPath) throws(SystemError) {
        do {
            try makeParents(of: path)
            try Files.makeDirectory(path, mode: 0o755)
        } catch let error where error.number == Errno.exists {
            let isDirectory = (try? Files.status(path, followLinks: true))?.kind == .directory
            throw isDirectory ? error : SystemError(Errno.notDirectory, call: error.call)
        }
    }

    /// Makes what is missing above `path`.
    static func makeParents(of path: RawPath) throws(SystemError) {
        var missing: [RawPath] = []
        var place = path.parent
        while true {
            do {
                try Files.makeDirectory(place, mode: 0o755)
                break
            } catch let error where error.number == Errno.noEntry && place != place.parent {
                missing.append(place)
                place = place.parent
            } catch let error where error.number == Errno.exists {
                break
            }
        }
        for place in missing.reversed() {
            do {
                try Files.makeDirectory(place, mode: 0o755)
            } catch let error where error.number == Errno.exists {
                // Somebody else was faster.
            }
        }
    }
}
