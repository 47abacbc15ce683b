// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Attributes of a mount (mount_setattr(2), kernel 5.12).
public struct MountAttributes: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let readOnly = MountAttributes(rawValue: 0x01)
    public static let noSetuid = MountAttributes(rawValue: 0x02)
    public static let noDevices = MountAttributes(rawValue: 0x04)
    public static let noExecute = MountAttributes(rawValue: 0x08)
    public static let noAccessTime = MountAttributes(rawValue: 0x10)
    public static let idMapped = MountAttributes(rawValue: 0x0010_0000)
    public static let noSymlinkFollow = MountAttributes(rawValue: 0x0020_0000)
}

/// The mount API of Linux 5.2 and later: mounts are descriptors that are attached when they are ready.
public enum Mounts {
    private static let emptyPath: UInt32 = 0x1000
    private static let recursive: UInt32 = 0x8000

    /// A detached copy of the mount at `path`, of its submounts too when `recursive` (open_tree(2)).
    public static func clone(
        _ path: String, at directory: Int32 = currentDirectory, recursive all: Bool
    ) throws(SystemError) -> OwnedDescriptor {
        let cloneTree: UInt32 = 1
        let closeOnExec = UInt32(O_CLOEXEC)
        let flags = cloneTree | closeOnExec | (all ? recursive : 0)
        return OwnedDescriptor(owning: try retrying("open_tree", path) { nb_open_tree(directory, path, flags) })
    }

    /// A detached copy of the mount of an open file, showing that file alone.
    public static func clone(file descriptor: Int32) throws(SystemError) -> OwnedDescriptor {
        let flags = 1 | UInt32(O_CLOEXEC) | emptyPath
        return OwnedDescriptor(owning: try retrying("open_tree") { nb_open_tree(descriptor, "", flags) })
    }

    /// A new file system, not attached anywhere yet (fsopen(2), fsmount(2)).
    ///
    /// - Parameter options: Keys and values; an empty value sets a flag.
    public static func create(
        _ type: String, options: [(String, String)], attributes: MountAttributes
    ) throws(SystemError) -> OwnedDescriptor {
        var strings = options.flatMap { [strdup($0.0), strdup($0.1)] }
        defer { for string in strings { free(string) } }
        let descriptor = try retrying("fsmount", type) {
            strings.withUnsafeMutableBufferPointer { buffer in
                buffer.withMemoryRebound(to: UnsafePointer<CChar>?.self) {
                    nb_create_filesystem(
                        type, $0.baseAddress, options.count, UInt32(truncatingIfNeeded: attributes.rawValue))
                }
            }
        }
        return OwnedDescriptor(owning: descriptor)
    }

    /// Whether a user namespace can lay an overlay over trees with mapped ids (kernel 5.19, overlayfs compiled in or
    /// loadable by this process).
    public static var overlaysMappedTrees: Bool {
        let parts = Processes.kernelRelease.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard parts.count == 2, (parts[0], parts[1]) >= (5, 19) else { return false }
        if nb_load_filesystem("overlay") == 0 { return true }
        let known = (try? Files.readText("/proc/filesystems")) ?? ""
        return known.split(separator: "\n").contains { $0.hasSuffix("\toverlay") }
    }

    /// A detached copy of a detached mount, or of the directory `path` in it (open_tree(2); kernel 6.15).
    public static func clone(of mount: Int32, _ path: String = "") throws(SystemError) -> OwnedDescriptor {
        let flags = 1 | UInt32(O_CLOEXEC) | (path.isEmpty ? emptyPath : 0)
        return OwnedDescriptor(owning: try retrying("open_tree", path) { nb_open_tree(mount, path, flags) })
    }

    /// Shows the file or directory `source` at `path` too, with the attributes of the mount it lies in (mount(2), MS_BIND).
    public static func bind(_ source: String, at path: String) throws(SystemError) {
        try retrying("mount MS_BIND", path) { nb_bind_mount(source, path) }
    }

    /// Covers a directory with an empty, read-only memory file system, also in a kernel without the new mount API (mount(2)).
    public static func coverWithNothing(_ path: String) throws(SystemError) {
        try retrying("mount tmpfs", path) { nb_mount_empty(path) }
    }

    /// Attaches a detached mount at `path` (move_mount(2)).
    public static func attach(
        _ mount: borrowing OwnedDescriptor, at path: String, in directory: Int32 = currentDirectory
    ) throws(SystemError) {
        let fromEmptyPath: UInt32 = 0x04
        try retrying("move_mount", path) { nb_move_mount(mount.raw, "", directory, path, fromEmptyPath) }
    }

    /// Adds attributes to a mount given by its descriptor.
    ///
    /// - Parameter userNamespace: Namespace whose id map the mount takes, with ``MountAttributes/idMapped``.
    public static func setAttributes(
        of mount: Int32, _ attributes: MountAttributes, recursive all: Bool, userNamespace: Int32? = nil
    ) throws(SystemError) {
        try retrying("mount_setattr") {
            nb_mount_setattr(mount, "", emptyPath | (all ? recursive : 0), attributes.rawValue, 0, userNamespace ?? -1)
        }
    }

    /// Adds attributes to the mount at `path`.
    public static func setAttributes(
        at path: String, _ attributes: MountAttributes, in directory: Int32 = currentDirectory
    ) throws(SystemError) {
        try retrying("mount_setattr", path) {
            nb_mount_setattr(directory, path, 0, attributes.rawValue, 0, -1)
        }
    }

    /// Stops mount events from travelling between this namespace and the one it was copied from
    /// (mount_namespaces(7), "Shared subtrees").
    public static func makePrivate() throws(SystemError) {
        try retrying("mount MS_PRIVATE", "/") { nb_make_mounts_private() }
    }

    /// Detaches the mount at `path`; it ends when nothing uses it any more (umount2(2), MNT_DETACH).
    public static func detach(_ path: String) throws(SystemError) {
        try retrying("umount2", path) { nb_detach_mount(path) }
    }

    /// Makes the working directory the root and lets go of the old one (pivot_root(2), "pivot_root(".", ".")").
    public static func pivotIntoWorkingDirectory() throws(SystemError) {
        try retrying("pivot_root") { nb_pivot_root(".", ".") }
        try detach(".")
        try retrying("chdir", "/") { chdir("/") }
    }
}
