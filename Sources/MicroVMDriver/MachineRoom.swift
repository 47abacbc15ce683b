// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem

/// A thread with namespaces and a root of its own, where QEMU is started: it sees its own program and libraries, the kernel,
/// and read-only the files that sandboxes see. No other file of the host, no network, no other process.
///
/// All of it goes with the last process that was started here, whatever happens to this one.
final class MachineRoom: Sendable {
    static let kernel = "/machine/vmlinuz"
    static let initialFiles = "/machine/initrd"
    static let share = "/share"
    /// In the share: the guest agent, which is also what computers have as tool.
    static let tool = "tool"
    /// Covered in this namespace alone; every root host of Nestbox has it.
    private static let place = "/run/nestbox"
    private static let environment = ["PATH=/usr/bin"]
    private static let bytes = 256 << 20

    /// A QEMU that was started.
    struct Started: Sendable {
        let pid: Int32
        let process: SharedDescriptor
    }

    /// What lies in the room.
    struct Content: Sendable {
        let view: HostView
        let root: PreparedRootPlan
        /// Path of the guest agent, where computers may show it.
        let tool: String?
        let kernel: [UInt8]
        let initialFiles: [UInt8]
        /// The device of KVM, where QEMU may use it.
        let accelerationDevice: String?

        /// By which machines of other content are told apart.
        var sum: UInt64 { KeptMemory.sum(initialFiles, after: KeptMemory.sum(kernel)) }
    }

    private let thread: WorkerThread
    /// Of the kernel and the files that machines start with.
    let contentSum: UInt64

    private init(contentSum: UInt64) throws(SystemError) {
        self.contentSum = contentSum
        thread = try WorkerThread(name: "nestbox-vm")
    }

    /// - Throws: ``IsolationError`` `unavailable` with the call that failed.
    static func open(_ content: Content) async throws(IsolationError) -> MachineRoom {
        do throws(SystemError) {
            let room = try MachineRoom(contentSum: content.sum)
            do throws(SystemError) {
                try await room.perform { () throws(SystemError) in try setUp(content) }
                return room
            } catch {
                room.thread.end()
                throw error
            }
        } catch {
            throw IsolationError(.unavailable, step: "prepare for machines", message: "\(error)")
        }
    }

    func start(
        _ arguments: [String], groups: HostCommand.Groups, user: UInt32, passed: [SharedDescriptor],
        errors: SharedDescriptor
    ) async throws(SystemError) -> Started {
        try await perform { () throws(SystemError) in
            var command = HostCommand(
                path: MachineCommand.program, arguments: arguments, environment: Self.environment, groups: groups,
                passed: passed, errors: errors)
            command.user = user
            command.diesWithCaller = true
            command.hasOwnProcesses = true
            let process = try command.start()
            return Started(pid: process.pid, process: process.share())
        }
    }

    func copyMemory(of template: MachineTemplate) async throws(SystemError) -> SharedDescriptor {
        try await perform { () throws(SystemError) in try template.copyMemory() }
    }

    private func perform<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SystemError) -> Value
    ) async throws(SystemError) -> Value {
        try await thread.value(body)
    }

    // MARK: On the thread

    private static func setUp(_ content: Content) throws(SystemError) {
        try GuestCalls.unshare([.mount, .network, .ipc, .uts])
        try Mounts.makePrivate()
        let shared = try content.root.make()
        let room = try Mounts.create(
            "tmpfs", options: [("size", "\(bytes)"), ("mode", "755")], attributes: .noSetuid)
        try Mounts.attach(room, at: place)
        try GuestCalls.changeDirectory(place)
        for name in ["usr", "proc", "dev", "share", "machine"] { try makeDirectory(name) }
        try bind("/usr", at: "usr")
        for entry in content.view.entries {
            switch entry {
            case .symlink(let path, let target) where isTop(path):
                try Files.makeSymlink(String(path.dropFirst()), to: target)
            case .tree(let path) where isTop(path) && path != "/usr" && path.hasPrefix("/lib"):
                try makeDirectory(String(path.dropFirst()))
                try bind(path, at: String(path.dropFirst()))
            default: continue
            }
        }
        // Only what is its own, where QEMU finds the descriptor of its memory.
        let processes = try Mounts.create(
            "proc", options: [("hidepid", "invisible"), ("subset", "pid")],
            attributes: [.noSetuid, .noDevices, .noExecute])
        try Mounts.attach(processes, at: "proc")
        // Numbers: kernel, admin-guide/devices.txt.
        for (name, major, minor) in [("null", 1, 3), ("urandom", 1, 9)] {
            try Files.makeCharacterDevice(
                "dev/\(name)", mode: 0o600, major: UInt32(major), minor: UInt32(minor), at: currentDirectory)
            try Files.setMode("dev/\(name)", 0o666, at: currentDirectory)
        }
        if let device = content.accelerationDevice {
            let (major, minor) = try Files.deviceNumbers(device)
            try Files.makeCharacterDevice(
                "dev/kvm", mode: 0o600, major: major, minor: minor, at: currentDirectory)
            try Files.setMode("dev/kvm", 0o666, at: currentDirectory)
        }
        try write(content.kernel, to: String(kernel.dropFirst()))
        try write(content.initialFiles, to: String(initialFiles.dropFirst()))
        try Mounts.attach(try Mounts.clone(of: shared.raw), at: "share")
        try showTrees(content.view, content.root, tool: content.tool)
        try makeReadOnly()
        try Mounts.pivotIntoWorkingDirectory()
    }

    /// A process that another thread starts at this moment has our descriptors until it executes, those open for writing too, and
    /// meanwhile the kernel refuses (mount_setattr(2), EBUSY).
    private static func makeReadOnly() throws(SystemError) {
        for _ in 0..<100 {
            do throws(SystemError) {
                return try Mounts.setAttributes(at: ".", .readOnly)
            } catch  where error.number == Errno.busy {
                MonotonicClock.sleep(milliseconds: 5)
            }
        }
        try Mounts.setAttributes(at: ".", .readOnly)
    }

    /// What of the host sandboxes see, where the prepared root, at `share`, has places for it.
    static func showTrees(_ view: HostView, _ root: PreparedRootPlan, tool agent: String?) throws(SystemError) {
        if let agent { try bind(agent, at: "share/\(tool)") }
        let base = "share/\(PreparedPlace.base)"
        for entry in view.entries {
            switch entry {
            case .tree(let path) where !root.copiedTrees.contains(path): try bind(path, at: base + path)
            case .file(let path): try bind(path, at: base + path)
            default: continue
            }
        }
    }

    private static func isTop(_ path: String) -> Bool { !path.dropFirst().contains("/") }

    private static func bind(_ path: String, at place: String) throws(SystemError) {
        let isDirectory = try Files.status(path, followLinks: true).kind == .directory
        let mount = try Mounts.clone(path, recursive: isDirectory)
        try Mounts.setAttributes(of: mount.raw, [.readOnly, .noSetuid, .noDevices], recursive: true)
        try Mounts.attach(mount, at: place)
    }

    /// The process's own mask takes bits away while things are made.
    private static func makeDirectory(_ path: String) throws(SystemError) {
        try Files.makeDirectory(path, mode: 0o700)
        try Files.setMode(path, 0o755, at: currentDirectory)
    }

    private static func write(_ content: [UInt8], to path: String) throws(SystemError) {
        let file = try Files.open(path, [.writeOnly, .create, .exclusive], mode: 0o600)
        try Files.writeAll(file.raw, content)
        try Files.setMode(file.raw, 0o444)
    }
}

extension WorkerThread {
    /// What `body` returns on the thread.
    func value<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SystemError) -> Value
    ) async throws(SystemError) -> Value {
        let result: Result<Value, SystemError> = await withCheckedContinuation { continuation in
            let isTaken = perform {
                continuation.resume(returning: Result { () throws(SystemError) in try body() })
            }
            if !isTaken {
                continuation.resume(returning: .failure(SystemError(Errno.invalid, call: "use of a closed room")))
            }
        }
        return try result.get()
    }
}
