// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import Synchronization

/// A thread with a mount namespace of its own, where bundles are laid ready and runtimes are started.
///
/// Nothing that is made here is ever seen on the host, and whatever happens to this process, it goes with the last process
/// that was started here: no file, no mount and no state of a runtime can be left behind.
final class Workshop: Sendable {
    /// Covers, in this namespace alone, the directory that the host has.
    static let place = HostDirectory.path
    static let devices = "\(files)/\(PreparedPlace.devices)"
    /// In containers: the agent's executable, the library that makes interpreters wait, and what hides files of /proc.
    static let agentPlace = "/run/agent"
    static let libraryPlace = "/run/ahead.so"
    static let hiddenPlace = "/run/hidden"
    private static let files = "\(place)/files"
    static let computerDevices = "\(computers)/\(PreparedPlace.devices)"
    private static let computers = "\(place)/computers"
    private static let own = "\(place)/own"
    private static let bundles = "\(place)/bundles"
    /// What is mounted on. Runtimes would make such places themselves, in a root that is read-only.
    private static let ownDirectories = [
        "/run", hiddenPlace, "/dev", "/dev/pts", "/dev/shm", "/proc",
    ]
    private static let bundleBytes = 8 << 20
    private static let cgroups = "/sys/fs/cgroup"

    /// Directories that all sandboxes share, read-only.
    struct Parts: Sendable, Hashable {
        var base = "\(Workshop.files)/\(PreparedPlace.base)"
        var build = "\(Workshop.files)/\(PreparedPlace.build)"
        var nothing = "\(Workshop.files)/\(PreparedPlace.nothing)"
        var own = Workshop.own
        var computerBase = "\(Workshop.computers)/\(PreparedPlace.base)"
        var emptyFile = "\(Workshop.own)\(Workshop.agentPlace)"
    }

    /// A runtime that was started, and the host's end of the stream to the agent.
    struct Started: Sendable {
        let pid: Int32
        let process: SharedDescriptor
        let control: SharedDescriptor
    }

    private let thread: WorkerThread
    private let kind: OCIRuntime.Kind

    static func bundle(_ id: String) -> String { "\(bundles)/\(id)" }

    private init(_ kind: OCIRuntime.Kind) throws(SystemError) {
        thread = try WorkerThread(name: "nestbox-oci")
        self.kind = kind
    }

    /// - Parameter library: What all containers have at ``libraryPlace``; nil for none.
    /// - Throws: ``IsolationError`` `unavailable` with the call that failed.
    static func open(
        _ kind: OCIRuntime.Kind, root: PreparedRootPlan, library: [UInt8]?, cgroups: CgroupHierarchy
    ) async throws(IsolationError) -> Workshop {
        do throws(SystemError) {
            let workshop = try Workshop(kind)
            do throws(SystemError) {
                try await workshop.perform { () throws(SystemError) in try Self.setUp(kind, root, library, cgroups) }
                return workshop
            } catch {
                workshop.thread.end()
                throw error
            }
        } catch {
            throw IsolationError(.unavailable, step: "prepare for containers", message: "\(error)")
        }
    }

    func close() {
        thread.end()
    }

    private func perform<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SystemError) -> Value
    ) async throws(SystemError) -> Value {
        let result: Result<Value, SystemError> = await withCheckedContinuation { continuation in
            let isTaken = thread.perform {
                continuation.resume(returning: Result { () throws(SystemError) in try body() })
            }
            if !isTaken {
                continuation.resume(returning: .failure(SystemError(Errno.invalid, call: "use of a closed workshop")))
            }
        }
        return try result.get()
    }

    // MARK: On the thread

    private static func setUp(
        _ kind: OCIRuntime.Kind, _ root: PreparedRootPlan, _ library: [UInt8]?, _ cgroups: CgroupHierarchy
    ) throws(SystemError) {
        try HostDirectory.make()
        try GuestCalls.unshare([.mount, .uts])
        try Mounts.makePrivate()
        // Containers get a copy of it.
        try GuestCalls.setDomainName("(none)")
        let files = try root.make()
        let work = try Mounts.create(
            "tmpfs", options: [("size", "16m"), ("mode", "755")], attributes: [.noSetuid, .noDevices])
        try Mounts.attach(work, at: place)
        for path in [Self.files, bundles, own] + ownDirectories.map({ own + $0 }) {
            try makeDirectory(path, mode: 0o755)
        }
        for path in [agentPlace] + MadeUpKernelFiles.names.map({ "/proc/\($0)" }) {
            try write([], to: own + path)
        }
        if let library { try write(library, to: own + libraryPlace) }
        let shown = try Mounts.clone(of: files.raw)
        try Mounts.attach(shown, at: Self.files)
        try coverNull()
        if cgroups.version == .v1 { try hideGroups(kind, cgroups) }
    }

    /// Runtimes give what they have as standard streams to the container's user, as they do with a terminal. The host's own
    /// /dev/null must not be that.
    private static func coverNull() throws(SystemError) {
        let folder = "\(place)/null"
        try makeDirectory(folder, mode: 0o755)
        let files = try Mounts.create(
            "tmpfs", options: [("size", "64k"), ("nr_inodes", "8"), ("mode", "755")],
            attributes: [.noSetuid, .noExecute])
        try Files.makeCharacterDevice("null", mode: 0o666, major: 1, minor: 3, at: files.raw)
        try Files.setMode("null", 0o666, at: files.raw)
        try Mounts.attach(files, at: folder)
        try Mounts.attach(try Mounts.clone("\(folder)/null", recursive: false), at: "/dev/null")
    }

    /// crun refuses a host that has both versions. runc wants the hierarchy of devices and would make groups in all others.
    private static func hideGroups(
        _ kind: OCIRuntime.Kind, _ hierarchy: CgroupHierarchy
    ) throws(SystemError) {
        guard kind != .runsc, Files.exists(cgroups) else { return }
        let devices = kind == .runc ? hierarchy.devicesPlace : nil
        let kept: OwnedDescriptor? =
            if let devices { try Mounts.clone(devices, recursive: false) } else { nil }
        do throws(SystemError) {
            try Mounts.detach(cgroups)
        } catch  where error.number == Errno.invalid {
            // Nothing is mounted there.
        }
        let empty = try Mounts.create("tmpfs", options: [("mode", "755")], attributes: [.noSetuid, .noDevices])
        try Mounts.attach(empty, at: cgroups)
        if let kept {
            try makeDirectory("\(cgroups)/devices", mode: 0o755)
            try Mounts.attach(kept, at: "\(cgroups)/devices")
        }
    }

    /// Makes, once, what the roots of computers are laid over.
    func prepareComputers(_ root: PreparedRootPlan) async throws(SystemError) {
        try await perform { () throws(SystemError) in
            guard !Files.exists(Self.computers) else { return }
            let files = try root.make()
            try Self.makeDirectory(Self.computers, mode: 0o755)
            try Mounts.attach(try Mounts.clone(of: files.raw), at: Self.computers)
        }
    }

    /// See ``MappedIDs``; here, because waiting for a process blocks.
    func mappedIDs(base: UInt32, image: GuestImage) async throws(SystemError) -> SharedDescriptor {
        try await perform { () throws(SystemError) in try MappedIDs.namespace(base: base, image: image) }
    }

    /// Lays a bundle ready and starts the runtime on it.
    ///
    /// - Parameter ids: The user namespace whose ids trees show in a computer.
    func start(
        _ id: String, _ plan: BundlePlan, ids: SharedDescriptor?, command: HostCommand, control: SharedDescriptor
    ) async throws(SystemError) -> Started {
        let kind = kind
        return try await perform { () throws(SystemError) in
            let bundle = Self.bundle(id)
            try Self.makeDirectory(bundle, mode: 0o755)
            let files = try Mounts.create(
                "tmpfs", options: [("size", "\(Self.bundleBytes)"), ("mode", "755")],
                attributes: [.noSetuid, .noDevices])
            try Mounts.attach(files, at: bundle)
            for step in plan.hostSteps { try BundleStep(bundle: bundle, kind: kind, ids: ids).perform(step) }
            try Self.write(Array(plan.configuration.text.utf8), to: "\(bundle)/config.json")
            let process = try command.start()
            return Started(pid: process.pid, process: process.share(), control: control)
        }
    }

    /// The last the runtime said, for a message; empty when it said nothing.
    func log(_ id: String) async -> String {
        let text = try? await perform { () throws(SystemError) in
            String(decoding: try Files.readAll("\(Self.bundle(id))/log", atMost: 1 << 20), as: UTF8.self)
        }
        return RuntimeLog.message(in: text ?? "")
    }

    /// Lets go of everything a bundle had; what still uses it keeps it until it ends. Idempotent.
    func remove(_ id: String) async {
        try? await perform { () throws(SystemError) in
            let bundle = Self.bundle(id)
            guard Files.exists(bundle) else { return }
            try? Mounts.detach(bundle)
            try? Files.removeDirectory(bundle)
        }
    }

    /// Bundles that are there now, for tests.
    func bundleNames() async -> [String] {
        (try? await perform { () throws(SystemError) in try Files.list(Self.bundles) }) ?? []
    }

    /// The process's own mask takes bits away while things are made.
    static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) {
        try Files.makeDirectory(path, mode: 0o700)
        try Files.setMode(path, mode, at: currentDirectory)
    }

    static func write(_ content: [UInt8], to path: String) throws(SystemError) {
        let file = try Files.open(path, [.writeOnly, .create, .exclusive], mode: 0o600)
        try Files.writeAll(file.raw, content)
        try Files.setMode(file.raw, 0o444)
    }
}
