// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// How the new root comes to be, and what only a root that programs may write has.
extension SetupExecutor {
    /// In a writable root's file system: what programs see, and beside it, out of their reach, the layers of overlays.
    private static let visibleDirectory = "root"
    private static let layersDirectory = "layers"
    static let setuidDirectory = ".setuid"

    /// The working directory becomes the new, empty file system.
    func mountRoot(bytes: UInt64, inodes: UInt64) throws(SystemError) {
        let root = try Mounts.create(
            "tmpfs", options: Self.tmpfsOptions(bytes: bytes, inodes: inodes, mode: "755"),
            attributes: [.noSetuid, .noDevices])
        try Mounts.attach(root, at: Self.stagingPath)
        try GuestCalls.changeDirectory(Self.stagingPath)
        GuestCalls.setUmask(0)
    }

    /// What later steps need in the new root until ``GuestStep/enterRoot``.
    func prepareRoot() throws(SystemError) {
        _ = try Files.open(Self.maskFile, [.writeOnly, .create, .exclusive], mode: 0o444)
        try Files.makeDirectory(Self.emptyDirectory, mode: 0o555)
    }

    /// The prepared file system lies at the staging place. The overlay at a place of it is the new root: inodes of this sandbox
    /// alone. Whatever lies beside goes out of reach with ``GuestStep/enterRoot``.
    mutating func mountPreparedRoot(
        _ files: consuming OwnedDescriptor, layers: [String]
    ) throws(SystemError) {
        try Mounts.attach(files, at: Self.stagingPath)
        try GuestCalls.changeDirectory(Self.stagingPath)
        let root = try Mounts.create(
            "overlay", options: [("lowerdir", layers.joined(separator: ":"))],
            attributes: [.readOnly, .noSetuid, .noDevices])
        try Mounts.attach(root, at: PreparedPlace.rootName)
        try GuestCalls.changeDirectory(PreparedPlace.rootName)
        GuestCalls.setUmask(0)
        isPrepared = true
    }

    /// The tree itself lies beside the root, where only the overlay reaches it.
    func attachOwn(_ tree: consuming OwnedDescriptor, at path: String) throws(SystemError) {
        try Mounts.attach(tree, at: PreparedPlace.lower)
        let overlay = try Mounts.create(
            "overlay", options: [("lowerdir", "\(PreparedPlace.lower):\(PreparedPlace.empty)")],
            attributes: [.readOnly, .noSetuid, .noDevices])
        try Mounts.attach(overlay, at: path)
    }

    /// Makes a directory of the new file system the new root. The rest of it goes out of reach with
    /// ``GuestStep/enterRoot``, as the directory is then the root of its mount.
    mutating func enterSubtree() throws(SystemError) {
        try Files.makeDirectory(Self.visibleDirectory, mode: 0o755)
        try Files.makeDirectory(Self.layersDirectory, mode: 0o700)
        let visible = try Mounts.clone(Self.visibleDirectory, recursive: false)
        try Mounts.attach(visible, at: Self.visibleDirectory)
        try GuestCalls.changeDirectory(Self.visibleDirectory)
        confinement.scratch = SharedDescriptor(try Files.open(".", [.readOnly, .directory]))
    }

    /// An overlay whose upper layer lies beside the new root. `userxattr`: a user namespace may not set the attributes that
    /// overlays otherwise use (kernel, filesystems/overlayfs, "Mount options"). A memory file system has those of users since kernel
    /// 6.6 only, so whoever may set the others does.
    mutating func ownTree(_ path: String) throws(SystemError) {
        let layer = "../\(Self.layersDirectory)/\(ownTrees)"
        ownTrees += 1
        try Files.makeDirectory(layer, mode: 0o700)
        let mode = try Files.status(path).mode & 0o7777
        try Files.makeDirectory("\(layer)/upper", mode: mode)
        try Files.makeDirectory("\(layer)/work", mode: 0o700)
        let overlay = try Mounts.create(
            "overlay",
            options: [("lowerdir", path), ("upperdir", "\(layer)/upper"), ("workdir", "\(layer)/work")]
                + (hasOwnKernel ? [] : [("userxattr", "")]),
            attributes: [.noSetuid, .noDevices])
        try Mounts.attach(overlay, at: path)
    }

    /// Becomes a zygote. Returns only by throwing.
    func become(
        _ arguments: [String], _ environment: [String], _ directory: String, first: Int
    ) throws(SystemError) {
        let descriptors = passed.dropFirst(first).prefix(Self.zygoteDescriptors)
        guard descriptors.count == Self.zygoteDescriptors, descriptors.allSatisfy({ $0 >= 0 }) else {
            throw SystemError(Errno.invalid, call: "become with \(descriptors.count) descriptors")
        }
        try GuestCalls.become(arguments, environment, directory: directory, descriptors: Array(descriptors))
    }

    /// Standard streams, the stream of requests, the library.
    private static let zygoteDescriptors = 5
}
