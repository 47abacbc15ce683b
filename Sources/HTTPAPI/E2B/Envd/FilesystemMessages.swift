// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation

/// Messages of `filesystem.Filesystem` (section 3.3 of the wire).
enum FilesystemMessages {
    struct Path: Decodable, Sendable {
        var path: String?
    }

    struct ListDir: Decodable, Sendable {
        var path: String?
        var depth: Int?
    }

    struct Move: Decodable, Sendable {
        var source: String?
        var destination: String?
    }

    struct Watch: Decodable, Sendable {
        var path: String?
        var recursive: Bool?
        var includeEntry: Bool?
    }

    struct Watcher: Codable, Sendable {
        var watcherId: String
    }

    struct Entry: Encodable, Sendable {
        var entry: EntryMessage
    }

    struct Entries: Encodable, Sendable {
        var entries: [EntryMessage]
    }

    struct Events: Encodable, Sendable {
        var events: [Event]
    }

    struct Event: Encodable, Sendable {
        var name: String
        var type: String
        var entry: EntryMessage?

        init(_ change: FileChange, entry: EntryMessage?) {
            name = change.name
            type =
                switch change.kind {
                case .create: "EVENT_TYPE_CREATE"
                case .write: "EVENT_TYPE_WRITE"
                case .remove: "EVENT_TYPE_REMOVE"
                case .rename: "EVENT_TYPE_RENAME"
                case .chmod: "EVENT_TYPE_CHMOD"
                }
            self.entry = entry
        }
    }

    struct StreamedEvent: Encodable, Sendable {
        var filesystem: Event
    }
}

/// `EntryInfo`.
struct EntryMessage: Encodable, Sendable, Equatable {
    var name: String
    var type: String
    var path: String
    /// A 64-bit number of protobuf is text in JSON.
    var size: String
    var mode: UInt32
    var permissions: String
    var owner: String
    var group: String
    var modifiedTime: String
    var symlinkTarget: String?
    var isSymlink: Bool?
    var metadata: [String: String]?

    init(_ entry: FileEntry) {
        name = entry.name
        type =
            switch entry.kind {
            case .file: "FILE_TYPE_FILE"
            case .directory: "FILE_TYPE_DIRECTORY"
            case .other: "FILE_TYPE_UNSPECIFIED"
            }
        path = entry.path
        size = String(entry.size)
        mode = entry.mode & 0o7777
        permissions = Self.permissions(entry)
        owner = entry.owner
        group = entry.group
        modifiedTime = Timestamp.text(seconds: entry.modified.seconds, nanoseconds: entry.modified.nanoseconds)
        symlinkTarget = entry.linkTarget
        isSymlink = entry.linkTarget == nil ? nil : true
        metadata = entry.metadata.isEmpty ? nil : entry.metadata
    }

    /// As Go writes the mode of the entry itself.
    private static func permissions(_ entry: FileEntry) -> String {
        var text = ""
        if entry.linkTarget != nil {
            text += "L"
        } else if entry.kind == .directory {
            text += "d"
        }
        for (bit, letter) in [(UInt32(0o4000), "u"), (0o2000, "g"), (0o1000, "t")] where entry.ownMode & bit != 0 {
            text += letter
        }
        if text.isEmpty { text = "-" }
        for (index, letter) in "rwxrwxrwx".enumerated() {
            text += entry.ownMode & (1 << UInt32(8 - index)) == 0 ? "-" : String(letter)
        }
        return text
    }
}
