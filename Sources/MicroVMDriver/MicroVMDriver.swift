// SPDX-License-Identifier: Apache-2.0
import GuestWire
public import Isolation
import LinuxSystem
public import NestboxCore

/// Sandboxes as virtual machines of QEMU's type `microvm`, each with a Linux kernel of its own.
///
/// A machine is started once, kept, and every sandbox goes on from there: with new randomness, clock, host name and files.
public final class MicroVMDriver: IsolationDriver {
    public static let driverName = "microvm"
    /// An emulated machine on a busy host takes seconds; one that takes this long is stuck, and is destroyed.
    private static let setupTime = Duration.seconds(60)
    private static let mostAgentBytes = 128 << 20

    public let name = MicroVMDriver.driverName
    private let configuration: MicroVMConfiguration
    private let cgroups: CgroupParent
    private let ids: IDRangeAllocator
    private let planner: MachinePlanner
    private let kernelRelease: String
    private let hall: MachineHall

    /// - Throws: ``IsolationError`` `unavailable` naming what is missing and how to get it.
    public init(_ configuration: MicroVMConfiguration) throws(IsolationError) {
        self.configuration = configuration
        guard Files.exists(MachineCommand.program) else {
            throw IsolationError(
                .unavailable, step: "find QEMU",
                message: "\(MachineCommand.program) does not exist; install qemu-system-x86")
        }
        guard Processes.userID == 0 else {
            throw IsolationError(
                .unavailable, step: "use QEMU",
                message: "needs root, for the walls around QEMU; use the driver 'namespace'")
        }
        let kernel = try MachineKernel.load(from: configuration.kernel)
        let image = try GuestImage.open(configured: configuration.guestExecutable)
        let parent = try CgroupParent(configured: configuration.cgroupParent)
        ExitActions.add { parent.close() }
        try parent.requireSwapControl()
        cgroups = parent
        ids = try IDRangeAllocator()
        let view = try HostView.detect(
            extraPaths: configuration.extraPaths, configurationEntries: configuration.configurationEntries)
        let filter: [UInt8]
        do {
            filter = try SeccompProfile.bundled("run").compile().bytes
        } catch {
            throw IsolationError(.unavailable, step: "compile the seccomp profile", message: "\(error)")
        }
        planner = MachinePlanner(view: view, landlockABI: kernel.landlockABI, seccomp: filter)
        kernelRelease = kernel.release
        let mayUseKVM = configuration.acceleration != .tcg && Files.exists("/dev/kvm")
        hall = MachineHall(configuration.acceleration, cgroups: parent, ids: ids) { () throws(IsolationError) in
            do throws(SystemError) {
                let agent = try Files.readAll("/proc/self/fd/\(image.descriptor.raw)", atMost: Self.mostAgentBytes)
                return MachineRoom.Content(
                    view: view, root: PreparedRootPlan(copying: view), kernel: kernel.image,
                    initialFiles: InitialFiles.archive(agent: agent, modules: kernel.modules),
                    mayUseKVM: mayUseKVM)
            } catch {
                throw IsolationError(.unavailable, step: "read the guest agent", message: "\(error)")
            }
        }
    }

    /// What the driver can do, in one place.
    public var properties: DriverProperties {
        DriverProperties(
            kernel: .own, profiles: [SandboxProfile.run.rawValue], landlock: planner.landlockABI > 0)
    }

    /// The host counts and holds the machine as a whole. What programs use inside is held there, by each process's limits.
    private var enforcement: LimitEnforcement {
        LimitEnforcement(
            memory: .process, processes: .sandbox, cpuTime: .sandbox, cpuRate: .sandbox, memoryPeak: .watched,
            tellsRefusals: false)
    }

    // MARK: IsolationDriver

    public func status() async -> DriverStatus {
        typealias Finding = DriverStatus.Finding
        var findings = [
            Finding(
                name: "kernel", level: .ok,
                detail: "Linux \(kernelRelease) of \(configuration.kernel), in every sandbox"),
            Finding(
                name: "identity", level: .ok,
                detail: "every QEMU has a host id and namespaces of its own, and no network"),
            Finding(
                name: "limits", level: .ok,
                detail:
                    "the machine's by \(cgroups.hierarchy.version.rawValue), below \(cgroups.path); programs' by the guest's kernel"
            ),
            Finding(name: "seccomp", level: .ok, detail: "allow-list 'run' inside; QEMU under its own filter"),
            Finding(name: "overlay", level: .ok, detail: "files are the guest kernel's own view"),
            Finding(
                name: "landlock", level: planner.landlockABI > 0 ? .ok : .missing,
                detail: "ABI \(planner.landlockABI), the guest kernel's"),
            Finding(
                name: "computers", level: .missing, detail: "not with this driver", remedy: "use the driver 'namespace'"
            ),
        ]
        do {
            let decision = try await hall.decision()
            findings.insert(
                Finding(
                    name: "processor", level: decision.accelerator == .kvm ? .ok : .missing,
                    detail: decision.accelerator == .kvm
                        ? "KVM: \(decision.reason)" : "TCG, emulated and some ten times slower: \(decision.reason)",
                    remedy: decision.accelerator == .kvm ? nil : "use a host with working KVM"), at: 0)
        } catch {
            findings.insert(Finding(name: "processor", level: .fatal, detail: "\(error)"), at: 0)
            return DriverStatus(driver: name, available: false, limitsEnforcedBy: "none", findings: findings)
        }
        return DriverStatus(
            driver: name, available: true, limitsEnforcedBy: cgroups.hierarchy.version.rawValue,
            enforcement: enforcement, properties: properties, findings: findings)
    }

    public func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] {
        try check(spec)
        let shape = MachineShape(spec.limits, overhead: configuration.memoryOverhead)
        let command = MachineCommand(
            shape: shape, accelerator: configuration.acceleration == .kvm ? .kvm : .tcg,
            clockKilohertz: MachineCalls.clockKilohertz ?? 0)
        func host(_ step: String, _ detail: String) -> ExplainedStep {
            ExplainedStep(actor: "host", step: step, detail: detail)
        }
        let steps = [
            host(
                "enter_room",
                "a thread with namespaces and a root of its own: QEMU, the guest's kernel, and read-only what sandboxes see"
            ),
            host(
                "keep_machine", "once for each shape: start a machine, stop it when its agent is there, seal its memory"
            ),
            host(
                "make_cgroup",
                "\(cgroups.hierarchy.version.rawValue) below \(cgroups.path): memory \(shape.memoryBytes + MachineShape.emulatorBytes) "
                    + "bytes, \(MachineShape.emulatorThreads) threads, \(spec.limits.milliCPU) thousandths of a CPU"),
            host(
                "start_machine",
                "as a user of its own, without any right, in a pid namespace: "
                    + command.arguments(.sandbox).joined(separator: " ")),
            host("restore_machine", "from the kept one, whose memory is copied as it is written"),
        ]
        return steps + planner.steps(spec, .now).map { ExplainedStep($0) }
    }

    public func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
        let began = MonotonicClock.nanoseconds
        try check(spec)
        do {
            let shape = MachineShape(spec.limits, overhead: configuration.memoryOverhead)
            let template = try await hall.template(shape)
            let room = try await hall.room()
            let limits = CgroupLimits(shape, milliCPU: spec.limits.milliCPU)
            let machine = try Machine(spec.id, limits, cgroups: cgroups, ids: ids)
            do {
                let session = try await restore(spec, machine, template, room)
                return MicroVMSandbox(
                    id: spec.id, guest: session, creation: .nanoseconds(MonotonicClock.nanoseconds - began),
                    enforcement: enforcement, machine: machine, shape: shape)
            } catch {
                throw await Self.removed(machine, after: error)
            }
        } catch {
            throw error as? IsolationError
                ?? IsolationError(.setupFailed, step: "make the machine", message: "\(error)")
        }
    }

    @discardableResult
    public func sweep() async -> Int {
        // A room and all that is in it go with their last process.
        cgroups.sweep()
    }

    // MARK: Parts

    private func check(_ spec: SandboxSpec) throws(IsolationError) {
        guard spec.profile == .run else {
            throw IsolationError(
                .unavailable, step: "profile '\(spec.profile.rawValue)'",
                message: "the driver '\(name)' offers the profile 'run' only; use the driver 'namespace'")
        }
    }

    private func restore(
        _ spec: SandboxSpec, _ machine: Machine, _ template: MachineTemplate, _ room: MachineRoom
    ) async throws -> GuestSession {
        let planner = planner
        return try await Deadline.within(Self.setupTime, "set up the machine") {
            let streams = try await MachineHall.begin(
                machine, template.command, .sandbox, room, [template.memory, try template.openState()])
            let monitor = try await MachineMonitor(streams.monitor)
            try await monitor.command("migrate-incoming", "{\"uri\":\"fd:\(MachineCommand.Passed.state)\"}")
            try await monitor.migrated()
            try await monitor.command("cont")
            let session = try GuestSession.open(on: streams.port)
            do {
                try await session.setUp(planner.steps(spec, .now), descriptors: [])
                return session
            } catch {
                session.close()
                throw error
            }
        }
    }

    /// Nothing is left of a machine that could not be made. What QEMU said goes into the error.
    private static func removed(_ machine: Machine, after error: any Error) async -> IsolationError {
        var failure =
            error as? IsolationError ?? IsolationError(.setupFailed, step: "make the machine", message: "\(error)")
        let words = machine.lastWords
        if !words.isEmpty {
            failure = IsolationError(failure.code, step: failure.step, message: "\(failure.message); \(words)")
        }
        do throws(IsolationError) {
            try await machine.end()
        } catch let cleanup {
            failure = IsolationError(failure.code, step: failure.step, message: "\(failure.message); then \(cleanup)")
        }
        return failure
    }
}
