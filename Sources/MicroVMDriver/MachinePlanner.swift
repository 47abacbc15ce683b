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

    /// Of the guest's kernel, for root.
    private static let mostOpenFiles: UInt64 = 1 << 20

    func steps(_ spec: SandboxSpec, _ moment: Moment) -> [GuestStep] {
        let top = spec.buildBytes == nil ? PreparedPlace.nothing : PreparedPlace.build
        var steps: [GuestStep] = [
            // First: whatever is random from here on is this machine's alone.
            .renewMachine(
                entropy: moment.entropy, seconds: UInt64(moment.seconds), nanoseconds: UInt32(moment.nanoseconds)),
            .setHostname(spec.hostname), .bringLoopbackUp, .makeMountsPrivate,
            .mountSharedRoot(tag: MachineCommand.shareTag, layers: [top, PreparedPlace.base]),
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
        steps.append(.mountProc(path: "/proc", hidesOthers: true))
        // Before /proc becomes read-only it must get its masks: they are mounts on it.
        steps.append(.maskAll(paths: SandboxLayout.maskedKernelFiles))
        steps += files.map { .cover(path: "/proc/\($0.name)", content: Array($0.content.utf8)) }
        // The machine's own is the same in all that go on from one kept machine.
        steps.append(.coverWithRandomID(path: "/proc/sys/kernel/random/boot_id"))
        steps += [.makeReadOnly(path: "/proc"), .enterRoot, .sealRoot]
        return steps + confinement(spec)
    }

    private func confinement(_ spec: SandboxSpec) -> [GuestStep] {
        var steps: [GuestStep] = []
        if landlockABI > 0 {
            steps.append(
                SandboxLayout.landlock(
                    abi: landlockABI, readable: view.readablePaths, hasBuild: spec.buildBytes != nil))
        }
        let limits = ResourceLimits.all(spec.limits, mostOpenFiles: Self.mostOpenFiles, hasCgroup: false)
        return steps + [
            .prepareSeccomp(program: seccomp), .prepareLimits(Self.ownUser(limits, spec.limits)),
            .prepareIdentity(
                user: SandboxLayout.programID, group: SandboxLayout.programID, dropGroups: true, mask: 0o022),
            .protectAgent(keep: SandboxLayout.agentCapabilities, noNewPrivileges: true),
        ]
    }

    /// What changes with the limits of a living machine.
    static func changed(_ limits: Limits) -> [GuestStep.GuestLimit] {
        ownUser(ResourceLimits.insteadOfCgroup(limits), limits)
    }

    /// The machine's kernel counts the processes of each user, and the agent is another one.
    private static func ownUser(_ all: [GuestStep.GuestLimit], _ limits: Limits) -> [GuestStep.GuestLimit] {
        let processes = ResourceLimit.Resource.processes.rawValue
        let most = UInt64(limits.processes)
        return all.filter { $0.resource != processes } + [.init(resource: processes, soft: most, hard: most)]
    }

    private func place(_ path: String, _ mode: UInt32) -> GuestStep.ScratchDirectory {
        let attributes: MountAttributes = [.noSetuid, .noDevices]
        let user = SandboxLayout.programID
        return .init(path: path, mode: mode, user: user, group: user, attributes: attributes.rawValue)
    }
}
