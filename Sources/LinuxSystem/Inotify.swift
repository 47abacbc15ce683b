// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// inotify(7): changes in directories, in the order in which they happened. Never blocks.
public struct Inotify: ~Copyable, Sendable {
    public struct Events: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let modify = Events(rawValue: 0x002)
        public static let attributes = Events(rawValue: 0x004)
        public static let movedFrom = Events(rawValue: 0x040)
        public static let movedTo = Events(rawValue: 0x080)
        public static let create = Events(rawValue: 0x100)
        public static let delete = Events(rawValue: 0x200)
        public static let deleteSelf = Events(rawValue: 0x400)
        public static let moveSelf = Events(rawValue: 0x800)
        /// Events were lost.
        public static let overflow = Events(rawValue: 0x4000)
        /// The watch is over: its directory is gone or ``Inotify/remove(_:)`` was called.
        public static let ignored = Events(rawValue: 0x8000)
        public static let isDirectory = Events(rawValue: 0x4000_0000)
        /// When adding: fail for what is no directory.
        public static let onlyDirectory = Events(rawValue: 0x0100_0000)
        /// When adding: do not follow a symbolic link.
        public static let dontFollow = Events(rawValue: 0x0200_0000)
        /// When adding: no events for files that have lost their name.
        public static let excludeUnlinked = Events(rawValue: 0x0400_0000)
    }

    public struct Event: Sendable, Hashable {
        public let watch: Int32
        public let events: Events
        /// The same for both ends of one rename; 0 otherwise.
        public let cookie: UInt32
        /// Of the entry; empty when it is about the directory itself.
        public let name: [UInt8]
    }

    private let descriptor: OwnedDescriptor

    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(owning: try retrying("inotify_init1") { nb_inotify() })
    }

    public var raw: Int32 { descriptor.raw }

    /// Returns the number of the watch; the same one when the directory is watched already.
    public func add(_ path: RawPath, _ events: Events) throws(SystemError) -> Int32 {
        try retrying("inotify_add_watch", path.text) {
            nb_inotify_add(descriptor.raw, path.characters, events.rawValue)
        }
    }

    /// A watch that is over already is not an error.
    public func remove(_ watch: Int32) {
        _ = nb_inotify_remove(descriptor.raw, watch)
    }

    /// Bytes of events that are queued.
    public var queuedBytes: Int { max(0, Int(nb_available(descriptor.raw))) }

    /// The next events and how many bytes of the queue they took; none when nothing is queued.
    public func read() throws(SystemError) -> (events: [Event], bytes: Int) {
        guard let bytes = try Files.read(descriptor.raw, upTo: 65536) else { return ([], 0) }
        var events: [Event] = []
        var offset = 0
        // struct inotify_event: watch, mask, cookie, length of the name, name padded with NUL.
        while offset + 16 <= bytes.count {
            func field(_ index: Int) -> UInt32 {
                bytes[offset + index * 4..<offset + index * 4 + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
            }
            let end = offset + 16 + Int(field(3))
            guard end <= bytes.count else { break }
            events.append(
                Event(
                    watch: Int32(bitPattern: field(0)), events: Events(rawValue: field(1)), cookie: field(2),
                    name: Array(bytes[(offset + 16)..<end].prefix { $0 != 0 })))
            offset = end
        }
        return (events, bytes.count)
    }
}
