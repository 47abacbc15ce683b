// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore

/// What a computer needs beyond what every sandbox has. Read once, when the first computer is made.
struct ComputerParts: Sendable {
    /// `nestbox-sudo`.
    var sudo: [UInt8]
    /// The profile `computer`, compiled.
    var seccomp: [UInt8]
    /// Places in the host's trees that not everybody may read there. Root of a computer could, so they are masked.
    var hidden: [String]
    /// Names that programs expect and the host's trees lack, by path.
    var links: [String: String] = [:]
}

extension SandboxPlanner {
    /// What a program of root can have, or gain: CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7,
    /// NET_BIND_SERVICE 10, SYS_CHROOT 18 (capabilities(7)). All of it counts within the sandbox's user namespace only.
    static let rootCapabilities: UInt64 =
        1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 18
    /// The agent's user once it has set the computer up: neither of those that programs are started as.
    static let computerAgentID: UInt32 = 65_533
    private static let sudoPath = "/usr/bin/sudo"
    /// A terminal's program opens its own terminal through this.
    private static let computerDevices = SandboxLayout.devices + ["tty"]

    /// The plan of a sandbox with the profile `computer`.
    ///
    /// The descriptors passed with it are the host's trees as mounts with mapped ids (``passedTrees(_:profile:)``), then the
    /// guest's executable.
    func computerSteps(_ spec: SandboxSpec, identity: SandboxIdentity, parts: ComputerParts) -> [GuestStep] {
        var steps = namespaceSteps(spec, identity: identity)
        steps += computerRootSteps(spec, parts)
        steps.append(.enterRoot)
        steps.append(
            .prepareLimits(ResourceLimits.all(spec.limits, mostOpenFiles: mostOpenFiles, hasCgroup: hasCgroup)))
        steps.append(
            .prepareIdentity(
                user: SandboxLayout.programID, group: SandboxLayout.programID, dropGroups: identity.dropGroups,
                mask: 0o022))
        steps.append(.allowRoot(capabilities: Self.rootCapabilities))
        // Setuid files work only without no_new_privs, and without it the kernel takes a filter from CAP_SYS_ADMIN alone. So the
        // agent takes the filter itself, for all it will start, and gives that capability up two steps later.
        steps.append(.enterSeccomp(program: parts.seccomp))
        steps.append(
            .setIdentity(user: Self.computerAgentID, group: Self.computerAgentID, dropGroups: identity.dropGroups))
        steps.append(.dieWithHost)
        steps.append(.protectAgent(keep: SandboxLayout.agentCapabilities, noNewPrivileges: false))
        return steps
    }

    private func computerRootSteps(_ spec: SandboxSpec, _ parts: ComputerParts) -> [GuestStep] {
        var tree = DirectorySteps()
        tree.steps.append(
            .mountWritableRoot(
                bytes: UInt64(spec.limits.diskBytes) + Self.rootBytes,
                inodes: UInt64(spec.limits.inodes) + Self.rootInodes))
        let passed = Self.passedTrees(view, profile: .computer)
        for entry in view.entries {
            switch entry {
            case .tree(let path):
                tree.directory(path)
                guard let index = passed.firstIndex(of: path) else { continue }
                tree.steps.append(.attach(index: UInt32(index), path: path))
                tree.steps.append(.ownTree(path: path))
                for (link, target) in parts.links.sorted(by: <) where link.hasPrefix(path + "/") {
                    tree.steps.append(.makeSymlink(path: link, target: target))
                }
            case .file(let path):
                tree.parent(of: path)
                tree.steps.append(.writeFile(path: path, mode: 0o644, content: []))
                tree.steps.append(.bind(hostPath: path, path: path, attributes: Self.readOnly.rawValue))
            case .copy(let path):
                tree.parent(of: path)
                tree.steps.append(.copyFile(hostPath: path, path: path, mode: 0o644))
            case .symlink(let path, let target):
                tree.parent(of: path)
                tree.steps.append(.makeSymlink(path: path, target: target))
            }
        }
        tree.directory("/etc")
        for (name, content) in MadeUpConfiguration.files(hostname: spec.hostname, rootShell: "/bin/bash") {
            tree.steps.append(.writeFile(path: "/etc/\(name)", mode: 0o644, content: Array(content.utf8)))
        }
        for path in [
            "/dev/pts", "/proc", "/media", "/mnt", "/opt", "/run/lock", "/srv", "/var/cache", "/var/lib", "/var/log",
            "/var/mail",
            "/var/spool",
        ] {
            tree.directory(path)
        }
        for path in ["/dev/shm", "/tmp", "/var/tmp"] { tree.directory(path, mode: 0o1777) }
        tree.directory("/root", mode: 0o700)
        tree.directory(SandboxPath.home)
        let user = SandboxLayout.programID
        tree.steps.append(.setOwner(path: SandboxPath.home, user: user, group: user))
        tree.steps.append(.makeSymlink(path: "/var/run", target: "/run"))
        tree.steps.append(.makeSymlink(path: "/var/lock", target: "/run/lock"))
        tree.steps += deviceSteps(Self.computerDevices)
        tree.parent(of: SandboxPath.tool)
        tree.steps.append(.writeFile(path: SandboxPath.tool, mode: 0o755, content: []))
        tree.steps.append(.attach(index: UInt32(passed.count), path: SandboxPath.tool))
        tree.steps += procSteps(spec.limits, hidesOthers: false)
        // Before sudo: the host's own may be among what not everybody may read.
        tree.steps += parts.hidden.filter { $0 != Self.sudoPath }.map { .mask(path: $0) }
        tree.steps.append(.mountSetuid(path: Self.sudoPath, content: parts.sudo))
        return tree.steps
    }
}

/// Steps that make directories, each once and after its parent.
struct DirectorySteps {
    var steps: [GuestStep] = []
    private var made: Set<String> = []

    mutating func directory(_ path: String, mode: UInt32 = 0o755) {
        var place = ""
        for component in path.split(separator: "/") {
            place += "/\(component)"
            if made.insert(place).inserted {
                steps.append(.makeDirectory(path: place, mode: place == path ? mode : 0o755))
            }
        }
    }

    mutating func parent(of path: String) {
        let components = path.split(separator: "/").dropLast()
        if !components.isEmpty { directory("/" + components.joined(separator: "/")) }
    }
}
