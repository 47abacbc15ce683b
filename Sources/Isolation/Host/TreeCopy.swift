// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem

/// A small tree of the host that everybody may read, to be copied: what is in it, without the content of files.
package struct TreeCopy: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case directory, file
        case symlink(target: String)
    }

    package struct Entry: Sendable, Hashable {
        /// Below ``TreeCopy/path``, which has the empty one; parents come first.
        package var path: String
        package var kind: Kind
        package var status: FileStatus
    }

    /// Of all files together.
    package static let mostBytes = 1 << 20
    package static let mostEntries = 1000

    package let path: String
    package let entries: [Entry]

    /// Nil for a tree that is larger, cannot be read by everybody in every part, or has anything but directories, files and
    /// symbolic links; it must be shown as it is, by a mount.
    package init?(_ path: String) {
        var entries: [Entry] = []
        var bytes = 0
        var waiting = [""]
        while let place = waiting.popLast() {
            guard entries.count < Self.mostEntries, let status = try? Files.status(path + place) else { return nil }
            switch status.kind {
            case .symlink:
                guard let target = try? Files.readLink(path + place) else { return nil }
                entries.append(Entry(path: place, kind: .symlink(target: target), status: status))
            case .regular where status.mode & 0o7004 == 0o004:
                bytes += status.size
                guard bytes <= Self.mostBytes else { return nil }
                entries.append(Entry(path: place, kind: .file, status: status))
            case .directory where status.mode & 0o005 == 0o005:
                entries.append(Entry(path: place, kind: .directory, status: status))
                guard let names = try? Files.list(path + place) else { return nil }
                waiting += names.map { "\(place)/\($0)" }
            default: return nil
            }
        }
        self.path = path
        self.entries = entries
    }
}
