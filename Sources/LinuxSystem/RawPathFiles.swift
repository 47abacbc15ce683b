// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Calls on paths that may be any bytes. A relative path is about `directory`.
extension Files {
    public static func open(
        _ path: RawPath, _ flags: OpenFlags, mode: UInt32 = 0, at directory: Int32 = currentDirectory
    ) throws(SystemError) -> OwnedDescriptor {
        let descriptor = try retrying("open", path.text) {
            nb_open_file(directory, path.characters, flags.rawValue | O_CLOEXEC, mode)
        }
        return OwnedDescriptor(owning: descriptor)
    }

    public static func status(
        _ path: RawPath, at directory: Int32 = currentDirectory, followLinks: Bool = false
    ) throws(SystemError) -> FileStatus {
        var raw = stat()
        try retrying("fstatat", path.text) {
            fstatat(directory, path.characters, &raw, followLinks ? 0 : AT_SYMLINK_NOFOLLOW)
        }
        return FileStatus(raw)
    }

    public static func makeDirectory(
        _ path: RawPath, mode: UInt32, at directory: Int32 = currentDirectory
    ) throws(SystemError) {
        try retrying("mkdir", path.text) { mkdirat(directory, path.characters, mode) }
    }

    public static func removeFile(_ path: RawPath, at directory: Int32 = currentDirectory) throws(SystemError) {
        try retrying("unlink", path.text) { unlinkat(directory, path.characters, 0) }
    }

    public static func removeDirectory(_ path: RawPath, at directory: Int32 = currentDirectory) throws(SystemError) {
        try retrying("rmdir", path.text) { unlinkat(directory, path.characters, AT_REMOVEDIR) }
    }

    public static func rename(_ source: RawPath, to destination: RawPath) throws(SystemError) {
        try retrying("rename", source.text) { Glibc.rename(source.characters, destination.characters) }
    }

    public static func makeSymlink(_ path: RawPath, to target: RawPath) throws(SystemError) {
        try retrying("symlink", path.text) { symlink(target.characters, path.characters) }
    }

    public static func readLink(_ path: RawPath) throws(SystemError) -> RawPath {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = try retrying("readlink", path.text) { readlink(path.characters, &buffer, 4096) }
        return RawPath(bytes: buffer.prefix(count).map { UInt8(bitPattern: $0) })
    }

    /// The absolute path without symbolic links, `.` and `..` (realpath(3)).
    public static func resolved(_ path: RawPath) throws(SystemError) -> RawPath {
        guard let found = realpath(path.characters, nil) else { throw SystemError.last("realpath", path.text) }
        defer { free(found) }
        return RawPath(bytes: UnsafeBufferPointer(start: found, count: strlen(found)).map { UInt8(bitPattern: $0) })
    }

    /// Sets the mode of what an `O_PATH` descriptor names (fchmod(2) refuses those); needs /proc.
    public static func setModeOfPlace(_ descriptor: Int32, _ mode: UInt32) throws(SystemError) {
        try retrying("chmod") { chmod("/proc/self/fd/\(descriptor)", mode) }
    }

    /// Modification and access time of `path` itself, as in `status`.
    public static func setTimes(_ path: RawPath, like status: FileStatus) throws(SystemError) {
        try retrying("utimensat", path.text) {
            nb_set_times(currentDirectory, path.characters, status.modifiedSeconds, Int(status.modifiedNanoseconds))
        }
    }

    /// Bytes at `offset`, at most `count`; empty at the end. Does not move the descriptor's own offset.
    public static func read(
        _ descriptor: Int32, upTo count: Int, at offset: Int64
    ) throws(SystemError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            used = 0
            repeat {
                let got = pread(descriptor, buffer.baseAddress, count, off_t(offset))
                if got >= 0 {
                    used = got
                    failure = 0
                } else {
                    failure = errno
                }
            } while failure == EINTR
        }
        if failure != 0 { throw SystemError(failure, call: "pread") }
        return bytes
    }

    public static func truncate(_ descriptor: Int32, to size: Int64) throws(SystemError) {
        try retrying("ftruncate") { ftruncate(descriptor, off_t(size)) }
    }
}

/// Extended attributes, xattr(7).
public enum FileAttributes {
    /// Names of the attributes of what `path` leads to; none where the file system has no such thing.
    public static func names(_ path: RawPath) throws(SystemError) -> [String] {
        var buffer = [CChar](repeating: 0, count: 65536)
        let count: Int
        do {
            count = try retrying("listxattr", path.text) { nb_list_attributes(path.characters, &buffer, buffer.count) }
        } catch let error where error.number == ENOTSUP {
            return []
        }
        return buffer.prefix(count).split(separator: 0).map { part in
            String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    public static func value(_ name: String, of path: RawPath) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = try retrying("getxattr", path.text) {
            nb_get_attribute(path.characters, name, &buffer, buffer.count)
        }
        return Array(buffer.prefix(count))
    }

    public static func set(_ name: String, to value: [UInt8], of descriptor: Int32) throws(SystemError) {
        try retrying("fsetxattr", name) { nb_set_attribute(descriptor, name, value, value.count) }
    }

    public static func remove(_ name: String, of descriptor: Int32) throws(SystemError) {
        try retrying("fremovexattr", name) { nb_remove_attribute(descriptor, name) }
    }
}
