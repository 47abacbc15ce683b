// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// Keeps one started machine of each shape, and decides once what runs their processors.
actor MachineHall {
    /// Each holds the memory that its kernel has used, some tens of MiB.
    private static let mostTemplates = 4
    private static let bootTime = Duration.seconds(90)
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
    private let content: @Sendable () throws(IsolationError) -> MachineRoom.Content
    private let cgroups: CgroupParent
    private let ids: IDRangeAllocator
    private var opening: Task<MachineRoom, any Error>?
    private var deciding: Task<Decision, any Error>?
    private var templates: [MachineShape: Task<MachineTemplate, any Error>] = [:]
    /// The one used last is last.
    private var order: [MachineShape] = []

    init(
        _ acceleration: MicroVMConfiguration.Acceleration, cgroups: CgroupParent, ids: IDRangeAllocator,
        content: @escaping @Sendable () throws(IsolationError) -> MachineRoom.Content
    ) {
        self.acceleration = acceleration
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
        let task = templates[shape] ?? Task { try await self.boot(shape, accelerator) }
        templates[shape] = task
        order.removeAll { $0 == shape }
        order.append(shape)
        if order.count > Self.mostTemplates { templates[order.removeFirst()] = nil }
        do {
            return try await task.value
        } catch {
            // The next caller tries again.
            if templates[shape] == task { templates[shape] = nil }
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
            _ = try Files.open("/dev/kvm", .readWrite)
            _ = try await boot(
                MachineShape(.standard, overhead: 0), .kvm, within: Self.probeTime)
            return Decision(accelerator: .kvm, reason: "a machine starts with /dev/kvm")
        } catch {
            let reason = "no machine starts with /dev/kvm: \((error as? IsolationError)?.message ?? "\(error)")"
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
        guard let clock = MachineCalls.clockKilohertz else {
            throw IsolationError(.unavailable, step: "start a machine", message: "the processor's clock is not known")
        }
        let command = MachineCommand(shape: shape, accelerator: accelerator, clockKilohertz: clock)
        let limits = CgroupLimits(shape, milliCPU: 1000 * shape.processors)
        let machine = try Machine(Identifier.make(prefix: "template"), limits, cgroups: cgroups, ids: ids)
        do {
            let template = try await Deadline.within(time, "start a machine") {
                try await Self.keep(machine, command, room)
            }
            try await machine.end()
            return template
        } catch {
            let words = machine.lastWords
            try? await machine.end()
            let failure =
                error as? IsolationError ?? IsolationError(.setupFailed, step: "start a machine", message: "\(error)")
            throw IsolationError(
                failure.code, step: failure.step,
                message: words.isEmpty ? failure.message : "\(failure.message); \(words)")
        }
    }

    private static func keep(
        _ machine: Machine, _ command: MachineCommand, _ room: MachineRoom
    ) async throws -> MachineTemplate {
        let memory = SharedDescriptor(try Descriptors.makeMemory(name: "machine-memory"))
        let state = SharedDescriptor(try Descriptors.makeMemory(name: "machine-state"))
        let streams = try await begin(machine, command, .template, room, [memory])
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
        try await machine.start(command, purpose, in: room, passed: [port.second, monitor.second] + others)
        return Streams(port: port.first, monitor: monitor.first)
    }
}

/// What the agent says when its machine is ready to be kept; as `MachineStart.greeting`.
enum MachineGreeting {
    static let text = "nestbox machine\n"
}

extension CgroupLimits {
    /// Of the group around QEMU: what the machine is given, and QEMU itself.
    init(_ shape: MachineShape, milliCPU: Int) {
        var limits = Limits.standard
        limits.memoryBytes = shape.memoryBytes + MachineShape.emulatorBytes
        limits.processes = MachineShape.emulatorThreads
        limits.milliCPU = milliCPU
        self.init(limits, ownProcesses: 0)
    }
}
