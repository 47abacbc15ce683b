// SPDX-License-Identifier: Apache-2.0
import GuestWire
public import Isolation
import LinuxSystem
public import NestboxCore
import Synchronization

/// Sandboxes from namespaces, control groups, seccomp and Landlock of the host's own kernel: the embedded default.
///
/// Works as root (every sandbox with host ids of its own) and as an ordinary user (through a user namespace). A part
/// that cannot be had is an error, never left out; what Landlock adds is used where the kernel has it and shown by
/// ``status()``.
public final class NamespaceDriver: IsolationDriver {
    public static let driverName = "namespace"
    /// A setup takes milliseconds; one that takes this long is stuck, and its sandbox is destroyed.
    private static let setupTime = Duration.seconds(30)

    private let configuration: NamespaceConfiguration
    private let image: GuestImage
    private let cgroups: CgroupParent?
    private let ids: IDRangeAllocator?
    private let planner: SandboxPlanner
    private let computers: ComputerSupport
    /// Nil where sandboxes make roots of their own: without root or overlays.
    private let preparedRoot: PreparedRoot?
    private let zygotes: ZygoteSupport
    private let plans = PlanCache()
    private let launcher: GuestLauncher
    /// Whether the host's trees can be passed with mapped ids; found out by the first sandbox.
    private let passesMounts: Mutex<Bool>

    public var name: String { Self.driverName }

    /// - Throws: ``IsolationError`` `unavailable` naming what is missing and how to get it.
    public init(_ configuration: NamespaceConfiguration = NamespaceConfiguration()) throws(IsolationError) {
        self.configuration = configuration
        let isRoot = Processes.userID == 0
        image = try GuestImage.open(configured: configuration.guestExecutable)
        cgroups = try Self.prepareCgroups(configuration)
        ids = isRoot ? try IDRangeAllocator() : nil
        planner = SandboxPlanner(
            view: try HostView.detect(
                extraPaths: configuration.extraPaths, configurationEntries: configuration.configurationEntries),
            isRoot: isRoot,
            landlockABI: Landlock.abi, hasOverlay: Mounts.overlaysMappedTrees, seccomp: try Self.compileFilter(),
            bootTime: MadeUpKernelFiles.bootTime, hasCgroup: cgroups != nil,
            mostOpenFiles: (try? ResourceLimit.current(.openFiles).hard) ?? 1024)
        computers = ComputerSupport(image: image, view: planner.view)
        preparedRoot = isRoot && planner.hasOverlay ? PreparedRoot(view: planner.view) : nil
        zygotes = ZygoteSupport(image: image)
        do throws(SystemError) {
            launcher = try GuestLauncher(
                executable: image.descriptor, namespaces: SandboxPlanner.namespaces, usesTemplate: isRoot)
        } catch {
            throw IsolationError(.unavailable, step: "start the launcher thread", message: "\(error)")
        }
        passesMounts = Mutex(isRoot)
    }

    private static func compileFilter() throws(IsolationError) -> [UInt8] {
        do {
            return try SeccompProfile.bundled("run").compile().bytes
        } catch {
            throw IsolationError(.unavailable, step: "compile the seccomp profile", message: "\(error)")
        }
    }

    private static func prepareCgroups(_ configuration: NamespaceConfiguration) throws(IsolationError) -> CgroupParent?
    {
        do throws(IsolationError) {
            let parent = try CgroupParent(configured: configuration.cgroupParent)
            // From now on there is a group of this process, whether the driver can be used in the end or not.
            ExitActions.add { parent.close() }
            try parent.requireSwapControl()
            return parent
        } catch {
            if configuration.acceptRlimitOnly { return nil }
            throw IsolationError(
                error.code, step: error.step,
                message: error.message + "; or accept weaker, per-process limits with isolation.accept_rlimit_only")
        }
    }

    private var enforcement: LimitEnforcement { cgroups?.enforcement ?? ResourceLimits.enforcement }

    /// What the driver can do here, in one place.
    public var properties: DriverProperties {
        let hasComputers = computerLacks == nil
        return DriverProperties(
            kernel: .host,
            profiles: hasComputers ? SandboxProfile.allCases.map(\.rawValue) : [SandboxProfile.run.rawValue],
            landlock: planner.landlockABI > 0, zygotes: ids != nil, startsAhead: true,
            fixedAddresses: Processes.mayFixAddresses, sudo: hasComputers)
    }

    // MARK: IsolationDriver

    public func status() async -> DriverStatus {
        DriverStatus(
            driver: name, available: true, limitsEnforcedBy: cgroups?.hierarchy.version.rawValue ?? "rlimit",
            enforcement: enforcement, properties: properties,
            findings: HostChecks.findings(
                cgroups: cgroups, landlockABI: planner.landlockABI, hasOverlay: planner.hasOverlay)
                + [zygotes.finding(isRoot: ids != nil)])
    }

    public func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] {
        let identity = try makeIdentity(spec.profile)
        let passes = passesMounts.withLock { $0 }
        let parts = try spec.profile == .computer ? computers.read() : nil
        var steps: [ExplainedStep] = []
        func host(_ step: String, _ detail: String) {
            steps.append(ExplainedStep(actor: "host", step: step, detail: detail))
        }
        if let cgroups {
            host(
                "make_cgroup",
                "\(cgroups.hierarchy.version.rawValue) below \(cgroups.path): memory \(spec.limits.memoryBytes) bytes without swap, "
                    + "\(spec.limits.processes) processes, \(spec.limits.milliCPU) thousandths of a CPU")
        } else {
            host(
                "no_cgroup",
                "resource limits alone were accepted: memory \(spec.limits.memoryBytes) bytes for each process, "
                    + "\(spec.limits.processes) processes, CPU time watched, CPU use not held")
        }
        host(
            "clone",
            "new namespaces: " + SandboxPlanner.namespaces.names.joined(separator: ", ")
                + (ids == nil ? "" : "; the first agent is executed, others are clones of a template"))
        host("map_ids", "uid " + identity.uidMap.split(separator: "\n").joined(separator: ", "))
        if cgroups != nil { host("enter_cgroup", "the agent, before it does anything") }
        if passes {
            host(
                "pass_mounts",
                SandboxPlanner.passedTrees(planner.view, profile: spec.profile).joined(separator: " ")
                    + ", ids mapped, read-only")
        }
        let prepared = passes ? preparedRoot(for: spec)?.plan : nil
        if let prepared {
            host(
                "prepare_root",
                "tmpfs, once, of which each sandbox but the first gets a read-only mount, ids mapped; the first makes its own:"
            )
            steps += prepared.items.map { ExplainedStep($0) }
        }
        steps += plan(spec, identity, parts, passesMounts: passes, prepared: prepared).map { ExplainedStep($0) }
        return steps
    }

    public func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
        let began = MonotonicClock.nanoseconds
        let identity = try makeIdentity(spec.profile)
        let parts = try spec.profile == .computer ? await computers.load() : nil
        let cgroup = try cgroups?.makeGroup(
            spec.id, limits: CgroupLimits(spec.limits, ownProcesses: 1))
        let launched: GuestLauncher.Launched
        do throws(IsolationError) {
            launched = try await launch()
        } catch {
            _ = cgroup?.remove()
            throw error
        }
        do {
            try Self.step("map ids") { () throws(SystemError) in try identity.write(to: launched.pid) }
            try cgroup?.add(launched.pid)
            let session = try GuestSession.open(on: launched.control)
            do {
                try await setUp(session, spec, identity, parts, pid: launched.pid)
            } catch {
                session.close()
                throw error
            }
            return NamespaceSandbox(
                id: spec.id, guest: session,
                creation: .nanoseconds(MonotonicClock.nanoseconds - began), process: launched.process,
                pid: launched.pid, cgroup: cgroup, enforcement: enforcement, identity: identity)
        } catch {
            var failure =
                error as? IsolationError
                ?? IsolationError(.setupFailed, step: "set up the sandbox", message: "\(error)")
            do throws(IsolationError) {
                try await NamespaceSandbox.end(process: launched.process, cgroup: cgroup, identity: identity)
            } catch let cleanup {
                failure = IsolationError(
                    failure.code, step: failure.step, message: "\(failure.message); then \(cleanup)")
            }
            throw failure
        }
    }

    public func makeZygote(_ spec: ZygoteSpec) async throws(IsolationError) -> any Zygote {
        let step = "make zygote \(spec.name)"
        guard ids != nil else {
            throw IsolationError(
                .unavailable, step: step,
                message: "needs root: a zygote of an ordinary user has no place to see what sandboxes see")
        }
        let library = try zygotes.load()
        let cgroup = try cgroups?.makeGroup(
            Identifier.make(prefix: "zygote"),
            limits: CgroupLimits(Self.zygoteLimits(spec), ownProcesses: 1))
        let launched: GuestLauncher.Launched
        do throws(IsolationError) {
            launched = try await launch(executed: .mount)
        } catch {
            _ = cgroup?.remove()
            throw error
        }
        do throws(IsolationError) {
            try cgroup?.add(launched.pid)
            let steps = planner.zygoteSteps(spec)
            let result: Result<NamespaceZygote, IsolationError> = await withCheckedContinuation { continuation in
                // Waits for seconds: not on a thread that others wait for.
                do throws(SystemError) {
                    try startThread(name: "nestbox-birth") {
                        continuation.resume(
                            returning: Result { () throws(IsolationError) in
                                try NamespaceZygote.start(
                                    spec, steps: steps, control: launched.control, process: launched.process,
                                    cgroup: cgroup, library: library)
                            })
                    }
                } catch {
                    continuation.resume(
                        returning: .failure(IsolationError(.unavailable, step: step, message: "\(error)")))
                }
            }
            return try result.get()
        } catch {
            await NamespaceZygote.end(process: launched.process, cgroup: cgroup)
            throw error
        }
    }

    public func startAhead(
        _ start: AheadStart, in sandbox: any Sandbox
    ) async throws(IsolationError) -> AdoptedProgram {
        let library = try zygotes.load()
        let step = "start \(start.program.arguments.first ?? "") ahead"
        do {
            return try await Deadline.within(Self.setupTime, step) {
                try await sandbox.guest.startAhead(start.program, entry: start.entry, library: library.raw)
            }
        } catch let error as IsolationError {
            throw error
        } catch {
            throw IsolationError(.setupFailed, step: step, message: "\(error)")
        }
    }

    private static func zygoteLimits(_ spec: ZygoteSpec) -> Limits {
        var limits = Limits.standard
        limits.memoryBytes = spec.memoryBytes
        limits.processes = 64
        limits.milliCPU = 1000
        return limits
    }

    @discardableResult
    public func sweep() async -> Int {
        cgroups?.sweep() ?? 0
    }

    // MARK: Steps of the host

    private func makeIdentity(_ profile: SandboxProfile) throws(IsolationError) -> SandboxIdentity {
        if profile == .computer {
            if let lacks = computerLacks {
                throw .lacks(profile, because: lacks)
            }
            if let ids { return .computer(try ids.lease()) }
        }
        if let ids { return .privileged(try ids.lease()) }
        return .unprivileged(user: Processes.userID, group: Processes.groupID)
    }

    /// Why there are no computers here; nil where there are.
    private var computerLacks: String? {
        if ids == nil {
            return "needs root: an ordinary user may map one id only, and a computer has the users 'user' and 'root'"
        }
        if !planner.hasOverlay {
            return
                "needs overlays in user namespaces: kernel 5.19 or later, with overlayfs compiled in or 'modprobe overlay'"
        }
        if !passesMounts.withLock({ $0 }) {
            return "needs id-mapped mounts of /usr: kernel 5.19 or later, and a file system that has them"
        }
        return nil
    }

    private func launch(executed namespaces: Namespaces? = nil) async throws(IsolationError) -> GuestLauncher.Launched {
        do throws(SystemError) {
            return try await launcher.launch(executed: namespaces)
        } catch {
            throw IsolationError(
                .setupFailed, step: "start the guest agent", message: HostChecks.explain(error, guest: image.path))
        }
    }

    private func plan(
        _ spec: SandboxSpec, _ identity: SandboxIdentity, _ parts: ComputerParts?, passesMounts: Bool,
        prepared: PreparedRootPlan?
    ) -> [GuestStep] {
        if let parts { return planner.computerSteps(spec, identity: identity, parts: parts) }
        let key = PlanCache.Key(
            limits: spec.limits, buildBytes: spec.buildBytes, hostname: spec.hostname, passesMounts: passesMounts,
            isPrepared: prepared != nil)
        return plans.plan(key) {
            planner.steps(spec, identity: identity, passesMounts: passesMounts, prepared: prepared)
        }
    }

    private func preparedRoot(for spec: SandboxSpec) -> PreparedRoot? {
        spec.profile == .run && spec.hostname == PreparedRootPlan.hostname ? preparedRoot : nil
    }

    private func setUp(
        _ session: GuestSession, _ spec: SandboxSpec, _ identity: SandboxIdentity, _ parts: ComputerParts?, pid: Int32
    ) async throws {
        var mounts: [SharedDescriptor] = []
        var prepared: PreparedRootPlan?
        if passesMounts.withLock({ $0 }) {
            do throws(SystemError) {
                let namespace = try Files.open("/proc/\(pid)/ns/user", .readOnly)
                mounts = try Self.mappedMounts(
                    SandboxPlanner.passedTrees(planner.view, profile: spec.profile), namespace)
                if let (more, content) = preparedRoot(for: spec)?.mounts(for: namespace) {
                    mounts += more
                    prepared = content
                }
                if spec.profile == .computer { mounts.append(try Self.readOnlyMount(of: image.descriptor)) }
            } catch {
                guard spec.profile == .run else {
                    throw IsolationError(
                        .unavailable, step: "show the host's trees with mapped ids", message: "\(error)")
                }
                // An old kernel or a file system without id-mapped mounts: owners then show as nobody, nothing else changes.
                mounts = []
                passesMounts.withLock { $0 = false }
            }
        }
        let steps = plan(spec, identity, parts, passesMounts: !mounts.isEmpty, prepared: prepared)
        let descriptors = mounts.map(\.raw)
        try await Deadline.within(Self.setupTime, "set up the sandbox") {
            try await session.setUp(steps, descriptors: descriptors)
        }
        withExtendedLifetime(mounts) {}
    }

    /// Copies of host trees, read-only, whose files show the ids of the sandbox: host root is root inside.
    private static func mappedMounts(
        _ paths: [String], _ namespace: borrowing OwnedDescriptor
    ) throws(SystemError) -> [SharedDescriptor] {
        var mounts: [SharedDescriptor] = []
        for path in paths {
            let mount = try Mounts.clone(path, recursive: true)
            try Mounts.setAttributes(
                of: mount.raw, [.readOnly, .noSetuid, .noDevices, .idMapped], recursive: true,
                userNamespace: namespace.raw)
            mounts.append(SharedDescriptor(mount))
        }
        return mounts
    }

    /// The guest's executable, for programs of a computer to run and nobody to change.
    private static func readOnlyMount(of file: SharedDescriptor) throws(SystemError) -> SharedDescriptor {
        let mount = try Mounts.clone(file: file.raw)
        try Mounts.setAttributes(of: mount.raw, [.readOnly, .noSetuid, .noDevices], recursive: false)
        return SharedDescriptor(mount)
    }

    private static func step(_ name: String, _ body: () throws(SystemError) -> Void) throws(IsolationError) {
        do throws(SystemError) {
            try body()
        } catch {
            throw IsolationError(.setupFailed, step: name, message: "\(error)")
        }
    }
}
