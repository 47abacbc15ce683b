// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem

extension PreparedRootPlan {
    /// With copies of the small trees of the host's /etc, as they are now.
    package init(copying view: HostView) {
        self.init(view: view, copies: Self.copies(of: view))
    }

    /// As ``init(copying:)``, for computers.
    package init(computersCopying view: HostView) {
        self.init(computers: view, copies: Self.copies(of: view))
    }

    private static func copies(of view: HostView) -> [TreeCopy] {
        view.trees.filter { $0.hasPrefix("/etc/") }.compactMap(TreeCopy.init)
    }

    /// Makes the file system, read-only and attached nowhere. Needs root.
    package func make() throws(SystemError) -> SharedDescriptor {
        let files = try Mounts.create(
            "tmpfs",
            options: [
                ("size", "\(Self.bytes)"), ("nr_inodes", "\(Self.inodes)"), ("mode", "755"),
            ], attributes: .noSetuid)
        for item in items { try Self.make(item, in: files.raw) }
        try Mounts.setAttributes(of: files.raw, .readOnly, recursive: false)
        return SharedDescriptor(files)
    }

    /// Modes are set afterwards: the process's own mask takes bits away while things are made.
    private static func make(_ item: Item, in files: Int32) throws(SystemError) {
        switch item {
        case .directory(let path, let mode):
            try Files.makeDirectory(path, mode: 0o700, at: files)
            try Files.setMode(path, mode, at: files)
        case .symlink(let path, let target):
            try Files.makeSymlink(path, to: target, at: files)
        case .file(let path, let content, let mode):
            try write(content, to: path, mode: mode, in: files)
        case .copy(let path, let host, let mode):
            try write(try readPublic(host), to: path, mode: mode, in: files)
        case .tree(let path, let copy):
            for entry in copy.entries { try make(entry, of: copy.path, at: path, in: files) }
            // Last, as making something in a directory changes its times.
            for entry in copy.entries where entry.kind == .directory {
                try Files.setTimes(path + entry.path, like: entry.status, at: files)
            }
        case .device(let path, let major, let minor):
            try Files.makeCharacterDevice(path, mode: 0o600, major: major, minor: minor, at: files)
            try Files.setMode(path, 0o666, at: files)
        }
    }

    private static func make(
        _ entry: TreeCopy.Entry, of host: String, at path: String, in files: Int32
    ) throws(SystemError) {
        let place = path + entry.path
        switch entry.kind {
        case .directory: try make(.directory(place, mode: entry.status.mode & 0o777), in: files)
        case .symlink(let target): try make(.symlink(place, target: target), in: files)
        case .file:
            try write(try readPublic(host + entry.path), to: place, mode: entry.status.mode & 0o777, in: files)
            try Files.setTimes(place, like: entry.status, at: files)
        }
    }

    private static func write(
        _ content: [UInt8], to path: String, mode: UInt32, in files: Int32
    ) throws(SystemError) {
        let file = try Files.open(path, [.writeOnly, .create, .exclusive], mode: 0o600, at: files)
        try Files.writeAll(file.raw, content)
        try Files.setMode(file.raw, mode)
    }

    /// The content of a file that everybody may read, also now: root reads it on behalf of sandboxes.
    private static func readPublic(_ path: String) throws(SystemError) -> [UInt8] {
        let file = try Files.open(path, [.readOnly, .noFollow, .nonBlocking])
        let status = try Files.status(of: file.raw)
        guard status.kind == .regular, status.mode & 0o004 != 0 else {
            throw SystemError(Errno.access, call: "copy", subject: path)
        }
        var content: [UInt8] = []
        while let part = try Files.read(file.raw, upTo: 65536), !part.isEmpty {
            content += part
            if content.count > TreeCopy.mostBytes {
                throw SystemError(Errno.fileTooBig, call: "copy", subject: path)
            }
        }
        return content
    }
}
