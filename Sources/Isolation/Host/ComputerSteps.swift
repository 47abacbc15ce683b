// SPDX-License-Identifier: Apache-2.0
package import GuestWire
import LinuxSystem
package import NestboxCore

/// Steps of the agent that make a computer, where the agent itself makes the root. What depends on the driver is given to it.
package struct ComputerSteps: Sendable {
    package let view: HostView
    package let parts: ComputerParts
    package let limits: Limits
    package let hostname: String

    package init(view: HostView, parts: ComputerParts, limits: Limits, hostname: String) {
        self.view = view
        self.parts = parts
        self.limits = limits
        self.hostname = hostname
    }

    /// The root, up to where it is entered.
    ///
    /// - Parameters:
    ///   - tree: Shows a tree of the host at its place, whose directory is there.
    ///   - devices: What is in /dev; `proc`: what is in /proc. Their directories are there.
    ///   - tool: Shows the guest's executable over an empty file at ``SandboxPath/tool``.
    package func root(
        tree: (String) -> [GuestStep], devices: [GuestStep], proc: [GuestStep], tool: [GuestStep]
    ) -> [GuestStep] {
        var plan = DirectorySteps()
        plan.append(
            .mountWritableRoot(
                bytes: UInt64(limits.diskBytes + ComputerLayout.ownBytes),
                inodes: UInt64(limits.inodes + ComputerLayout.ownInodes)))
        for entry in view.entries {
            switch entry {
            case .tree(let path):
                plan.directory(path)
                for step in tree(path) { plan.append(step) }
                plan.append(.ownTree(path: path))
                for link in parts.links(below: path) {
                    plan.append(.makeSymlink(path: link.path, target: link.target))
                }
            case .file(let path):
                plan.parent(of: path)
                plan.append(
                    .writeFile(path: path, mode: 0o644, content: []),
                    .bind(hostPath: path, path: path, attributes: SandboxLayout.shown.rawValue))
            case .copy(let path):
                plan.parent(of: path)
                plan.append(.copyFile(hostPath: path, path: path, mode: 0o644))
            case .symlink(let path, let target):
                plan.parent(of: path)
                plan.append(.makeSymlink(path: path, target: target))
            }
        }
        plan.directory("/etc")
        for (name, content) in MadeUpConfiguration.files(hostname: hostname, rootShell: ComputerLayout.rootShell) {
            plan.append(.writeFile(path: "/etc/\(name)", mode: 0o644, content: Array(content.utf8)))
        }
        for (path, mode) in ComputerLayout.directories { plan.directory(path, mode: mode) }
        plan.directory(SandboxPath.home)
        let user = SandboxLayout.programID
        plan.append(.setOwner(path: SandboxPath.home, user: user, group: user))
        for (path, target) in ComputerLayout.symlinks { plan.append(.makeSymlink(path: path, target: target)) }
        plan.parent(of: SandboxPath.tool)
        let empty = GuestStep.writeFile(path: SandboxPath.tool, mode: 0o755, content: [])
        // Sudo last: the host's own may be among what not everybody may read.
        return plan.steps + devices + [empty] + tool + proc + parts.masked.map { .mask(path: $0) }
            + [.mountSetuid(path: ComputerLayout.sudoPath, content: parts.sudo)]
    }

    /// What holds programs, once the root is entered.
    ///
    /// - Parameter agentKeeps: Capabilities of the agent. Linux gives root's programs all that ``GuestStep/allowRoot(capabilities:)`` says;
    ///   a kernel that does not gives them what the agent has of it.
    package func confinement(
        resourceLimits: [GuestStep.GuestLimit], dropGroups: Bool, diesWithCaller: Bool,
        agentKeeps: UInt64 = SandboxLayout.agentCapabilities
    ) -> [GuestStep] {
        let user = SandboxLayout.programID
        let agent = ComputerLayout.agentID
        var steps: [GuestStep] = [
            .prepareLimits(resourceLimits),
            .prepareIdentity(user: user, group: user, dropGroups: dropGroups, mask: 0o022),
            .allowRoot(capabilities: ComputerLayout.rootCapabilities),
            // Setuid files work only without no_new_privs, and without it the kernel takes a filter from CAP_SYS_ADMIN alone. So the
            // agent takes the filter itself, for all it will start, and gives that capability up at the end.
            .enterSeccomp(program: parts.seccomp),
            .setIdentity(user: agent, group: agent, dropGroups: dropGroups),
        ]
        if diesWithCaller { steps.append(.dieWithHost) }
        steps.append(.protectAgent(keep: agentKeeps, noNewPrivileges: false))
        return steps
    }
}
