// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import Synchronization

/// A thread with namespaces of its own, where jails are made and Firecracker's jailer is started. What lies in jails is in memory
/// file systems that nobody else sees; all of it goes with the last process that was started here, whatever happens to this one.
final class FirecrackerRoom: Sendable {
    private static let place = "/run/nestbox"
    /// The jailer demands that the program's name has this word.
    private static let program = "firecracker"
    private static let bytes = 512 << 20
    /// What a jail may hold beside what is shown in it: a copy of the program, sockets.
    private static let jailBytes = 64 << 20
    private static let jailInodes = 64
    /// Files that Firecracker may write, in bytes, and open.
    private static let mostWrittenBytes = 1 << 20
    private static let mostOpenFiles = 256

    /// What machines are started with.
    struct Content: Sendable {
        let programs: FirecrackerConfiguration.Programs
        /// Path of the unpacked kernel.
        let kernel: String
        let initialFiles: [UInt8]
        /// Path of the image with what sandboxes see of the host.
        let image: String
    }

    /// A place for one Firecracker.
    struct Jail: Sendable {
        let name: String
        var path: String { "jails/\(FirecrackerRoom.program)/\(name)" }
        var root: String { "\(path)/root" }
    }

    private let thread: WorkerThread
    private let jailer: String
    private let count = Atomic(0)

    private init(jailer: String) throws(SystemError) {
        self.jailer = jailer
        thread = try WorkerThread(name: "nestbox-fire")
    }

    deinit { thread.end() }

    /// - Throws: ``IsolationError`` `unavailable` with the call that failed.
    static func open(_ content: Content) async throws(IsolationError) -> FirecrackerRoom {
        do throws(SystemError) {
            let room = try FirecrackerRoom(jailer: content.programs.jailer)
            try await room.thread.value { () throws(SystemError) in try setUp(content) }
            return room
        } catch {
            throw IsolationError(.unavailable, step: "prepare for machines", message: "\(error)")
        }
    }

    // MARK: Jails

    /// Files that lie in the room under one name and in a jail under another.
    typealias Shown = KeyValuePairs<String, String>

    static let forBoot: Shown = [
        "machine/\(FirecrackerRequest.File.kernel)": FirecrackerRequest.File.kernel,
        "machine/\(FirecrackerRequest.File.initialFiles)": FirecrackerRequest.File.initialFiles,
        "machine/\(FirecrackerRequest.File.image)": FirecrackerRequest.File.image,
    ]

    /// - Parameter written: What Firecracker will write to files there, in bytes.
    func makeJail(showing files: Shown, written: Int) async throws(SystemError) -> Jail {
        let jail = Jail(name: "m\(count.add(1, ordering: .relaxed).newValue)")
        try await thread.value { () throws(SystemError) in
            try Files.makeDirectory(jail.path, mode: 0o700)
            do throws(SystemError) {
                let own = try Mounts.create(
                    "tmpfs",
                    options: [
                        ("size", "\(Self.jailBytes + written)"), ("nr_inodes", "\(Self.jailInodes)"), ("mode", "700"),
                    ], attributes: .noSetuid)
                try Mounts.attach(own, at: jail.path)
                try Files.makeDirectory(jail.root, mode: 0o700)
                for (source, name) in files { try Self.show(source, at: "\(jail.root)/\(name)") }
            } catch {
                try? Self.remove(jail)
                throw error
            }
        }
        return jail
    }

    /// Starts the jailer, which becomes Firecracker.
    func start(_ jail: Jail, written: Int, _ place: Machine.Place) async throws(SystemError) -> MachineRoom.Started {
        let arguments = Self.arguments(jail, user: place.user, written: written)
        return try await thread.value { () throws(SystemError) in
            var command = HostCommand(
                path: self.jailer, arguments: arguments, environment: [], groups: place.groups, errors: place.errors)
            // The jailer changes ids, so nothing can kill it with us; whoever starts next sweeps its group.
            command.hasOwnProcesses = true
            let process = try command.start()
            return MachineRoom.Started(pid: process.pid, process: process.share())
        }
    }

    /// docs/jailer.md, "Jailer Usage". No control group is named: it is started in ours.
    static func arguments(_ jail: Jail, user: UInt32, written: Int) -> [String] {
        [
            "jailer", "--id", jail.name, "--exec-file", "\(place)/machine/\(program)", "--uid", "\(user)", "--gid",
            "\(user)",
            "--chroot-base-dir", "\(place)/jails", "--resource-limit", "no-file=\(mostOpenFiles)", "--resource-limit",
            "fsize=\(mostWrittenBytes + written)", "--", "--api-sock", FirecrackerRequest.File.api,
        ]
    }

    /// A connection to a socket in the jail; nil when nobody listens there yet. Firecracker may put there what it likes.
    func connect(_ jail: Jail, to socket: String) async throws(SystemError) -> SharedDescriptor? {
        do throws(SystemError) {
            return try await thread.value { () throws(SystemError) in
                let root = try Files.open(jail.root, [.path, .directory])
                return SharedDescriptor(try LocalSocket.connect(socket, below: root.raw))
            }
        } catch  where [Errno.noEntry, Errno.connectionRefused, Errno.again].contains(error.number) {
            return nil
        }
    }

    /// Once all its processes are dead. What was kept of it stays.
    func remove(_ jail: Jail) async {
        _ = try? await thread.value { () throws(SystemError) in try Self.remove(jail) }
    }

    // MARK: Kept machines

    /// Has the state and the memory that Firecracker wrote in a jail outlive that.
    func keep(_ jail: Jail) async throws(SystemError) {
        try await thread.value { () throws(SystemError) in
            let root = try Files.open(jail.root, [.readOnly, .directory])
            try Files.makeDirectory("kept/\(jail.name)", mode: 0o700)
            for name in [FirecrackerRequest.File.state, FirecrackerRequest.File.memory] {
                let file = try Files.open(
                    name, .readOnly, at: root.raw, resolve: [.beneath, .noSymlinks, .noMagicLinks])
                guard try Files.status(of: file.raw).kind == .regular else {
                    throw SystemError(Errno.invalid, call: "keep", subject: name)
                }
                try Files.setOwner(file.raw, user: 0, group: 0)
                try Files.setMode(file.raw, 0o444)
                try Self.show("\(jail.root)/\(name)", at: "kept/\(jail.name)/\(name)")
            }
        }
    }

    /// What shows a kept machine in a jail.
    static func forRestore(_ kept: Jail) -> Shown {
        [
            "kept/\(kept.name)/\(FirecrackerRequest.File.state)": FirecrackerRequest.File.state,
            "kept/\(kept.name)/\(FirecrackerRequest.File.memory)": FirecrackerRequest.File.memory,
            "machine/\(FirecrackerRequest.File.image)": FirecrackerRequest.File.image,
        ]
    }

    /// Frees its memory, once no machine uses it.
    func drop(_ kept: Jail) {
        thread.perform {
            for name in [FirecrackerRequest.File.state, FirecrackerRequest.File.memory] {
                try? Mounts.detach("kept/\(kept.name)/\(name)")
                try? Files.removeFile("kept/\(kept.name)/\(name)")
            }
            try? Files.removeDirectory("kept/\(kept.name)")
        }
    }

    /// Names of what is there, for tests.
    func list() async throws(SystemError) -> (jails: [String], kept: [String]) {
        try await thread.value { () throws(SystemError) in
            (try Files.list("jails/\(Self.program)"), try Files.list("kept"))
        }
    }

    // MARK: On the thread

    private static func setUp(_ content: Content) throws(SystemError) {
        try GuestCalls.unshare([.mount, .network, .ipc, .uts])
        try Mounts.makePrivate()
        // With devices: the jailer makes that of KVM.
        let room = try Mounts.create("tmpfs", options: [("size", "\(bytes)"), ("mode", "700")], attributes: .noSetuid)
        try Mounts.attach(room, at: place)
        try GuestCalls.changeDirectory(place)
        for name in ["machine", "jails", "jails/\(program)", "kept"] { try Files.makeDirectory(name, mode: 0o700) }
        try show(content.kernel, at: "machine/\(FirecrackerRequest.File.kernel)")
        try write(content.initialFiles, to: "machine/\(FirecrackerRequest.File.initialFiles)", mode: 0o444)
        try write(
            try Files.readAll(content.programs.firecracker, atMost: bytes / 4), to: "machine/\(program)", mode: 0o555)
        try show(content.image, at: "machine/\(FirecrackerRequest.File.image)")
    }

    /// Read-only, and everybody may read it.
    private static func show(_ source: String, at path: String) throws(SystemError) {
        let mount = try Mounts.clone(source, recursive: false)
        try Mounts.setAttributes(of: mount.raw, [.readOnly, .noSetuid, .noDevices, .noExecute], recursive: false)
        try write([], to: path, mode: 0o444)
        try Mounts.attach(mount, at: path)
    }

    /// With all that is mounted in it.
    private static func remove(_ jail: Jail) throws(SystemError) {
        do throws(SystemError) {
            try Mounts.detach(jail.path)
        } catch  where error.number == Errno.invalid {
            // Nothing was mounted yet.
        }
        try Files.removeDirectory(jail.path)
    }

    private static func write(_ content: [UInt8], to path: String, mode: UInt32) throws(SystemError) {
        let file = try Files.open(path, [.writeOnly, .create, .exclusive], mode: 0o600)
        try Files.writeAll(file.raw, content)
        try Files.setMode(file.raw, mode)
    }
}
