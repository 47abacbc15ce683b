// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Flags of open(2).
public struct OpenFlags: OptionSet, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let readOnly = OpenFlags([])
    public static let writeOnly = OpenFlags(rawValue: O_WRONLY)
    public static let readWrite = OpenFlags(rawValue: O_RDWR)
    public static let create = OpenFlags(rawValue: O_CREAT)
    public static let exclusive = OpenFlags(rawValue: O_EXCL)
    public static let truncate = OpenFlags(rawValue: O_TRUNC)
    public static let append = OpenFlags(rawValue: O_APPEND)
    public static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
    public static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
    public static let noControllingTerminal = OpenFlags(rawValue: O_NOCTTY)
    public static let directory = OpenFlags(rawValue: O_DIRECTORY)
    /// A terminal that is opened does not become the process's own (`O_NOCTTY`).
    public static let noTerminal = OpenFlags(rawValue: O_NOCTTY)
    /// Names a place without access to its content (`O_PATH`).
    public static let path = OpenFlags(rawValue: 0x200000)
}

/// How openat2(2) resolves a path.
public struct ResolveFlags: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let noCrossDevice = ResolveFlags(rawValue: 0x01)
    public static let noMagicLinks = ResolveFlags(rawValue: 0x02)
    public static let noSymlinks = ResolveFlags(rawValue: 0x04)
    public static let beneath = ResolveFlags(rawValue: 0x08)
    public static let inRoot = ResolveFlags(rawValue: 0x10)
}

/// What stat(2) says about a file.
public struct FileStatus: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case regular, directory, symlink, fifo, socket, characterDevice, blockDevice, unknown
    }

    public let kind: Kind
    public let size: Int
    public let device: UInt64
    public let inode: UInt64
    public let mode: UInt32
    public let owner: UInt32
    public let group: UInt32
    public let links: UInt64
    /// Last change of content or metadata in nanoseconds since the epoch; a program cannot set it.
    public let changed: Int64
    /// Last change of content, in seconds since the epoch. Programs set it, to any value.
    public let modifiedSeconds: Int64
    /// The part of ``modifiedSeconds`` below a second, 0 to 999,999,999.
    public let modifiedNanoseconds: Int32

    init(_ raw: stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .unknown
            }
        size = Int(raw.st_size)
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        mode = raw.st_mode & 0o7777
        owner = raw.st_uid
        group = raw.st_gid
        links = UInt64(raw.st_nlink)
        changed = Int64(raw.st_ctim.tv_sec) * 1_000_000_000 + Int64(raw.st_ctim.tv_nsec)
        modifiedSeconds = Int64(raw.st_mtim.tv_sec)
        modifiedNanoseconds = Int32(truncatingIfNeeded: raw.st_mtim.tv_nsec)
    }
}

/// Space of a file system, statvfs(3).
public struct FileSystemSpace: Sendable, Hashable {
    public let totalBytes: Int
    public let freeBytes: Int
    public let totalInodes: Int
    public let freeInodes: Int
}

/// Calls on files. Every descriptor made here is close-on-exec.
public enum Files {
    public static func open(
        _ path: String, _ flags: OpenFlags, mode: UInt32 = 0, at directory: Int32 = currentDirectory
    ) throws(SystemError) -> OwnedDescriptor {
        let descriptor = try retrying("open", path) {
            nb_open_file(directory, path, flags.rawValue | O_CLOEXEC, mode)
        }
        return OwnedDescriptor(owning: descriptor)
    }

    /// openat2(2), kernel 5.6: resolves `path` from `directory` under `resolve`'s restrictions.
    public static func open(
        _ path: String, _ flags: OpenFlags, mode: UInt32 = 0, at directory: Int32, resolve: ResolveFlags
    ) throws(SystemError) -> OwnedDescriptor {
        let all = UInt64(UInt32(bitPattern: flags.rawValue | O_CLOEXEC))
        let descriptor = try retrying("openat2", path) {
            nb_openat2(directory, path, all, UInt64(mode), resolve.rawValue)
        }
        return OwnedDescriptor(owning: descriptor)
    }

    /// Bytes read, at most `count`; empty at the end. `nil` when a non-blocking descriptor has nothing now.
    public static func read(_ descriptor: Int32, upTo count: Int) throws(SystemError) -> [UInt8]? {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            while true {
                let got = Glibc.read(descriptor, buffer.baseAddress, count)
                if got >= 0 {
                    used = got
                    return
                }
                if errno == EINTR { continue }
                failure = errno
                used = 0
                return
            }
        }
        if failure == EAGAIN { return nil }
        if failure != 0 { throw SystemError(failure, call: "read") }
        return bytes
    }

    /// Bytes written, possibly fewer than given; `nil` when a non-blocking descriptor has no room now.
    public static func write(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int? {
        while true {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written >= 0 { return written }
            if errno == EINTR { continue }
            if errno == EAGAIN { return nil }
            throw SystemError.last("write")
        }
    }

    /// Writes everything to a blocking descriptor.
    public static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let written = try write(descriptor, rest) else { throw SystemError(EAGAIN, call: "write") }
            rest = rest.dropFirst(written)
        }
    }

    /// Whole content of a small file such as those of /proc and cgroups, at most `limit` bytes.
    public static func readText(
        _ path: String, at directory: Int32 = currentDirectory, limit: Int = 1 << 20
    ) throws(SystemError) -> String {
        let file = try open(path, .readOnly, at: directory)
        var content: [UInt8] = []
        while content.count < limit {
            guard let part = try read(file.raw, upTo: min(65536, limit - content.count)), !part.isEmpty else { break }
            content += part
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// The whole content of a file.
    ///
    /// - Throws: ``SystemError``, with EFBIG for a file of more than `limit` bytes.
    public static func readAll(_ path: String, atMost limit: Int) throws(SystemError) -> [UInt8] {
        let file = try open(path, .readOnly)
        var content: [UInt8] = []
        while let part = try read(file.raw, upTo: 65536), !part.isEmpty {
            content += part
            if content.count > limit { throw SystemError(EFBIG, call: "read", subject: path) }
        }
        return content
    }

    /// Content of an open control file from its start, at most one page.
    public static func readText(from descriptor: Int32) throws(SystemError) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try retrying("pread") {
            buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// Writes a control file of /proc or a cgroup in one write(2), as their kernel interfaces want.
    public static func writeText(
        _ text: String, to path: String, at directory: Int32 = currentDirectory
    ) throws(SystemError) {
        let file = try open(path, .writeOnly, at: directory)
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { Glibc.write(file.raw, $0.baseAddress, $0.count) }
        if written != bytes.count {
            throw SystemError(written < 0 ? errno : EIO, call: "write '\(text)' to", subject: path)
        }
    }

    public static func status(of descriptor: Int32) throws(SystemError) -> FileStatus {
        var raw = stat()
        try retrying("fstat") { fstat(descriptor, &raw) }
        return FileStatus(raw)
    }

    /// Status of `path`; a symbolic link at its end is not followed.
    public static func status(
        _ path: String, at directory: Int32 = currentDirectory, followLinks: Bool = false
    ) throws(SystemError) -> FileStatus {
        var raw = stat()
        try retrying("fstatat", path) { fstatat(directory, path, &raw, followLinks ? 0 : AT_SYMLINK_NOFOLLOW) }
        return FileStatus(raw)
    }

    public static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    public static func space(of descriptor: Int32) throws(SystemError) -> FileSystemSpace {
        var raw = statvfs()
        try retrying("fstatvfs") { fstatvfs(descriptor, &raw) }
        let block = Int(raw.f_frsize)
        return FileSystemSpace(
            totalBytes: Int(raw.f_blocks) * block, freeBytes: Int(raw.f_bavail) * block,
            totalInodes: Int(raw.f_files), freeInodes: Int(raw.f_favail))
    }

    /// openat2(2) of one directory entry whose name may be any bytes; ``entries(of:limit:)`` gives such names.
    public static func openEntry(
        _ name: [UInt8], _ flags: OpenFlags, in directory: Int32, resolve: ResolveFlags
    ) throws(SystemError) -> OwnedDescriptor {
        let all = UInt64(UInt32(bitPattern: flags.rawValue | O_CLOEXEC))
        let path = name.map { CChar(bitPattern: $0) } + [0]
        let descriptor = try retrying("openat2", String(decoding: name, as: UTF8.self)) {
            nb_openat2(directory, path, all, 0, resolve.rawValue)
        }
        return OwnedDescriptor(owning: descriptor)
    }

    /// Status of one directory entry whose name may be any bytes; a symbolic link is not followed.
    public static func entryStatus(_ name: [UInt8], in directory: Int32) throws(SystemError) -> FileStatus {
        var raw = stat()
        let path = name.map { CChar(bitPattern: $0) } + [0]
        try retrying("fstatat", String(decoding: name, as: UTF8.self)) {
            fstatat(directory, path, &raw, AT_SYMLINK_NOFOLLOW)
        }
        return FileStatus(raw)
    }

    /// Major and minor number of the device that a path leads to.
    public static func deviceNumbers(_ path: String) throws(SystemError) -> (major: UInt32, minor: UInt32) {
        var raw = stat()
        try retrying("stat", path) { fstatat(AT_FDCWD, path, &raw, 0) }
        // makedev(3), whose parts are macros.
        let device = UInt64(raw.st_rdev)
        let major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
        let minor = (device & 0xFF) | (device >> 12 & ~0xFF)
        return (UInt32(truncatingIfNeeded: major), UInt32(truncatingIfNeeded: minor))
    }

    public static func makeDirectory(
        _ path: String, mode: UInt32 = 0o755, at directory: Int32 = currentDirectory
    ) throws(SystemError) {
        try retrying("mkdir", path) { mkdirat(directory, path, mode) }
    }

    public static func removeDirectory(_ path: String, at directory: Int32 = currentDirectory) throws(SystemError) {
        try retrying("rmdir", path) { unlinkat(directory, path, AT_REMOVEDIR) }
    }

    public static func removeFile(_ path: String, at directory: Int32 = currentDirectory) throws(SystemError) {
        try retrying("unlink", path) { unlinkat(directory, path, 0) }
    }

    public static func makeSymlink(
        _ path: String, to target: String, at directory: Int32 = currentDirectory
    ) throws(SystemError) {
        try retrying("symlink", path) { symlinkat(target, directory, path) }
    }

    public static func readLink(_ path: String, at directory: Int32 = currentDirectory) throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = try retrying("readlink", path) { readlinkat(directory, path, &buffer, 4096) }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public static func setOwner(_ descriptor: Int32, user: UInt32, group: UInt32) throws(SystemError) {
        try retrying("fchown") { fchown(descriptor, user, group) }
    }

    public static func setMode(_ descriptor: Int32, _ mode: UInt32) throws(SystemError) {
        try retrying("fchmod") { fchmod(descriptor, mode) }
    }

    /// Sets the mode of what `path` leads to.
    public static func setMode(_ path: String, _ mode: UInt32, at directory: Int32) throws(SystemError) {
        try retrying("fchmodat", path) { fchmodat(directory, path, mode, 0) }
    }

    /// Modification and access time of `path` itself, as in `status`.
    public static func setTimes(_ path: String, like status: FileStatus, at directory: Int32) throws(SystemError) {
        try retrying("utimensat", path) {
            nb_set_times(directory, path, status.modifiedSeconds, Int(status.modifiedNanoseconds))
        }
    }

    /// mknod(2); needs the initial user namespace's right to it.
    public static func makeCharacterDevice(
        _ path: String, mode: UInt32, major: UInt32, minor: UInt32, at directory: Int32
    ) throws(SystemError) {
        try retrying("mknod", path) { nb_make_character_device(directory, path, mode, major, minor) }
    }

    /// Names in a directory without `.` and `..`, as raw bytes, at most `limit`.
    public static func entries(of directory: borrowing OwnedDescriptor, limit: Int) throws(SystemError) -> [[UInt8]] {
        try entries(of: directory.raw, limit: limit)
    }

    /// As ``entries(of:limit:)``, for a descriptor with several owners.
    public static func entries(of directory: Int32, limit: Int) throws(SystemError) -> [[UInt8]] {
        // A fresh open file: fdopendir takes the descriptor over and moves its offset.
        let own = try open(".", [.readOnly, .directory], at: directory)
        let number = own.release()
        guard let stream = fdopendir(number) else {
            let error = SystemError.last("fdopendir")
            close(number)
            throw error
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while names.count < limit, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [UInt8(ascii: ".")] && name != [UInt8(ascii: "."), UInt8(ascii: ".")] { names.append(name) }
        }
        return names
    }

    /// Names in a host directory, sorted; for cgroup and /proc listings.
    public static func list(_ path: String) throws(SystemError) -> [String] {
        let directory = try open(path, [.readOnly, .directory])
        return try entries(of: directory, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }.sorted()
    }
}
