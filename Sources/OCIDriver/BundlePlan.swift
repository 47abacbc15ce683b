// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation

/// All that makes one container: what the host lays ready, what the runtime is told, and what is left for the agent.
struct BundlePlan: Sendable, Hashable {
    /// In order, in the mount namespace of the ``Workshop``. Relative paths are in the bundle's directory.
    var hostSteps: [HostStep]
    /// `config.json` of the runtime specification.
    var configuration: JSONValue
    /// What the runtime has not done.
    var guestSteps: [GuestStep]

    enum HostStep: Sendable, Hashable {
        case directory(String, mode: UInt32)
        case file(String, content: [UInt8])
        /// A file with a random UUID.
        case randomID(String)
        /// A read-only overlay over directories, the first on top: the same files, as inodes of this sandbox alone.
        case overlay(String, layers: [String])
        /// One memory file system with directories in it.
        case scratch(String, bytes: Int, inodes: Int, directories: [Directory])
        /// An overlay that keeps changes in `layers/upper` and `layers/work`, over a directory whose files show the ids of the
        /// sandbox.
        case writableOverlay(String, over: String, layers: String, owner: UInt32)
        /// Other content for a file that is there.
        case replace(String, content: [UInt8])
        case owner(String, UInt32)
        case symlink(String, target: String)
        /// Shows one of the bundle's or the host's files or directories.
        case show(String, at: String)
        /// Hides a path behind an empty file or directory of the host's, given for each kind.
        case mask(String, file: String, directory: String)
        /// A setuid program of this owner, in place of what is there.
        case setuidFile(String, content: [UInt8], owner: UInt32)
    }

    /// In a scratch file system; programs own it.
    struct Directory: Sendable, Hashable {
        let name: String
        let mode: UInt32
        let owner: UInt32
    }
}

extension ExplainedStep {
    init(_ step: BundlePlan.HostStep) {
        let (name, detail) =
            switch step {
            case .directory(let path, let mode): ("bundle_directory", "\(path) 0\(String(mode, radix: 8))")
            case .file(let path, let content): ("bundle_file", "\(path) 0444, \(content.count) bytes")
            case .randomID(let path): ("bundle_file", "\(path) 0444, a random UUID")
            case .overlay(let path, let layers):
                ("bundle_overlay", "\(path): read-only overlay over \(layers.joined(separator: " and "))")
            case .scratch(let path, let bytes, let inodes, let directories):
                (
                    "bundle_scratch",
                    "\(path): tmpfs, \(bytes) bytes, \(inodes) inodes: "
                        + directories.map(\.name).joined(separator: " ")
                )
            case .writableOverlay(let path, let lower, let layers, let owner):
                (
                    "bundle_overlay",
                    "\(path): writable overlay over \(lower), ids from \(owner) on; changes in \(layers)"
                )
            case .replace(let path, let content): ("bundle_replace", "\(path), \(content.count) bytes")
            case .owner(let path, let user): ("bundle_owner", "\(path) \(user)")
            case .symlink(let path, let target): ("bundle_symlink", "\(path) -> \(target)")
            case .show(let source, let path): ("bundle_show", "\(source) at \(path)")
            case .mask(let path, _, _): ("bundle_mask", path)
            case .setuidFile(let path, let content, let owner):
                ("bundle_setuid", "\(path) 04755 of \(owner), \(content.count) bytes, the only one")
            }
        self.init(actor: "host", step: name, detail: detail)
    }
}
