// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore

/// Turns a specification into the exact steps of a sandbox. Pure: it touches nothing, so it is tested without privileges
/// and printed by `nestbox explain`.
struct SandboxPlanner: Sendable {
    let view: HostView
    let isRoot: Bool
    /// 0: the kernel has no Landlock; the plan then goes without, and `doctor` says so.
    let landlockABI: Int
    /// The kernel lays an overlay over trees whose ids are mapped (5.19). Without it the plan goes without, and `doctor` says so.
    let hasOverlay: Bool
    let seccomp: [UInt8]
    /// When the kernel started, in seconds of Unix time; programs compute the start of processes from it.
    let bootTime: Int
    /// Limits are held by control groups; false only when the caller accepted resource limits alone.
    let hasCgroup: Bool
    /// Hard limit of open files of this process; a sandbox cannot have more.
    let mostOpenFiles: UInt64

    /// Namespaces of every sandbox. (A time namespace would isolate nothing: its offsets would all be zero.)
    static let namespaces: Namespaces = [.user, .pid, .mount, .network, .ipc, .uts]

    /// Holds directories, symbolic links and copies of small files of /etc.
    static let rootBytes: UInt64 = 4 << 20
    static let rootInodes: UInt64 = 2048
    /// Index of each host tree among the descriptors passed with the setup, when the host passes mounts.
    static func passedTrees(_ view: HostView, profile: SandboxProfile) -> [String] {
        view.entries.compactMap {
            if case .tree(let path) = $0, path == "/usr" || profile == .computer { path } else { nil }
        }
    }

    /// - Parameter passesMounts: The host passes its trees as mounts with mapped ids (kernel 5.12, root).
    /// - Parameter prepared: The host passes a root of this content too, and what belongs at /dev, behind its trees.
    func steps(
        _ spec: SandboxSpec, identity: SandboxIdentity, passesMounts: Bool, prepared: PreparedRootPlan? = nil
    ) -> [GuestStep] {
        var steps = namespaceSteps(spec, identity: identity)
        if let prepared {
            steps += preparedRootSteps(spec, prepared)
        } else {
            steps += rootSteps(spec, passesMounts: passesMounts)
        }
        steps.append(.enterRoot)
        steps.append(.sealRoot)
        steps += confinementSteps(spec, identity: identity)
        return steps
    }

    func namespaceSteps(_ spec: SandboxSpec, identity: SandboxIdentity) -> [GuestStep] {
        var steps: [GuestStep] = []
        // While the agent still is the host user who may write it: after a change of ids it could not.
        steps.append(.setOOMScore(900))
        steps.append(.setIdentity(user: identity.agentID, group: identity.agentID, dropGroups: identity.dropGroups))
        // After the change of ids, which clears it.
        steps.append(.dieWithHost)
        if hasCgroup { steps.append(.unshareCgroup) }
        steps.append(.setHostname(spec.hostname))
        steps.append(.bringLoopbackUp)
        steps.append(.makeMountsPrivate)
        return steps
    }

    func rootSteps(_ spec: SandboxSpec, passesMounts: Bool) -> [GuestStep] {
        var steps: [GuestStep] = [.mountRoot(bytes: Self.rootBytes, inodes: Self.rootInodes)]
        var made: Set<String> = []
        func directory(_ path: String, mode: UInt32 = 0o755) {
            var place = ""
            for component in path.split(separator: "/") {
                place += "/\(component)"
                if made.insert(place).inserted {
                    steps.append(.makeDirectory(path: place, mode: place == path ? mode : 0o755))
                }
            }
        }
        func parent(of path: String) {
            let components = path.split(separator: "/").dropLast()
            if !components.isEmpty { directory("/" + components.joined(separator: "/")) }
        }

        let passed = passesMounts ? Self.passedTrees(view, profile: .run) : []
        for entry in view.entries {
            switch entry {
            case .tree(let path):
                directory(path)
                if let index = passed.firstIndex(of: path) {
                    steps.append(.attach(index: UInt32(index), path: path))
                } else {
                    steps.append(.bind(hostPath: path, path: path, attributes: SandboxLayout.shown.rawValue))
                }
                if hasOverlay { steps.append(.ownInodes(path: path)) }
            case .file(let path):
                parent(of: path)
                steps.append(.writeFile(path: path, mode: 0o444, content: []))
                steps.append(.bind(hostPath: path, path: path, attributes: SandboxLayout.shown.rawValue))
            case .copy(let path):
                parent(of: path)
                steps.append(.copyFile(hostPath: path, path: path, mode: 0o444))
            case .symlink(let path, let target):
                parent(of: path)
                steps.append(.makeSymlink(path: path, target: target))
            }
        }
        directory("/etc")
        for (name, content) in MadeUpConfiguration.files(hostname: spec.hostname) {
            steps.append(.writeFile(path: "/etc/\(name)", mode: 0o444, content: Array(content.utf8)))
        }

        for path in ["/dev/pts", "/dev/shm"] + SandboxLayout.places { directory(path) }
        directory("/root", mode: 0o700)
        steps += deviceSteps(SandboxLayout.devices)
        steps.append(scratch(spec.limits))
        if let bytes = spec.buildBytes {
            directory(SandboxPath.build)
            steps.append(buildScratch(bytes: bytes, inodes: spec.limits.inodes))
        }
        return steps + procSteps(spec.limits, hidesOthers: true)
    }

    private func preparedRootSteps(_ spec: SandboxSpec, _ prepared: PreparedRootPlan) -> [GuestStep] {
        let passed = Self.passedTrees(view, profile: .run)
        let top = spec.buildBytes == nil ? PreparedPlace.nothing : PreparedPlace.build
        var steps: [GuestStep] = [
            .mountPreparedRoot(index: UInt32(passed.count), layers: [top, PreparedPlace.base])
        ]
        for entry in view.entries {
            switch entry {
            case .tree(let path):
                if let index = passed.firstIndex(of: path) {
                    steps.append(.attachOwn(index: UInt32(index), path: path))
                } else if !prepared.copiedTrees.contains(path) {
                    steps.append(.bind(hostPath: path, path: path, attributes: SandboxLayout.shown.rawValue))
                    steps.append(.ownInodes(path: path))
                }
            case .file(let path):
                steps.append(.bind(hostPath: path, path: path, attributes: SandboxLayout.shown.rawValue))
            case .copy, .symlink: continue
            }
        }
        steps.append(.attach(index: UInt32(passed.count + 1), path: "/dev"))
        steps.append(.mountTerminals(path: "/dev/pts"))
        // What covers and masks files of /proc lies there too, and shall not count.
        let covers = MadeUpKernelFiles.files(limits: spec.limits, bootTime: bootTime).count + 1
        steps.append(scratch(spec.limits, moreBytes: 4096 * covers, moreInodes: 3 + covers))
        if let bytes = spec.buildBytes { steps.append(buildScratch(bytes: bytes, inodes: spec.limits.inodes)) }
        return steps + procSteps(spec.limits, hidesOthers: true)
    }

    /// What is in /dev, whose directories exist already.
    func deviceSteps(_ devices: [String]) -> [GuestStep] {
        var steps: [GuestStep] = []
        for device in devices {
            steps.append(.writeFile(path: "/dev/\(device)", mode: 0o666, content: []))
            let attributes: MountAttributes = [.noSetuid, .noExecute, .readOnly]
            steps.append(.bind(hostPath: "/dev/\(device)", path: "/dev/\(device)", attributes: attributes.rawValue))
        }
        for (name, target) in SandboxLayout.deviceLinks {
            steps.append(.makeSymlink(path: "/dev/\(name)", target: target))
        }
        return steps + [.mountTerminals(path: "/dev/pts")]
    }

    /// - Parameter hidesOthers: Of a run. A computer maps the id by which ``GuestStep/maskAll(paths:)`` knows what is closed.
    func procSteps(_ limits: Limits, hidesOthers: Bool) -> [GuestStep] {
        var steps: [GuestStep] = [.mountProc(path: "/proc", hidesOthers: hidesOthers)]
        // Before /proc becomes read-only it must get its masks: they are mounts on it.
        let masked = SandboxLayout.maskedKernelFiles
        steps += hidesOthers ? [.maskAll(paths: masked)] : masked.map { .mask(path: $0) }
        steps += MadeUpKernelFiles.files(limits: limits, bootTime: bootTime).map {
            .cover(path: "/proc/\($0.name)", content: Array($0.content.utf8))
        }
        // The host's own tells which sandboxes share a machine (random(4)).
        steps.append(.coverWithRandomID(path: "/proc/sys/kernel/random/boot_id"))
        return steps + [.makeReadOnly(path: "/proc")]
    }

    private func place(_ path: String, _ mode: UInt32) -> GuestStep.ScratchDirectory {
        let attributes: MountAttributes = [.noSetuid, .noDevices]
        let user = SandboxLayout.programID
        return .init(path: path, mode: mode, user: user, group: user, attributes: attributes.rawValue)
    }

    /// The first scratch file system is the one whose free space decides about `disk_limit`.
    private func scratch(_ limits: Limits, moreBytes: Int = 0, moreInodes: Int = 0) -> GuestStep {
        .mountScratch(
            bytes: UInt64(limits.diskBytes + moreBytes), inodes: UInt64(limits.inodes + moreInodes),
            directories: [
                place(SandboxPath.home, 0o755), place("/tmp", 0o1777), place("/var/tmp", 0o1777),
                place("/dev/shm", 0o1777),
            ])
    }

    private func buildScratch(bytes: Int, inodes: Int) -> GuestStep {
        .mountScratch(
            bytes: UInt64(bytes), inodes: UInt64(inodes), directories: [place(SandboxPath.build, 0o755)])
    }

    private func confinementSteps(_ spec: SandboxSpec, identity: SandboxIdentity) -> [GuestStep] {
        var steps: [GuestStep] = []
        if landlockABI > 0 {
            steps.append(
                SandboxLayout.landlock(
                    abi: landlockABI, readable: view.readablePaths, hasBuild: spec.buildBytes != nil))
        }
        steps.append(.prepareSeccomp(program: seccomp))
        steps.append(
            .prepareLimits(ResourceLimits.all(spec.limits, mostOpenFiles: mostOpenFiles, hasCgroup: hasCgroup)))
        steps.append(
            .prepareIdentity(
                user: SandboxLayout.programID, group: SandboxLayout.programID, dropGroups: identity.dropGroups,
                mask: 0o022))
        steps.append(.protectAgent(keep: SandboxLayout.agentCapabilities, noNewPrivileges: true))
        return steps
    }
}
