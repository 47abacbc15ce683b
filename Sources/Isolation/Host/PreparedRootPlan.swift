// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// What the file system holds that the host prepares once, as root, and shows to every sandbox with the profile `run`: all of
/// the new root that is the same for each. Paths are those of ``PreparedPlace``.
package struct PreparedRootPlan: Sendable, Hashable {
    package enum Item: Sendable, Hashable {
        case directory(String, mode: UInt32)
        case symlink(String, target: String)
        case file(String, content: [UInt8], mode: UInt32 = 0o444)
        /// Of a file of the host, at most ``TreeCopy/mostBytes``.
        case copy(String, of: String, mode: UInt32 = 0o444)
        case tree(String, TreeCopy)
        case device(String, major: UInt32, minor: UInt32)
    }

    /// Whom the prepared files of /etc name; a sandbox with another name gets a root of its own.
    package static let hostname = "nestbox"
    package static let bytes: UInt64 = 16 << 20
    package static let inodes: UInt64 = 16384

    package private(set) var items: [Item] = []
    /// Trees of the host that are in it, as they were when it was planned.
    package private(set) var copiedTrees: Set<String> = []
    private var made: Set<String> = []

    /// - Parameter copies: Small trees of the host, to be copied; others get a place to be mounted at.
    package init(view: HostView, copies: [TreeCopy]) {
        for name in [PreparedPlace.rootName, PreparedPlace.lowerName, PreparedPlace.nothing] { directory(name) }
        for index in 0..<PreparedPlace.scratchCount { directory(PreparedPlace.scratchName(index)) }
        directory(PreparedPlace.build + SandboxPath.build)
        addView(view, copies, mode: 0o444)
        let base = PreparedPlace.base
        directory(base + "/etc")
        for (name, content) in MadeUpConfiguration.files(hostname: Self.hostname) {
            items.append(.file("\(base)/etc/\(name)", content: Array(content.utf8)))
        }
        for path in SandboxLayout.places + ["/dev"] { directory(base + path) }
        directory(base + "/root", mode: 0o700)
        addDevices()
    }

    /// Of computers: their roots are overlays over it, with ids of their own, and write. What differs between them (the host's
    /// name, who owns the home directory) is theirs to change.
    package init(computers view: HostView, copies: [TreeCopy]) {
        addView(view, copies, mode: 0o644)
        let base = PreparedPlace.base
        directory(base + "/etc")
        let files = MadeUpConfiguration.files(hostname: Self.hostname, rootShell: ComputerLayout.rootShell)
        for (name, content) in files {
            items.append(.file("\(base)/etc/\(name)", content: Array(content.utf8), mode: 0o644))
        }
        for (path, mode) in ComputerLayout.directories { directory(base + path, mode: mode) }
        directory(base + SandboxPath.home)
        for (path, target) in ComputerLayout.symlinks { items.append(.symlink(base + path, target: target)) }
        parent(of: base + SandboxPath.tool)
        items.append(.file(base + SandboxPath.tool, content: [], mode: 0o755))
        addDevices()
        items.append(.device("\(PreparedPlace.devices)/tty", major: 5, minor: 0))
    }

    /// One more empty file, for something to be mounted at.
    package mutating func addFile(_ path: String) { items.append(.file(path, content: [], mode: 0o755)) }

    private mutating func addView(_ view: HostView, _ trees: [TreeCopy], mode: UInt32) {
        let base = PreparedPlace.base
        let copies = Dictionary(uniqueKeysWithValues: trees.map { ($0.path, $0) })
        for entry in view.entries {
            switch entry {
            case .tree(let path):
                if let copy = copies[path] {
                    parent(of: base + path)
                    items.append(.tree(base + path, copy))
                    copiedTrees.insert(path)
                } else {
                    directory(base + path)
                }
            case .file(let path):
                parent(of: base + path)
                items.append(.file(base + path, content: [], mode: mode))
            case .copy(let path):
                parent(of: base + path)
                items.append(.copy(base + path, of: path, mode: mode))
            case .symlink(let path, let target):
                parent(of: base + path)
                items.append(.symlink(base + path, target: target))
            }
        }
    }

    private mutating func addDevices() {
        let place = PreparedPlace.devices
        directory(place)
        // Numbers: kernel, admin-guide/devices.txt.
        for (name, minor) in [("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)] {
            items.append(.device("\(place)/\(name)", major: 1, minor: UInt32(minor)))
        }
        for (name, target) in SandboxLayout.deviceLinks {
            items.append(.symlink("\(place)/\(name)", target: target))
        }
        for name in ["pts", "shm"] { directory("\(place)/\(name)") }
    }

    private mutating func directory(_ path: String, mode: UInt32 = 0o755) {
        var place = ""
        for component in path.split(separator: "/") {
            place += place.isEmpty ? "\(component)" : "/\(component)"
            if made.insert(place).inserted { items.append(.directory(place, mode: place == path ? mode : 0o755)) }
        }
    }

    private mutating func parent(of path: String) {
        directory(path.split(separator: "/").dropLast().joined(separator: "/"))
    }
}

extension ExplainedStep {
    package init(_ item: PreparedRootPlan.Item) {
        let (step, detail) =
            switch item {
            case .directory(let path, let mode): ("prepare_directory", "\(path) 0\(String(mode, radix: 8))")
            case .symlink(let path, let target): ("prepare_symlink", "\(path) -> \(target)")
            case .file(let path, let content, let mode):
                ("prepare_file", "\(path) 0\(String(mode, radix: 8)), \(content.count) bytes")
            case .copy(let path, let host, let mode):
                ("prepare_copy", "\(host) to \(path) 0\(String(mode, radix: 8))")
            case .tree(let path, let copy): ("prepare_tree", "\(copy.path) to \(path), \(copy.entries.count) entries")
            case .device(let path, let major, let minor):
                ("prepare_device", "\(path) 0666, character device \(major):\(minor)")
            }
        self.init(actor: "host", step: step, detail: detail)
    }
}
