// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// What the file system holds that the host prepares once, as root, and shows to every sandbox with the profile `run`: all of
/// the new root that is the same for each. Paths are those of ``PreparedPlace``.
package struct PreparedRootPlan: Sendable, Hashable {
    package enum Item: Sendable, Hashable {
        case directory(String, mode: UInt32)
        case symlink(String, target: String)
        case file(String, content: [UInt8])
        /// Of a file of the host, at most ``TreeCopy/mostBytes``.
        case copy(String, of: String)
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
        addRoot(view, Dictionary(uniqueKeysWithValues: copies.map { ($0.path, $0) }))
        addDevices()
    }

    private mutating func addRoot(_ view: HostView, _ copies: [String: TreeCopy]) {
        let base = PreparedPlace.base
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
                items.append(.file(base + path, content: []))
            case .copy(let path):
                parent(of: base + path)
                items.append(.copy(base + path, of: path))
            case .symlink(let path, let target):
                parent(of: base + path)
                items.append(.symlink(base + path, target: target))
            }
        }
        directory(base + "/etc")
        for (name, content) in MadeUpConfiguration.files(hostname: Self.hostname) {
            items.append(.file("\(base)/etc/\(name)", content: Array(content.utf8)))
        }
        for path in SandboxLayout.places + ["/dev"] { directory(base + path) }
        directory(base + "/root", mode: 0o700)
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
            case .file(let path, let content): ("prepare_file", "\(path) 0444, \(content.count) bytes")
            case .copy(let path, let host): ("prepare_copy", "\(host) to \(path) 0444")
            case .tree(let path, let copy): ("prepare_tree", "\(copy.path) to \(path), \(copy.entries.count) entries")
            case .device(let path, let major, let minor):
                ("prepare_device", "\(path) 0666, character device \(major):\(minor)")
            }
        self.init(actor: "host", step: step, detail: detail)
    }
}
