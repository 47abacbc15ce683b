// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// Machines of Firecracker. **No program of Firecracker has ever run under this**: it is tested against what its API description says.
actor FirecrackerMachines: MachineMaker {
    static let monitor = "Firecracker"

    nonisolated let kernelRelease: String
    private let programs: FirecrackerConfiguration.Programs
    private let kernel: MachineKernel
    private let kernelPath: String
    private let parts: MachineParts
    private let image: RootImage
    private let bootTime: Duration
    private let memoryOverhead: Int
    private var opening: Task<FirecrackerRoom, any Error>?
    private var finding: Task<[DriverStatus.Finding], Never>?
    private var shelf = MachineShelf<Kept>()

    init(
        _ configuration: FirecrackerConfiguration, programs: FirecrackerConfiguration.Programs, kernel: MachineKernel,
        parts: MachineParts
    ) {
        self.programs = programs
        self.kernel = kernel
        self.parts = parts
        kernelRelease = kernel.release
        kernelPath = "\(configuration.kernel)/\(FirecrackerRequest.File.kernel)"
        image = RootImage(path: "\(configuration.kernel)/\(FirecrackerRequest.File.image)")
        bootTime = configuration.bootTime
        memoryOverhead = configuration.memoryOverhead
    }

    /// A machine that does not start takes its time to be found out, so nobody can have that again and again.
    func findings() async -> [DriverStatus.Finding] {
        let task = finding ?? Task { await self.find() }
        finding = task
        return await task.value
    }

    private func find() async -> [DriverStatus.Finding] {
        let untested = DriverStatus.Finding(
            name: "tested", level: .missing,
            detail: "not with the real program: Nestbox's tests know Firecracker by its API description only",
            remedy: "try it with what you run before you rely on it")
        do {
            _ = try await kept(MachineShape(.standard, overhead: memoryOverhead))
            return [
                .init(name: "machine", level: .ok, detail: "KVM: a machine started and its agent answered"), untested,
            ]
        } catch {
            let message = (error as? IsolationError)?.message ?? "\(error)"
            return [.init(name: "machine", level: .fatal, detail: "no machine starts: \(message)"), untested]
        }
    }

    func kept(_ shape: MachineShape) async throws -> any KeptMachine {
        let task = shelf.machine(shape) { try await self.boot(shape) }
        do {
            return try await task.value
        } catch {
            shelf.forget(task, of: shape)
            throw error
        }
    }

    func prepare(_ shape: MachineShape) async throws -> String {
        try await image.make(of: parts)
        // The next machine starts with it.
        opening = nil
        finding = nil
        shelf.forgetAll()
        return "\(image.path): what sandboxes see of the host"
    }

    nonisolated func explain(_ shape: MachineShape) -> [(step: String, detail: String)] {
        let jail = FirecrackerRoom.Jail(name: "m1")
        func words(_ requests: [FirecrackerRequest]) -> String {
            requests.map { "\($0.method.rawValue) \($0.path)" }.joined(separator: ", ")
        }
        return [
            ("enter_room", "a thread with namespaces of its own: memory file systems for jails, no network"),
            (
                "keep_machine",
                "once for each shape: \(words(FirecrackerRequest.start(shape))), wait for its agent, "
                    + words(FirecrackerRequest.keep)
            ),
            (
                "start_machine",
                "in a jail with the kept machine and \(image.path), in a pid namespace: "
                    + FirecrackerRoom.arguments(jail, user: 1, written: 0).joined(separator: " ")
            ),
            ("restore_machine", words([FirecrackerRequest.restore])),
        ]
    }

    /// Of the room, for tests.
    func left() async throws -> (jails: [String], kept: [String]) { try await room().list() }

    // MARK: Starting one

    private func room() async throws -> FirecrackerRoom {
        let (image, parts, programs, kernel, path) = (image, parts, programs, kernel, kernelPath)
        let task =
            opening
            ?? Task {
                try image.check(parts)
                return try await FirecrackerRoom.open(
                    FirecrackerRoom.Content(
                        programs: programs, kernel: path, initialFiles: try parts.initialFiles(kernel.modules),
                        image: image.path))
            }
        opening = task
        do {
            return try await task.value
        } catch {
            if opening == task { opening = nil }
            throw error
        }
    }

    private func boot(_ shape: MachineShape) async throws -> Kept {
        let room = try await room()
        // What Firecracker writes of the machine's memory counts beside that memory.
        let limits = CgroupLimits(shape, milliCPU: 1000 * shape.processors, written: shape.memoryBytes)
        let machine = try Machine(
            Identifier.make(prefix: "template"), limits, cgroups: parts.cgroups, ids: parts.ids, monitor: Self.monitor)
        do {
            let jail = try await Deadline.within(bootTime, "start a machine") {
                let jail = try await Self.start(
                    machine, room, showing: FirecrackerRoom.forBoot, written: shape.memoryBytes + Self.stateBytes)
                for request in FirecrackerRequest.start(shape) { try await Self.say(request, machine, room, jail) }
                // The connection ends here: a machine is kept without any.
                _ = try await Self.reachAgent(machine, room, jail)
                for request in FirecrackerRequest.keep { try await Self.say(request, machine, room, jail) }
                try await room.keep(jail)
                return jail
            }
            let kept = Kept(room: room, jail: jail)
            try await machine.end()
            return kept
        } catch {
            let failure = await machine.explain(error, step: "start a machine")
            try? await machine.end()
            throw failure
        }
    }

    /// State of the devices, at most.
    private static let stateBytes = 16 << 20

    private static func start(
        _ machine: Machine, _ room: FirecrackerRoom, showing files: FirecrackerRoom.Shown, written: Int
    ) async throws -> FirecrackerRoom.Jail {
        let jail = try await room.makeJail(showing: files, written: written)
        try await machine.start(removing: { await room.remove(jail) }) { place throws(SystemError) in
            try await room.start(jail, written: written, place)
        }
        return jail
    }

    /// Says it when Firecracker listens.
    private static func say(
        _ request: FirecrackerRequest, _ machine: Machine, _ room: FirecrackerRoom, _ jail: FirecrackerRoom.Jail
    ) async throws {
        let socket = try await connection(machine, room, jail, FirecrackerRequest.File.api)
        try await FirecrackerConnection.exchange(request, on: socket)
    }

    /// A connection to the agent, which has greeted.
    private static func reachAgent(
        _ machine: Machine, _ room: FirecrackerRoom, _ jail: FirecrackerRoom.Jail
    ) async throws -> SharedDescriptor {
        while true {
            let socket = try await connection(machine, room, jail, FirecrackerRequest.File.socket)
            if try await FirecrackerConnection.greet(on: socket) { return socket }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits until there is one.
    private static func connection(
        _ machine: Machine, _ room: FirecrackerRoom, _ jail: FirecrackerRoom.Jail, _ socket: String
    ) async throws -> SharedDescriptor {
        while true {
            if let connection = try await room.connect(jail, to: socket) { return connection }
            guard machine.isRunning else {
                throw IsolationError(.setupFailed, step: "start Firecracker", message: "it does not run")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// A kept machine; its memory is freed with the last reference.
    private final class Kept: KeptMachine {
        private let room: FirecrackerRoom
        private let jail: FirecrackerRoom.Jail

        init(room: FirecrackerRoom, jail: FirecrackerRoom.Jail) {
            self.room = room
            self.jail = jail
        }

        deinit { room.drop(jail) }

        func restore(in machine: Machine) async throws -> SharedDescriptor {
            let jail = try await FirecrackerMachines.start(
                machine, room, showing: FirecrackerRoom.forRestore(jail), written: 0)
            try await FirecrackerMachines.say(FirecrackerRequest.restore, machine, room, jail)
            return try await FirecrackerMachines.reachAgent(machine, room, jail)
        }
    }
}
