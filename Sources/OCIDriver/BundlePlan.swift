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
            }
        self.init(actor: "host", step: name, detail: detail)
    }
}
