// SPDX-License-Identifier: Apache-2.0
import GuestWire
public import Isolation
import LinuxSystem
public import NestboxCore

/// Sandboxes as virtual machines, each with a Linux kernel of its own: of QEMU's type `microvm`, or of Firecracker.
///
/// A machine is started once, kept, and every sandbox goes on from there: with new randomness, clock, host name and files.
public final class MicroVMDriver: IsolationDriver {
    public static let driverName = "microvm"
    /// An emulated machine on a busy host takes seconds; one that takes this long is stuck, and is destroyed.
    private static let setupTime = Duration.seconds(60)

    public let name: String
    private let memoryOverhead: Int
    private let parts: MachineParts
    private let planner: MachinePlanner
    private let maker: any MachineMaker

    /// Machines of QEMU.
    ///
    /// - Throws: ``IsolationError`` `unavailable` naming what is missing and how to get it.
    public init(_ configuration: MicroVMConfiguration) throws(IsolationError) {
        guard Files.exists(MachineCommand.program) else {
            throw IsolationError(
                .unavailable, step: "find QEMU",
                message: "\(MachineCommand.program) does not exist; install qemu-system-x86")
        }
        try MachineParts.requireRoot(QEMUMachines.monitor)
        let kernel = try MachineKernel.load(from: configuration.kernel)
        let parts = try MachineParts(configuration.common)
        let device = configuration.accelerationDevice
        let mayUseKVM = configuration.acceleration != .tcg && Files.exists(device)
        let hall = MachineHall(configuration, cgroups: parts.cgroups, ids: parts.ids) { () throws(IsolationError) in
            MachineRoom.Content(
                view: parts.view, root: parts.root, tool: parts.image.isMountable ? parts.image.path : nil,
                kernel: kernel.image, initialFiles: try parts.initialFiles(kernel.modules),
                accelerationDevice: mayUseKVM ? device : nil)
        }
        name = Self.driverName
        memoryOverhead = configuration.memoryOverhead
        self.parts = parts
        planner = try parts.planner(kernel)
        maker = QEMUMachines(kernelRelease: kernel.release, hall: hall, acceleration: configuration.acceleration)
    }

    /// Machines of Firecracker.
    ///
    /// - Throws: ``IsolationError`` `unavailable` naming what is missing and how to get it.
    public init(_ configuration: FirecrackerConfiguration) throws(IsolationError) {
        let programs = try configuration.programs()
        try MachineParts.requireRoot(FirecrackerMachines.monitor)
        let kernel = try MachineKernel.loadUnpacked(from: configuration.kernel)
        let parts = try MachineParts(configuration.common, view: configuration.view)
        name = FirecrackerConfiguration.driverName
        memoryOverhead = configuration.memoryOverhead
        self.parts = parts
        var planner = try parts.planner(kernel)
        planner.share = FirecrackerRequest.drive
        self.planner = planner
        maker = FirecrackerMachines(configuration, programs: programs, kernel: kernel, parts: parts)
    }

    /// What the driver can do, in one place.
    public var properties: DriverProperties {
        DriverProperties(
            kernel: .own,
            profiles: SandboxProfile.allCases.filter { $0 == .run || parts.computersLack == nil }.map(\.rawValue),
            landlock: planner.landlockABI > 0, startsAhead: parts.hasLibrary, fixedAddresses: true,
            sudo: parts.computersLack == nil, preparedBytes: MachineShape.idleBytes)
    }

    /// The host holds the machine as a whole and counts its CPU time. What programs use of it is held and counted by the guest's kernel.
    private var enforcement: LimitEnforcement {
        LimitEnforcement(
            memory: .sandbox, processes: .sandbox, cpuTime: .sandbox, cpuRate: .sandbox, memoryPeak: .sandbox,
            tellsRefusals: true)
    }

    // MARK: IsolationDriver

    public func status() async -> DriverStatus {
        typealias Finding = DriverStatus.Finding
        let found = await maker.findings()
        guard !found.contains(where: { $0.level == .fatal }) else {
            return DriverStatus(driver: name, available: false, limitsEnforcedBy: "none", findings: found)
        }
        let version = parts.cgroups.hierarchy.version.rawValue
        let monitor = type(of: maker).monitor
        let lack = parts.computersLack
        let findings =
            found + [
                Finding(name: "kernel", level: .ok, detail: "Linux \(maker.kernelRelease), in every sandbox"),
                Finding(
                    name: "identity", level: .ok,
                    detail: "every \(monitor) has a host id and namespaces of its own, and no network"),
                Finding(
                    name: "limits", level: .ok,
                    detail:
                        "the machine's by \(version), below \(parts.cgroups.path); programs' by a control group of the guest's kernel"
                ),
                Finding(
                    name: "seccomp", level: .ok, detail: "allow-list 'run' inside; \(monitor) under its own filter"),
                Finding(name: "overlay", level: .ok, detail: "files are the guest kernel's own view"),
                Finding(
                    name: "landlock", level: planner.landlockABI > 0 ? .ok : .missing,
                    detail: "ABI \(planner.landlockABI), the guest kernel's"),
                Finding(
                    name: "computers", level: lack == nil ? .ok : .missing,
                    detail: lack
                        ?? "root of the machine, without most rights; what is written takes the machine's memory"),
            ]
        return DriverStatus(
            driver: name, available: true, limitsEnforcedBy: version, enforcement: enforcement, properties: properties,
            findings: findings)
    }

    public func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] {
        try check(spec)
        let shape = MachineShape(spec.limits, overhead: memoryOverhead)
        let group = ExplainedStep(
            actor: "host", step: "make_cgroup",
            detail: "\(parts.cgroups.hierarchy.version.rawValue) below \(parts.cgroups.path): memory "
                + "\(shape.memoryBytes + MachineShape.emulatorBytes) bytes, \(MachineShape.emulatorThreads) threads, "
                + "\(spec.limits.milliCPU) thousandths of a CPU")
        let computer = spec.profile == .computer ? try parts.computers.read() : nil
        return [group] + maker.explain(shape).map { ExplainedStep(actor: "host", step: $0.step, detail: $0.detail) }
            + planner.steps(spec, .now, parts: computer).map { ExplainedStep($0) }
    }

    public func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
        let began = MonotonicClock.nanoseconds
        try check(spec)
        do {
            let shape = MachineShape(spec.limits, overhead: memoryOverhead)
            let kept = try await maker.kept(shape)
            let limits = CgroupLimits(shape, milliCPU: spec.limits.milliCPU)
            let machine = try Machine(
                spec.id, limits, cgroups: parts.cgroups, ids: parts.ids, monitor: type(of: maker).monitor)
            do {
                let session = try await restore(spec, machine, kept)
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

    /// Nothing is shared: the interpreter is started in the very machine that its program will have.
    public func startAhead(
        _ start: AheadStart, in sandbox: any Sandbox
    ) async throws(IsolationError) -> AdoptedProgram {
        let step = "start \(start.program.arguments.first ?? "") ahead"
        guard parts.hasLibrary else {
            throw IsolationError(
                .unavailable, step: step,
                message: "\(GuestImage.libraryName) is not beside the guest agent; build it with "
                    + "'swift build --product nestbox-zygote'")
        }
        do {
            return try await Deadline.within(Self.setupTime, step) {
                try await sandbox.guest.startAhead(start.program, entry: start.entry)
            }
        } catch {
            throw error as? IsolationError ?? IsolationError(.setupFailed, step: step, message: "\(error)")
        }
    }

    public func prepare(_ limits: Limits) async throws(IsolationError) -> String {
        do {
            return try await maker.prepare(MachineShape(limits, overhead: memoryOverhead))
        } catch {
            throw error as? IsolationError
                ?? IsolationError(.setupFailed, step: "prepare a machine", message: "\(error)")
        }
    }

    /// Whether sandboxes with these limits go on from a machine on the disk. For tests.
    func isServedFromTheDisk(_ limits: Limits) async -> Bool {
        guard let maker = maker as? QEMUMachines else { return false }
        return await maker.hall.isOnDisk(MachineShape(limits, overhead: memoryOverhead))
    }

    @discardableResult
    public func sweep() async -> Int {
        // A room and all that is in it go with their last process.
        parts.cgroups.sweep()
    }

    // MARK: Parts

    private func check(_ spec: SandboxSpec) throws(IsolationError) {
        if spec.profile == .computer, let lack = parts.computersLack { throw .lacks(.computer, because: lack) }
    }

    private func restore(
        _ spec: SandboxSpec, _ machine: Machine, _ kept: any KeptMachine
    ) async throws -> GuestSession {
        let planner = planner
        let computer = spec.profile == .computer ? try await parts.computers.load() : nil
        return try await Deadline.within(Self.setupTime, "set up the machine") {
            let session = try GuestSession.open(on: try await kept.restore(in: machine))
            do {
                try await session.setUp(planner.steps(spec, .now, parts: computer), descriptors: [])
                return session
            } catch {
                session.close()
                throw error
            }
        }
    }

    /// Nothing is left of a machine that could not be made. What QEMU said goes into the error.
    private static func removed(_ machine: Machine, after error: any Error) async -> IsolationError {
        var failure = await machine.explain(error, step: "make the machine")
        do throws(IsolationError) {
            try await machine.end()
        } catch let cleanup {
            failure = IsolationError(failure.code, step: failure.step, message: "\(failure.message); then \(cleanup)")
        }
        return failure
    }
}
