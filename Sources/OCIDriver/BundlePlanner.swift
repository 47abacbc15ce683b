// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore

/// Turns a specification into a bundle. Pure: it touches nothing, so it is tested without a runtime and printed by
/// `nestbox explain`.
struct BundlePlanner: Sendable {
    let runtime: OCIRuntime
    let view: HostView
    let root: PreparedRootPlan
    /// The guest agent's executable on the host.
    let guest: String
    /// The workshop has the library that makes interpreters wait, for a kernel that takes no descriptors of the host.
    let showsLibrary: Bool
    /// 0: the kernel has no Landlock, or is not the host's.
    let landlockABI: Int
    let seccomp: [UInt8]
    let bootTime: Int
    let mostOpenFiles: UInt64
    /// Directories and files of /proc that the host's kernel has and that everybody could read.
    let hiddenKernelFiles: [KernelFile]

    struct KernelFile: Sendable, Hashable {
        let path: String
        let isDirectory: Bool
    }

    private static let bound = ["bind", "ro", "nosuid", "nodev"]
    static let hiddenPlace = Workshop.hiddenPlace
    private static let mask = "mask"
    private static let empty = "empty"
    private static let bootID = "boot_id"

    /// - Parameters:
    ///   - base: First of the host's ids behind the sandbox's.
    ///   - group: Control group that a runtime may make for what Nestbox does not need.
    ///   - place: The bundle's directory, absolute.
    ///   - parts: What all sandboxes share, absolute.
    func plan(
        _ spec: SandboxSpec, base: UInt32, group: String, place: String, parts: Workshop.Parts
    ) -> BundlePlan {
        var mounts = systemMounts(.run)
        var steps: [BundlePlan.HostStep] = [.directory("root", mode: 0o755), .directory("state", mode: 0o700)]
        let layers = (spec.buildBytes == nil ? [] : [parts.build]) + [parts.own, parts.base]
        steps.append(.overlay("root", layers: layers))
        for (index, entry) in view.entries.enumerated() {
            switch entry {
            case .tree(let path) where !root.copiedTrees.contains(path):
                // gVisor's files are its own in any case: locks and watches do not leave it.
                if runtime.hasOwnKernel {
                    mounts.append(Self.bind(path, at: path))
                } else {
                    steps.append(.directory("tree\(index)", mode: 0o755))
                    steps.append(.overlay("tree\(index)", layers: [path, parts.nothing]))
                    mounts.append(Self.bind("\(place)/tree\(index)", at: path))
                }
            case .file(let path): mounts.append(Self.bind(path, at: path))
            case .tree, .copy, .symlink: continue
            }
        }
        mounts.append(Self.bind(guest, at: Workshop.agentPlace))
        let user = base + SandboxLayout.programID
        steps.append(.directory("scratch", mode: 0o755))
        steps.append(
            .scratch(
                "scratch", bytes: spec.limits.diskBytes, inodes: spec.limits.inodes,
                directories: Self.scratch.map { .init(name: $0.name, mode: $0.mode, owner: user) }))
        for directory in Self.scratch {
            mounts.append(Self.bind("\(place)/scratch/\(directory.name)", at: directory.path, readOnly: false))
        }
        if let bytes = spec.buildBytes {
            steps.append(.directory("build", mode: 0o755))
            steps.append(
                .scratch(
                    "build", bytes: bytes, inodes: spec.limits.inodes,
                    directories: [.init(name: "build", mode: 0o755, owner: user)]))
            mounts.append(Self.bind("\(place)/build/build", at: SandboxPath.build, readOnly: false))
        }
        let covers = MadeUpKernelFiles.files(limits: spec.limits, bootTime: bootTime)
        steps += hiddenSteps(covers)
        mounts += hiddenMounts(covers.map(\.name), place: place)
        if spec.hostname != PreparedRootPlan.hostname {
            for file in MadeUpConfiguration.files(hostname: spec.hostname)
            where ["hosts", "hostname"].contains(file.name) {
                steps.append(.file(file.name, content: Array(file.content.utf8)))
                mounts.append(Self.bind("\(place)/\(file.name)", at: "/etc/\(file.name)"))
            }
        }
        return BundlePlan(
            hostSteps: steps,
            configuration: configuration(spec, base: base, group: group, place: place, mounts: mounts),
            guestSteps: guestSteps(spec, covers: covers.map(\.name)))
    }

    /// The first is the one whose free space decides about `disk_limit`.
    private static let scratch: [(name: String, path: String, mode: UInt32)] = [
        ("home", SandboxPath.home, 0o755), ("tmp", "/tmp", 0o1777), ("vartmp", "/var/tmp", 0o1777),
        ("shm", "/dev/shm", 0o1777),
    ]

    // MARK: Mounts

    private static func mount(_ type: String, _ source: String, at path: String, _ options: [String]) -> JSONValue {
        .object([
            "destination": .string(path), "type": .string(type), "source": .string(source),
            "options": .strings(options),
        ])
    }

    static func bind(_ source: String, at path: String, readOnly: Bool = true) -> JSONValue {
        mount("bind", source, at: path, readOnly ? bound : ["bind", "rw", "nosuid", "nodev"])
    }

    func systemMounts(_ profile: SandboxProfile) -> [JSONValue] {
        let proc = ["nosuid", "noexec", "nodev"]
        let isRun = profile == .run
        let terminals = Self.mount(
            "devpts", "devpts", at: "/dev/pts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"])
        // gVisor has a /proc, a /sys and a /dev of its own, which tell about gVisor.
        if runtime.hasOwnKernel { return [Self.mount("proc", "proc", at: "/proc", proc), terminals] }
        return [
            Self.mount("proc", "proc", at: "/proc", proc + ["ro"] + (isRun ? ["hidepid=2"] : [])),
            Self.mount(
                "bind", isRun ? Workshop.devices : Workshop.computerDevices, at: "/dev",
                ["bind", "ro", "nosuid", "noexec"]), terminals,
        ]
    }

    func hiddenSteps(_ covers: [(name: String, content: String)]) -> [BundlePlan.HostStep] {
        let files = covers.map { BundlePlan.HostStep.file("hidden/\($0.name)", content: Array($0.content.utf8)) }
        let hidden = BundlePlan.HostStep.directory("hidden", mode: 0o755)
        if runtime.hasOwnKernel { return [hidden] + files }
        return [
            hidden, .directory("hidden/\(Self.empty)", mode: 0o555), .file("hidden/\(Self.mask)", content: []),
            .randomID("hidden/\(Self.bootID)"),
        ] + files
    }

    /// runc lets nobody mount over most of /proc, so there and with crun it is left to the agent.
    func hiddenMounts(_ covers: [String], place: String) -> [JSONValue] {
        if runtime.hasOwnKernel { return covers.map { Self.bind("\(place)/hidden/\($0)", at: "/proc/\($0)") } }
        return [Self.mount("bind", "\(place)/hidden", at: Self.hiddenPlace, Self.bound + ["noexec"])]
    }

    // MARK: config.json

    func configuration(
        _ spec: SandboxSpec, base: UInt32, group: String, place: String, mounts: [JSONValue]
    ) -> JSONValue {
        let isRun = spec.profile == .run
        let capabilities = JSONValue.strings(Self.agentCapabilities + (isRun ? [] : Self.rootCapabilities))
        let agent = isRun ? Workshop.agentPlace : SandboxPath.tool
        return .object([
            "ociVersion": "1.0.2",
            "hostname": .string(spec.hostname),
            "root": .object(["path": .string("\(place)/root"), "readonly": .bool(isRun)]),
            "process": .object([
                "terminal": false,
                "user": .object(["uid": 0, "gid": 0]),
                "args": .strings(
                    [agent, "agent", "\(runtime.controlDescriptor)"]
                        + (isRun && showsLibrary ? [Workshop.libraryPlace] : [])),
                "env": [],
                "cwd": "/",
                "capabilities": .object([
                    "bounding": capabilities, "effective": capabilities, "permitted": capabilities,
                ]),
                // Setuid files work only without.
                "noNewPrivileges": .bool(isRun || runtime.hasOwnKernel),
                "oomScoreAdj": 900,
            ]),
            "mounts": .array(mounts),
            "linux": linux(spec.profile, base: base, group: group),
        ])
    }

    private func linux(_ profile: SandboxProfile, base: UInt32, group: String) -> JSONValue {
        let namespaces =
            ["pid", "mount", "ipc", "uts", "network", "user"] + (runtime.hasOwnKernel ? [] : ["cgroup"])
        func map(_ id: UInt32, _ size: UInt32) -> JSONValue {
            .object([
                "containerID": .number(Int(id)), "hostID": .number(Int(base + id)), "size": .number(Int(size)),
            ])
        }
        // Root of a computer can give files to any user there, as installing software does.
        let ids: JSONValue =
            profile == .run
            ? [map(0, 1), map(SandboxLayout.programID, 1)] : [map(0, IDRangeAllocator.idsPerSandbox)]
        var members: [JSONValue.Member] = [
            .init(name: "uidMappings", value: ids), .init(name: "gidMappings", value: ids),
        ]
        if runtime.kind == .runc {
            members.append(.init(name: "cgroupsPath", value: .string(group)))
        }
        members.append(
            .init(
                name: "namespaces",
                value: .array(namespaces.map { .object(["type": .string($0)]) })))
        return .object(members)
    }

    /// Beside what every agent needs: SYS_ADMIN within the container's user namespace, to hide of /proc what the runtime does not.
    /// The agent gives it up before any program starts.
    private static let agentCapabilities =
        ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID", "SETPCAP", "SYS_ADMIN"].map { "CAP_\($0)" }
    /// What root of a computer can gain besides; see `ComputerLayout.rootCapabilities`.
    private static let rootCapabilities = ["FSETID", "NET_BIND_SERVICE", "SYS_CHROOT"].map { "CAP_\($0)" }

    // MARK: The agent

    /// Hides what of /proc the runtime has not hidden.
    func kernelFileSteps(_ covers: [String]) -> [GuestStep] {
        var steps: [GuestStep] = []
        if !runtime.hasOwnKernel {
            let attributes: MountAttributes = [.readOnly, .noSetuid, .noDevices, .noExecute]
            func hide(_ source: String, _ path: String) {
                steps.append(
                    .bind(hostPath: "\(Self.hiddenPlace)/\(source)", path: path, attributes: attributes.rawValue))
            }
            for file in hiddenKernelFiles { hide(file.isDirectory ? Self.empty : Self.mask, file.path) }
            for name in covers { hide(name, "/proc/\(name)") }
            hide(Self.bootID, "/proc/sys/kernel/random/boot_id")
        }
        return steps
    }

    private func guestSteps(_ spec: SandboxSpec, covers: [String]) -> [GuestStep] {
        var steps = kernelFileSteps(covers)
        steps.append(.useScratch(path: SandboxPath.home))
        steps.append(.useTerminals(path: "/dev/pts"))
        if landlockABI > 0 {
            steps.append(
                SandboxLayout.landlock(
                    abi: landlockABI, readable: view.readablePaths, hasBuild: spec.buildBytes != nil))
        }
        steps.append(.prepareSeccomp(program: seccomp))
        steps.append(.prepareLimits(resourceLimits(spec.limits)))
        steps.append(
            .prepareIdentity(
                user: SandboxLayout.programID, group: SandboxLayout.programID, dropGroups: true, mask: 0o022))
        // gVisor cannot hide processes of others; nothing else of /proc is the agent's.
        if runtime.hasOwnKernel { steps.append(.hideDirectory(path: "/proc/1")) }
        steps.append(.protectAgent(keep: SandboxLayout.agentCapabilities, noNewPrivileges: true))
        return steps
    }

    func resourceLimits(_ limits: Limits) -> [GuestStep.GuestLimit] {
        let all = ResourceLimits.all(limits, mostOpenFiles: mostOpenFiles, hasCgroup: true)
        return runtime.hasOwnKernel ? GVisor.known(all) + [GVisor.processes(limits)] : all
    }
}
