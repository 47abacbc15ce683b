// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// Keeps one started machine of each shape, and decides once what runs their processors.
actor MachineHall {
    /// An emulated one computes for 5 s before it is there, of which a busy host may give it a tenth.
    private static let bootTime = Duration.seconds(180)
    /// An emulated kernel on a busy host may lose its clock while it starts, and hang or give up.
    private static let bootAttempts = 2
    /// A machine with KVM starts in less than a second. Where it does not, KVM is there but does not work.
    private static let probeTime = Duration.seconds(10)

    /// What runs processors, and why.
    struct Decision: Sendable {
        let accelerator: Accelerator
        let reason: String
    }

    private let acceleration: MicroVMConfiguration.Acceleration
    private let device: String
    private let store: MachineStore
    private let content: @Sendable () throws(IsolationError) -> MachineRoom.Content
    private let cgroups: CgroupParent
    private let ids: IDRangeAllocator
    private var opening: Task<MachineRoom, any Error>?
    private var deciding: Task<Decision, any Error>?
    /// Why what lies on the disk is not used.
    private(set) var storeFailure: String?
    private var shelf = MachineShelf<MachineTemplate>()

    init(
        _ configuration: MicroVMConfiguration, cgroups: CgroupParent, ids: IDRangeAllocator,
        content: @escaping @Sendable () throws(IsolationError) -> MachineRoom.Content
    ) {
        acceleration = configuration.acceleration
        device = configuration.accelerationDevice
        store = MachineStore(directory: configuration.kept)
        self.cgroups = cgroups
        self.ids = ids
        self.content = content
    }

    func room() async throws -> MachineRoom {
        let content = content
        let task = opening ?? Task { try await MachineRoom.open(try content()) }
        opening = task
        do {
            return try await task.value
        } catch {
            if opening == task { opening = nil }
            throw error
        }
    }

    /// The kept machine of a shape; the first caller starts it.
    func template(_ shape: MachineShape) async throws -> MachineTemplate {
        let accelerator = try await decision().accelerator
        let task = shelf.machine(shape) { try await self.keptOrNew(shape, accelerator) }
        do {
            return try await task.value
        } catch {
            shelf.forget(task, of: shape)
            throw error
        }
    }

    // MARK: KVM or not

    func decision() async throws -> Decision {
        let task = deciding ?? Task { try await self.decide() }
        deciding = task
        do {
            return try await task.value
        } catch {
            if deciding == task { deciding = nil }
            throw error
        }
    }

    private func decide() async throws -> Decision {
        if acceleration == .tcg { return Decision(accelerator: .tcg, reason: "isolation.microvm.acceleration says so") }
        do {
            _ = try Files.open(device, .readWrite)
            _ = try await boot(
                MachineShape(.standard, overhead: 0), .kvm, within: Self.probeTime)
            return Decision(accelerator: .kvm, reason: "a machine starts with \(device)")
        } catch {
            let reason = "no machine starts with \(device): \((error as? IsolationError)?.message ?? "\(error)")"
            guard acceleration == .auto else {
                throw IsolationError(
                    .unavailable, step: "use KVM",
                    message: "\(reason). Set isolation.microvm.acceleration to tcg to do without, some ten times slower"
                )
            }
            return Decision(accelerator: .tcg, reason: reason)
        }
    }

    // MARK: A machine to be kept

    private func key(_ shape: MachineShape, _ accelerator: Accelerator) async throws -> MachineStore.Key {
        guard let clock = MachineCalls.clockKilohertz else {
            throw IsolationError(.unavailable, step: "start a machine", message: "the processor's clock is not known")
        }
        let command = MachineCommand(shape: shape, accelerator: accelerator, clockKilohertz: clock)
        return MachineStore.Key(command: command, content: try await room().contentSum)
    }

    /// From the disk, where there is one that can be used. One that cannot is never used in part.
    private func keptOrNew(_ shape: MachineShape, _ accelerator: Accelerator) async throws -> MachineTemplate {
        let key = try await key(shape, accelerator)
        do throws(IsolationError) {
            if let template = try store.load(key) { return template }
        } catch {
            storeFailure = error.message
        }
        return try await boot(shape, accelerator)
    }

    /// Whether there is one on the disk that can be used.
    func isOnDisk(_ shape: MachineShape) async -> Bool {
        do {
            return try store.load(try await key(shape, try await decision().accelerator)) != nil
        } catch {
            storeFailure = (error as? IsolationError)?.message
            return false
        }
    }

    /// Starts a machine of this shape and writes it to the disk, in place of one that may be there.
    ///
    /// - Returns: Where it is.
    func prepare(_ shape: MachineShape) async throws -> String {
        let accelerator = try await decision().accelerator
        let template = try await boot(shape, accelerator)
        return try store.save(template, try await key(shape, accelerator))
    }

    private func boot(_ shape: MachineShape, _ accelerator: Accelerator) async throws -> MachineTemplate {
        for _ in 1..<Self.bootAttempts {
            do {
                return try await boot(shape, accelerator, within: Self.bootTime)
            } catch let error as IsolationError where error.code != .unavailable {
                continue
            }
        }
        return try await boot(shape, accelerator, within: Self.bootTime)
    }

    private func boot(
        _ shape: MachineShape, _ accelerator: Accelerator, within time: Duration
    ) async throws -> MachineTemplate {
        let room = try await room()
        let command = try await key(shape, accelerator).command
        let limits = CgroupLimits(shape, milliCPU: 1000 * shape.processors)
        let console = SharedDescriptor(try Descriptors.makeMemory(name: "machine-console"))
        let machine = try Machine(
            Identifier.make(prefix: "template"), limits, cgroups: cgroups, ids: ids, monitor: QEMUMachines.monitor)
        do {
            let template = try await Deadline.within(time, "start a machine") {
                try await Self.keep(machine, command, room, console)
            }
            try await machine.end()
            return template
        } catch {
            let failure = await machine.explain(error, step: "start a machine", console: console)
            try? await machine.end()
            throw failure
        }
    }

    private static func keep(
        _ machine: Machine, _ command: MachineCommand, _ room: MachineRoom, _ console: SharedDescriptor
    ) async throws -> MachineTemplate {
        let memory = SharedDescriptor(try Descriptors.makeMemory(name: "machine-memory"))
        let state = SharedDescriptor(try Descriptors.makeMemory(name: "machine-state"))
        let streams = try await begin(machine, command, .template, room, [memory, console])
        let (port, monitor) = (streams.port, try await MachineMonitor(streams.monitor))
        try Descriptors.setNonBlocking(port.raw)
        let expected = Array(MachineGreeting.text.utf8)
        var greeting: [UInt8] = []
        while greeting.count < expected.count { greeting += try await MachineMonitor.received(from: port.raw) }
        guard greeting == expected else {
            throw IsolationError(.guestFailed, step: "start a machine", message: "the guest agent does not greet")
        }
        try await monitor.command("stop")
        try await monitor.command("getfd", "{\"fdname\":\"state\"}", passing: [state.raw])
        try await monitor.command("migrate", "{\"uri\":\"fd:state\"}")
        try await monitor.migrated()
        try await monitor.command("quit")
        try await machine.hasEnded()
        return try MachineTemplate(command: command, memory: memory, state: state)
    }

    /// The host's ends of the streams to QEMU.
    struct Streams: Sendable {
        let port: SharedDescriptor
        let monitor: SharedDescriptor
    }

    /// Starts QEMU with its ends of the streams and what else it shall have. Nobody keeps a copy of them when this returns, so that
    /// the streams end with QEMU.
    static func begin(
        _ machine: Machine, _ command: MachineCommand, _ purpose: MachineCommand.Purpose, _ room: MachineRoom,
        _ others: [SharedDescriptor]
    ) async throws -> Streams {
        let port = try Descriptors.makeSocketPair().share()
        let monitor = try Descriptors.makeSocketPair().share()
        let passed = [port.second, monitor.second] + others
        try await machine.start { place throws(SystemError) in
            try await room.start(
                command.arguments(purpose), groups: place.groups, user: place.user, passed: passed,
                errors: place.errors)
        }
        return Streams(port: port.first, monitor: monitor.first)
    }
}

/// What the agent says when its machine is ready to be kept; as `MachineStart.greeting`.
enum MachineGreeting {
    static let text = "nestbox machine\n"
    /// Where it listens in a machine of Firecracker; as `MachineStart.socketPort`.
    static let socketPort = 1024
}

extension CgroupLimits {
    /// Of the group around QEMU or Firecracker: what the machine is given, and the program itself.
    ///
    /// - Parameter written: What it writes to files in memory, in bytes.
    init(_ shape: MachineShape, milliCPU: Int, written: Int = 0) {
        var limits = Limits.standard
        limits.memoryBytes = shape.memoryBytes + MachineShape.emulatorBytes + written
        limits.processes = MachineShape.emulatorThreads
        limits.milliCPU = milliCPU
        self.init(limits, ownProcesses: 0)
    }
}
