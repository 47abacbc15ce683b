// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// The directories that a ``Watcher`` watches and where each of them is.
final class WatchedTree {
    /// The watched directory itself, as a path relative to it.
    static let top = RawPath("")

    private static let wanted: Inotify.Events = [
        .create, .modify, .attributes, .delete, .movedFrom, .movedTo, .onlyDirectory, .excludeUnlinked,
    ]

    let inotify: Inotify
    private let root: RawPath
    private let rootWatch: Int32
    /// Relative to the root.
    private var directories: [Int32: RawPath]
    /// File systems that the kernel makes up; nothing in them is ever reported, and they have thousands of directories.
    private let ignoredDevices: Set<UInt64>

    init(root: RawPath) throws(SystemError) {
        guard try FileChecks.kind(root) == .directory else { throw SystemError(Errno.notDirectory, call: "watch") }
        self.root = root
        inotify = try Inotify()
        do throws(SystemError) {
            rootWatch = try inotify.add(root, Self.wanted.union([.deleteSelf, .moveSelf]))
        } catch {
            throw Self.watchError(error)
        }
        directories = [rootWatch: Self.top]
        ignoredDevices = Set(["/proc", "/sys"].compactMap { try? Files.status($0).device })
    }

    /// No room for watches is about the kernel's bookkeeping and not about the disk.
    private static func watchError(_ error: SystemError) -> SystemError {
        error.number == Errno.noSpace ? SystemError(Errno.tooManyFiles, call: error.call) : error
    }

    /// Where something happened, `.` for the root itself; nil for what is not watched (any more), and for what the directory
    /// above tells as well.
    func path(of event: Inotify.Event) -> RawPath? {
        guard let directory = directories[event.watch] else { return nil }
        if event.name.isEmpty { return event.watch == rootWatch ? RawPath(".") : nil }
        return directory.appending(event.name)
    }

    /// Watches the directory `path` and all below it, links not followed. `found` gets everything below, directories before
    /// what is in them.
    ///
    /// - Throws: EMFILE when the kernel allows no more watches. What vanishes or may not be read is left out.
    func addAll(below path: RawPath, _ found: (RawPath, FileStatus) -> Void) throws(SystemError) {
        var waiting = [path]
        while let directory = waiting.popLast() {
            guard try add(directory) else { continue }
            let place = directory == Self.top ? root : root.appending(directory.bytes)
            guard let opened = try? Files.open(place, [.readOnly, .directory]),
                let names = try? Files.entries(of: opened, limit: ToolMessage.mostEntries)
            else { continue }
            for name in names {
                guard let status = try? Files.entryStatus(name, in: opened.raw) else { continue }
                let path = directory.appending(name)
                found(path, status)
                if status.kind == .directory && !ignoredDevices.contains(status.device) { waiting.append(path) }
            }
        }
    }

    private func add(_ path: RawPath) throws(SystemError) -> Bool {
        if path == Self.top { return true }
        do {
            directories[try inotify.add(root.appending(path.bytes), Self.wanted.union(.dontFollow))] = path
            return true
        } catch let error where error.number == Errno.noSpace || error.number == Errno.noMemory {
            throw Self.watchError(error)
        } catch {
            return false
        }
    }

    func forget(watch: Int32) {
        directories[watch] = nil
    }

    /// No longer watches `path` and what is below it.
    func forget(_ path: RawPath) {
        for (watch, place) in directories where place.isAtOrBelow(path) {
            inotify.remove(watch)
            directories[watch] = nil
        }
    }

    func move(_ path: RawPath, to destination: RawPath) {
        for (watch, place) in directories where place.isAtOrBelow(path) {
            directories[watch] = RawPath(bytes: destination.bytes + place.bytes.dropFirst(path.bytes.count))
        }
    }
}

extension RawPath {
    fileprivate func isAtOrBelow(_ other: RawPath) -> Bool {
        bytes.starts(with: other.bytes)
            && (bytes.count == other.bytes.count || bytes[other.bytes.count] == UInt8(ascii: "/"))
    }
}
