// SPDX-License-Identifier: Apache-2.0
import GuestWire
public import Isolation
import LinuxSystem
public import NestboxCore
import Synchronization

/// Sandboxes as containers of an OCI runtime: gVisor's `runsc`, `crun`, `runc`, or another with the same command line.
///
/// The runtime makes the container; the agent is its first process. The control group, the counters, the files that programs
/// write and the end are the host's own, whatever the runtime does.
public final class OCIDriver: IsolationDriver {
    /// Making a container takes some tens of milliseconds; one that takes this long is stuck, and is destroyed.
    private let setupTime: Duration

    public let name: String
    private let runtime: OCIRuntime
    private let program: String
    private let image: GuestImage
    private let hasLibrary: Bool
    private let cgroups: CgroupParent
    private let ids: IDRangeAllocator
    private let landlockABI: Int
    private let planners: PlannerKeeper
    private let computers: ComputerKeeper
    private let workshop: WorkshopKeeper
    /// The library that makes interpreters wait, where it is passed to the agent.
    private let library = Mutex<SharedDescriptor?>(nil)

    /// - Throws: ``IsolationError`` `unavailable` naming what is missing and how to get it.
    public convenience init(_ configuration: OCIConfiguration) throws(IsolationError) {
        try self.init(configuration, setupTime: .seconds(30))
    }

    init(_ configuration: OCIConfiguration, setupTime: Duration) throws(IsolationError) {
        self.setupTime = setupTime
        runtime = configuration.runtime
        name = runtime.name
        program = try runtime.locate()
        guard Processes.userID == 0 else {
            throw IsolationError(
                .unavailable, step: "use \(runtime.program)",
                message:
                    "needs root: an ordinary user's runtime has no control groups and one id; use the driver 'namespace'"
            )
        }
        image = try GuestImage.open(configured: configuration.guestExecutable)
        guard image.isMountable else {
            throw IsolationError(
                .unavailable, step: "show the guest agent",
                message: "others than root may change \(image.path), which containers show; make it root's, mode 755")
        }
        hasLibrary = image.library != nil
        let parent = try CgroupParent(configured: configuration.cgroupParent)
        ExitActions.add { parent.close() }
        try parent.requireSwapControl()
        cgroups = parent
        ids = try IDRangeAllocator()
        landlockABI = runtime.hasOwnKernel ? 0 : Landlock.abi
        planners = PlannerKeeper(
            configuration, guest: image.path, hasLibrary: hasLibrary, landlockABI: landlockABI)
        computers = ComputerKeeper(image: image, planners: planners)
        workshop = WorkshopKeeper(runtime.kind, cgroups: parent.hierarchy, image: image)
    }

    /// What the driver can do, in one place.
    public var properties: DriverProperties {
        DriverProperties(
            kernel: runtime.hasOwnKernel ? .own : .host,
            profiles: (computers.lacks == nil ? SandboxProfile.allCases : [.run]).map(\.rawValue),
            landlock: landlockABI > 0, startsAhead: hasLibrary,
            // gVisor's kernel has no other personality than the ordinary one.
            fixedAddresses: !runtime.hasOwnKernel && Processes.mayFixAddresses,
            sudo: computers.lacks == nil && !runtime.hasOwnKernel,
            leastMemoryBytes: runtime.hasOwnKernel ? GVisor.leastMemoryBytes : 0,
            preparedBytes: runtime.hasOwnKernel ? GVisor.preparedBytes : 0)
    }

    private var enforcement: LimitEnforcement {
        var enforcement = cgroups.enforcement
        // A process that gVisor's kernel refuses is no refusal of the host's.
        if runtime.hasOwnKernel {
            enforcement.tellsRefusals = false
            // It holds for a while what programs have given back to it.
            enforcement.memoryPeak = .sandbox
        }
        return enforcement
    }

    // MARK: IsolationDriver

    public func status() async -> DriverStatus {
        DriverStatus(
            driver: name, available: true, limitsEnforcedBy: cgroups.hierarchy.version.rawValue,
            enforcement: enforcement, properties: properties, findings: findings)
    }

    private var findings: [DriverStatus.Finding] {
        typealias Finding = DriverStatus.Finding
        let own = runtime.hasOwnKernel
        var findings = [
            Finding(
                name: "runtime", level: .ok,
                detail: ([program] + runtime.options(state: "STATE", log: "LOG", profile: .run)[2...]).joined(
                    separator: " ")),
            Finding(
                name: "kernel", level: .ok,
                detail: own
                    ? "gVisor's, in user space: programs never reach the host's"
                    : "the host's, behind an allow-list of system calls"),
            Finding(
                name: "identity", level: .ok,
                detail: "every sandbox has its own host ids, in a user namespace"
                    + (own ? "; gVisor's kernel itself runs as nobody, without rights" : "")),
            Finding(
                name: "limits", level: .ok,
                detail: "\(cgroups.hierarchy.version.rawValue), below \(cgroups.path)"
                    + (own ? "; gVisor's own memory and CPU time count too, processes are limited by gVisor" : "")),
            Finding(name: "seccomp", level: .ok, detail: "allow-list 'run'"),
            Finding(
                name: "overlay", level: .ok,
                detail: own ? "files are gVisor's own view" : "every sandbox has inodes of its own"),
        ]
        if own {
            findings.append(
                Finding(name: "landlock", level: .missing, detail: "gVisor has none; its own walls stand in its place"))
        } else if landlockABI > 0 {
            findings.append(Finding(name: "landlock", level: .ok, detail: "ABI \(landlockABI)"))
        } else {
            findings.append(
                Finding(
                    name: "landlock", level: .missing, detail: "not in this kernel or not enabled; one layer less",
                    remedy: "use kernel 5.13 or later with 'landlock' in the lsm= boot parameter"))
        }
        if own {
            findings.append(
                Finding(
                    name: "sudo", level: .missing,
                    detail:
                        "this kernel honours no setuid files: programs of a computer are started as root, or are not"))
        }
        findings.append(
            Finding(
                name: "warm starts", level: hasLibrary ? .ok : .missing,
                detail: hasLibrary
                    ? "Python and Node.js are started ahead in sandboxes"
                    : "sandboxes are prepared without interpreters: no \(GuestImage.libraryName) beside the guest agent"
            ))
        if let lacks = computers.lacks {
            findings.append(Finding(name: "computers", level: .missing, detail: lacks))
        }
        return findings
    }

    public func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] {
        let computer = spec.profile == .computer ? try computers.read() : nil
        let plan = try plan(spec, computer, try ids.lease())
        func host(_ step: String, _ detail: String) -> ExplainedStep {
            ExplainedStep(actor: "host", step: step, detail: detail)
        }
        let limits = runtime.groupLimits(spec.limits)
        var steps = [
            host(
                "make_cgroup",
                "\(cgroups.hierarchy.version.rawValue) below \(cgroups.path): memory \(limits.memoryBytes) bytes without swap, "
                    + "\(limits.processes) processes, \(limits.milliCPU) thousandths of a CPU"),
            host("enter_workshop", "a thread with a mount namespace of its own; nothing of the bundle is seen outside"),
        ]
        steps += plan.hostSteps.map { ExplainedStep($0) }
        steps.append(
            host("start_runtime", "in the control group: " + command(spec.id, spec.profile).joined(separator: " ")))
        steps += plan.explainedConfiguration
        steps += plan.guestSteps.map { ExplainedStep($0) }
        steps.append(host("take_runtime_back", "the runtime's process leaves the control group; the container stays"))
        return steps
    }

    public func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
        let began = MonotonicClock.nanoseconds
        let computer = spec.profile == .computer ? try await computers.load() : nil
        let planner = try planners.planner()
        let workshop = try await workshop.workshop(planner)
        let lease = try ids.lease()
        let plan = try plan(spec, computer, lease)
        // Until the container runs, the runtime's own processes count too.
        var limits = runtime.groupLimits(spec.limits)
        limits.processes += Self.runtimeProcesses
        let cgroup = try cgroups.makeGroup(spec.id, limits: limits)
        let container = Container(id: spec.id, cgroup: cgroup, cgroups: cgroups, workshop: workshop, lease: lease)
        do {
            let namespace = try await computers.prepare(computer, workshop, lease)
            let started = try await start(plan, container, workshop, spec.profile, ids: namespace)
            let session = try GuestSession.open(on: started.control)
            do {
                try await Deadline.within(setupTime, "set up the container") {
                    try await session.setUp(plan.guestSteps, descriptors: [])
                }
                try cgroups.takeBack(started.pid)
                try cgroup.apply(runtime.groupLimits(spec.limits))
            } catch {
                session.close()
                throw await explained(error, container)
            }
            return OCISandbox(
                id: spec.id, guest: session, creation: .nanoseconds(MonotonicClock.nanoseconds - began),
                enforcement: enforcement, container: container, runtime: runtime)
        } catch {
            var failure =
                error as? IsolationError
                ?? IsolationError(.setupFailed, step: "make the container", message: "\(error)")
            do throws(IsolationError) {
                try await container.end()
            } catch let cleanup {
                failure = IsolationError(
                    failure.code, step: failure.step, message: "\(failure.message); then \(cleanup)")
            }
            throw failure
        }
    }

    /// Nothing is shared: the interpreter is started in the very container that its program will have.
    public func startAhead(
        _ start: AheadStart, in sandbox: any Sandbox
    ) async throws(IsolationError) -> AdoptedProgram {
        let step = "start \(start.program.arguments.first ?? "") ahead"
        // gVisor's kernel takes no descriptors of the host: the agent has opened a file.
        let library = runtime.hasOwnKernel ? nil : try loadedLibrary()
        do {
            return try await Deadline.within(setupTime, step) {
                try await sandbox.guest.startAhead(start.program, entry: start.entry, library: library?.raw)
            }
        } catch {
            throw error as? IsolationError ?? IsolationError(.setupFailed, step: step, message: "\(error)")
        }
    }

    private func loadedLibrary() throws(IsolationError) -> SharedDescriptor {
        try library.withLock { library throws(IsolationError) in
            if let library { return library }
            let loaded = try image.loadLibrary()
            library = loaded
            return loaded
        }
    }

    @discardableResult
    public func sweep() async -> Int {
        cgroups.sweep()
    }

    // MARK: Parts

    /// Bundles that are there now, for tests.
    func bundleNames() async throws(IsolationError) -> [String] {
        try await workshop.workshop(planners.planner()).bundleNames()
    }

    private static let runtimeProcesses = 128
    private static let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    private func plan(
        _ spec: SandboxSpec, _ computer: ComputerShape?, _ lease: IDRangeLease
    ) throws(IsolationError) -> BundlePlan {
        let planner = try planners.planner()
        let (group, place) = (cgroups.runtimeGroup(spec.id), Workshop.bundle(spec.id))
        if let computer {
            return planner.computerPlan(
                spec, computer, base: lease.base, group: group, place: place, parts: Workshop.Parts())
        }
        return planner.plan(spec, base: lease.base, group: group, place: place, parts: Workshop.Parts())
    }

    private func command(_ id: String, _ profile: SandboxProfile) -> [String] {
        let bundle = Workshop.bundle(id)
        return [program]
            + runtime.run(id, bundle: bundle, state: "\(bundle)/state", log: "\(bundle)/log", profile: profile)
    }

    private func start(
        _ plan: BundlePlan, _ container: Container, _ workshop: Workshop, _ profile: SandboxProfile,
        ids: SharedDescriptor?
    ) async throws(IsolationError) -> Workshop.Started {
        let entries = try container.cgroup.openEntry()
        do throws(SystemError) {
            let (host, guest) = try Descriptors.makeSocketPair().share()
            let isFirst = runtime.controlDescriptor == 0
            let command = HostCommand(
                path: program, arguments: command(container.id, profile), environment: Self.environment,
                groups: container.cgroup.version == .v2 ? .directory(entries[0]) : .files(entries),
                input: isFirst ? guest : nil, passed: isFirst ? [] : [guest])
            let started = try await workshop.start(
                container.id, plan, ids: ids, command: command, control: host)
            container.hasStarted(started.process)
            return started
        } catch {
            throw IsolationError(.setupFailed, step: "start \(program)", message: "\(error)")
        }
    }

    /// An agent that went away says nothing; its runtime may.
    private func explained(_ error: any Error, _ container: Container) async -> any Error {
        guard let error = error as? IsolationError, error.code == .guestFailed else { return error }
        let said = await container.failure()
        return IsolationError(
            .setupFailed, step: "run a container with \(program)",
            message: said.isEmpty ? "\(error.message), and the runtime said nothing" : said)
    }
}
