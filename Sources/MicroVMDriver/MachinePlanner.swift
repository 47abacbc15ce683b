// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore

/// Turns a specification into the steps that the agent of a machine performs. Pure, so that it is tested without a machine.
struct MachinePlanner: Sendable {
    /// What the host adds at the moment a sandbox is made.
    struct Moment: Sendable {
        var entropy: [UInt8]
        var seconds: Int
        var nanoseconds: Int

        static var now: Moment {
            let time = WallClock.now
            return Moment(
                entropy: (0..<64).map { _ in UInt8.random(in: .min ... .max) }, seconds: time.seconds,
                nanoseconds: time.nanoseconds)
        }
    }

    let view: HostView
    /// Of the guest's kernel; 0 when it has no Landlock.
    let landlockABI: Int
    let seccomp: [UInt8]
    /// Name of what the host shares (9p), or the block device that has it.
    var share = MachineCommand.shareTag

    /// Of the guest's kernel, for root.
    private static let mostOpenFiles: UInt64 = 1 << 20

    /// - Parameter parts: Of a computer.
    func steps(_ spec: SandboxSpec, _ moment: Moment, parts: ComputerParts? = nil) -> [GuestStep] {
        if let parts { return computerSteps(spec, moment, parts) }
        let top = spec.buildBytes == nil ? PreparedPlace.nothing : PreparedPlace.build
        var steps = beginning(spec, moment)
        steps += [
            .mountSharedRoot(tag: share, layers: [top, PreparedPlace.base]),
            .bind(
                hostPath: "../\(PreparedPlace.devices)", path: "/dev",
                attributes: ([.readOnly, .noSetuid, .noExecute] as MountAttributes).rawValue),
            .mountTerminals(path: "/dev/pts"),
        ]
        let files = MadeUpKernelFiles.files(limits: spec.limits, bootTime: moment.seconds)
        let covers = files.count + 1
        steps.append(
            .mountScratch(
                bytes: UInt64(spec.limits.diskBytes + 4096 * covers), inodes: UInt64(spec.limits.inodes + 3 + covers),
                directories: [
                    place(SandboxPath.home, 0o755), place("/tmp", 0o1777), place("/var/tmp", 0o1777),
                    place("/dev/shm", 0o1777),
                ]))
        if let bytes = spec.buildBytes {
            steps.append(
                .mountScratch(
                    bytes: UInt64(bytes), inodes: UInt64(spec.limits.inodes),
                    directories: [place(SandboxPath.build, 0o755)]))
        }
        steps += procSteps(files, hidesOthers: true) + [.enterRoot, .sealRoot]
        return steps + confinement(spec)
    }

    private func beginning(_ spec: SandboxSpec, _ moment: Moment) -> [GuestStep] {
        [
            // First: whatever is random from here on is this machine's alone.
            .renewMachine(
                entropy: moment.entropy, seconds: UInt64(moment.seconds), nanoseconds: UInt32(moment.nanoseconds)),
            .limitPrograms(
                memoryBytes: UInt64(spec.limits.memoryBytes), processes: UInt32(clamping: spec.limits.processes)),
            .setHostname(spec.hostname), .bringLoopbackUp, .makeMountsPrivate,
        ]
    }

    private func procSteps(_ files: [(name: String, content: String)], hidesOthers: Bool) -> [GuestStep] {
        var steps: [GuestStep] = [.mountProc(path: "/proc", hidesOthers: hidesOthers)]
        // Before /proc becomes read-only it must get its masks: they are mounts on it.
        let masked = SandboxLayout.maskedKernelFiles
        steps += hidesOthers ? [.maskAll(paths: masked)] : masked.map { .mask(path: $0) }
        steps += files.map { .cover(path: "/proc/\($0.name)", content: Array($0.content.utf8)) }
        // The machine's own is the same in all that go on from one kept machine.
        return steps + [
            .coverWithRandomID(path: "/proc/sys/kernel/random/boot_id"), .makeReadOnly(path: "/proc"),
        ]
    }

    // MARK: Computers

    private static let sharePlace = "/share"

    /// The agent makes the root, of what the host shares. Root of a computer is root of its machine, without most rights.
    private func computerSteps(_ spec: SandboxSpec, _ moment: Moment, _ parts: ComputerParts) -> [GuestStep] {
        let shown = SandboxLayout.shown.rawValue
        let files = MadeUpKernelFiles.files(limits: spec.limits, bootTime: moment.seconds)
        let root = ComputerSteps(view: view, parts: parts, limits: spec.limits, hostname: spec.hostname).root(
            tree: { [.bind(hostPath: $0, path: $0, attributes: shown)] }, devices: Self.devices,
            proc: procSteps(files, hidesOthers: false),
            tool: [
                .bind(
                    hostPath: "\(Self.sharePlace)/\(MachineRoom.tool)", path: SandboxPath.tool, attributes: shown)
            ])
        return beginning(spec, moment) + [.mountShare(tag: share, path: Self.sharePlace)]
            + root.map(shared) + [.enterRoot]
            + ComputerSteps(view: view, parts: parts, limits: spec.limits, hostname: spec.hostname).confinement(
                resourceLimits: resourceLimits(spec), dropGroups: true, diesWithCaller: false)
    }

    /// The step, with files of the host where the share has them.
    private func shared(_ step: GuestStep) -> GuestStep {
        func place(_ path: String) -> String { "\(Self.sharePlace)/\(PreparedPlace.base)\(path)" }
        return switch step {
        case .bind(let host, let path, let attributes) where isShown(host):
            .bind(hostPath: place(host), path: path, attributes: attributes)
        case .copyFile(let host, let path, let mode) where isShown(host):
            .copyFile(hostPath: place(host), path: path, mode: mode)
        default: step
        }
    }

    private func isShown(_ path: String) -> Bool {
        view.entries.contains { entry in
            switch entry {
            case .tree(path), .file(path), .copy(path): true
            default: false
            }
        }
    }

    private static var devices: [GuestStep] {
        let attributes = ([.noSetuid, .noExecute, .readOnly] as MountAttributes).rawValue
        return ComputerLayout.devices.flatMap { name in
            [
                GuestStep.writeFile(path: "/dev/\(name)", mode: 0o666, content: []),
                .bind(hostPath: "/dev/\(name)", path: "/dev/\(name)", attributes: attributes),
            ]
        } + SandboxLayout.deviceLinks.map { .makeSymlink(path: "/dev/\($0.0)", target: $0.1) }
            + [.mountTerminals(path: "/dev/pts")]
    }

    private func confinement(_ spec: SandboxSpec) -> [GuestStep] {
        var steps: [GuestStep] = []
        if landlockABI > 0 {
            steps.append(
                SandboxLayout.landlock(
                    abi: landlockABI, readable: view.readablePaths, hasBuild: spec.buildBytes != nil))
        }
        return steps + [
            .prepareSeccomp(program: seccomp), .prepareLimits(resourceLimits(spec)),
            .prepareIdentity(
                user: SandboxLayout.programID, group: SandboxLayout.programID, dropGroups: true, mask: 0o022),
            .protectAgent(keep: SandboxLayout.agentCapabilities, noNewPrivileges: true),
        ]
    }

    /// The control group of the guest's kernel holds memory and processes, the host the CPU time.
    private func resourceLimits(_ spec: SandboxSpec) -> [GuestStep.GuestLimit] {
        ResourceLimits.all(spec.limits, mostOpenFiles: Self.mostOpenFiles, hasCgroup: true)
    }

    private func place(_ path: String, _ mode: UInt32) -> GuestStep.ScratchDirectory {
        let attributes: MountAttributes = [.noSetuid, .noDevices]
        let user = SandboxLayout.programID
        return .init(path: path, mode: mode, user: user, group: user, attributes: attributes.rawValue)
    }
}
