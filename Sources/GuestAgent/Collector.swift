// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Walks a directory tree that a hostile program made, and sends the files that match.
///
/// Every step is by descriptor: a directory is entered, and a file opened, only as an entry of its parent, never through
/// a symbolic link, never into another mount (openat2(2)). Depth, entries, files and bytes are bounded.
struct Collector {
    private static let resolve: ResolveFlags = [.beneath, .noSymlinks, .noMagicLinks, .noCrossDevice]

    let request: UInt32
    let spec: CollectSpec
    /// Files the host put there; those that were not changed since are not results.
    let inputs: [FileKey: Int64]
    let channel: ControlChannel

    private let patterns: [Glob]
    private var entriesLeft: Int
    private var filesLeft: Int
    private var bytesLeft: UInt64
    private var complete = true

    init(request: UInt32, spec: CollectSpec, inputs: [FileKey: Int64], channel: ControlChannel) {
        self.request = request
        self.spec = spec
        self.inputs = inputs
        self.channel = channel
        patterns = spec.patterns.map(Glob.init)
        entriesLeft = Int(spec.mostEntries)
        filesLeft = Int(spec.mostFiles)
        bytesLeft = spec.mostTotalBytes
    }

    mutating func run() throws(SystemError) {
        let root = try Files.open(spec.root, [.readOnly, .directory, .noFollow])
        try walk(root, path: [])
        channel.send(.collected(request: request, complete: complete))
    }

    private mutating func walk(_ directory: borrowing OwnedDescriptor, path: [[UInt8]]) throws(SystemError) {
        guard path.count < Int(spec.mostDepth) else {
            complete = false
            return
        }
        let names = try Files.entries(of: directory, limit: entriesLeft + 1)
        if names.count > entriesLeft { complete = false }
        for name in names.prefix(entriesLeft).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard filesLeft > 0, entriesLeft > 0 else {
                complete = false
                return
            }
            entriesLeft -= 1
            let place = path + [name]
            guard place.reduce(0, { $0 + $1.count + 1 }) <= CollectSpec.mostPathBytes else {
                complete = false
                continue
            }
            // Entries cannot vanish while every program is dead; where one still runs, a vanished entry is no result.
            guard let status = try? Files.entryStatus(name, in: directory.raw) else { continue }
            if status.kind == .directory {
                guard patterns.contains(where: { $0.couldMatchBelow(place) }) else { continue }
                do throws(SystemError) {
                    let below = try Files.openEntry(
                        name, [.readOnly, .directory, .noFollow], in: directory.raw, resolve: Self.resolve)
                    try walk(below, path: place)
                } catch {
                    complete = false
                }
            } else if patterns.contains(where: { $0.matches(place) }) {
                try send(name, status, in: directory, place)
            }
        }
    }

    private mutating func send(
        _ name: [UInt8], _ status: FileStatus, in directory: borrowing OwnedDescriptor, _ place: [[UInt8]]
    ) throws(SystemError) {
        if inputs[FileKey(status)] == status.changed { return }
        filesLeft -= 1
        let path = Array(place.joined(separator: [UInt8(ascii: "/")]))
        let size = UInt64(max(0, status.size))
        func announce(_ skip: CollectSkip) {
            channel.send(.file(request: request, path: path, size: size, skip: skip))
        }
        guard status.kind == .regular else { return announce(.notAFile) }
        guard size <= spec.mostFileBytes else { return announce(.tooLarge) }
        guard size <= bytesLeft else { return announce(.totalTooLarge) }
        // Not blocking: what was a file a moment ago may be a FIFO now.
        guard
            let file = try? Files.openEntry(
                name, [.readOnly, .noFollow, .nonBlocking], in: directory.raw, resolve: Self.resolve),
            let opened = try? Files.status(of: file.raw), opened.kind == .regular
        else { return announce(.unreadable) }

        announce(.none)
        var left = size
        while left > 0 {
            guard let data = try Files.read(file.raw, upTo: Int(min(left, UInt64(Frame.chunkBytes)))), !data.isEmpty
            else {
                break
            }
            left -= UInt64(data.count)
            bytesLeft -= UInt64(data.count)
            channel.send(.fileData(request: request, data: data))
            if channel.unsentBytes > ControlChannel.highWaterBytes {
                guard try channel.drain() else { return }
            }
        }
    }
}

/// Identity of a file, whatever its name.
struct FileKey: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64

    init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
    }
}
