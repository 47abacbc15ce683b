// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore

/// The file system image with what sandboxes see of the host, which a machine of Firecracker has as a drive that it cannot write to:
/// Firecracker shares no directories. Made once, as it takes minutes and the space of the host's `/usr`.
struct RootImage: Sendable {
    private static let program = "/usr/bin/mkfs.erofs"
    private static let place = "/run/nestbox"
    private static let share = "share"
    private static let step = "use the image of the host's files"

    let path: String
    /// What it was made for, in a file beside it.
    private var keyPath: String { "\(path).key" }

    /// The guest agent, which computers have as a tool, and what is shown. The content of the host's trees does not belong to it.
    static func key(_ parts: MachineParts) throws(IsolationError) -> String {
        let view = parts.view.entries.map { "\($0)" }.joined(separator: "\n")
        return "nestbox image 1\nagent \(KeptMemory.sum(try parts.agent()))\nview \(KeptMemory.sum(Array(view.utf8)))\n"
    }

    /// - Throws: ``IsolationError`` `unavailable` when there is none that can be used.
    func check(_ parts: MachineParts) throws(IsolationError) {
        do throws(SystemError) {
            for file in [path, keyPath] {
                let status = try Files.status(file)
                guard status.kind == .regular, status.owner == 0, status.mode & 0o022 == 0 else {
                    throw SystemError(Errno.notPermitted, call: "use", subject: "\(file), which others may change")
                }
            }
            guard try Files.readText(keyPath) == (try? Self.key(parts)) else {
                throw SystemError(
                    Errno.invalid, call: "use", subject: "\(path), which another Nestbox or other settings made")
            }
        } catch {
            throw IsolationError(
                .unavailable, step: Self.step,
                message: "\(error). Make it with 'nestbox prepare --isolation firecracker'")
        }
    }

    /// Makes it in place of one that may be there; machines that have that keep it.
    func make(of parts: MachineParts) async throws {
        let key = try Self.key(parts)
        let unfinished = "\(path).unfinished"
        do throws(SystemError) {
            guard Files.exists(Self.program) else {
                throw SystemError(Errno.noEntry, call: "find", subject: "\(Self.program); install erofs-utils")
            }
            try? Files.removeFile(unfinished)
            let thread = try WorkerThread(name: "nestbox-image")
            defer { thread.end() }
            let errors = SharedDescriptor(try Descriptors.makeMemory(name: "image-errors"))
            let image = SharedDescriptor(try Files.open(unfinished, [.readWrite, .create, .exclusive], mode: 0o600))
            let process = try await thread.value { () throws(SystemError) in
                try Self.layOut(parts)
                return try HostCommand(
                    path: Self.program, arguments: ["mkfs.erofs", "--quiet", "/proc/self/fd/3", Self.share],
                    environment: [],
                    groups: .none, passed: [image], errors: errors
                ).start().share()
            }
            try await DescriptorWait.readable(process.raw)
            guard case .exited(code: 0) = try Processes.wait(process.raw) else {
                let said = try Files.readText(from: errors.raw).split(whereSeparator: \.isNewline).last.map(String.init)
                throw SystemError(Errno.inputOutput, call: "mkfs.erofs", subject: String((said ?? "").prefix(300)))
            }
            // There is nothing in it that not everybody may read, and Firecracker is somebody of its own.
            try Files.setMode(image.raw, 0o444)
            try KeptMemory.settle(image.raw)
            try? Files.removeFile(keyPath)
            try KeptMemory.rename(unfinished, to: path)
            let file = try Files.open(keyPath, [.writeOnly, .create, .exclusive], mode: 0o600)
            try Files.writeAll(file.raw, Array(key.utf8))
        } catch {
            try? Files.removeFile(unfinished)
            throw IsolationError(.setupFailed, step: "make \(path)", message: "\(error)")
        }
    }

    /// On a thread of its own: all that goes into the image, in one directory. What not everybody may read is left out of it: root
    /// reads on behalf of sandboxes.
    private static func layOut(_ parts: MachineParts) throws(SystemError) {
        try GuestCalls.unshare(.mount)
        try Mounts.makePrivate()
        let place = try Mounts.create("tmpfs", options: [("size", "1m"), ("mode", "700")], attributes: .noSetuid)
        try Mounts.attach(place, at: Self.place)
        try GuestCalls.changeDirectory(Self.place)
        let root = parts.root
        try Files.makeDirectory(share, mode: 0o755)
        let shared = try root.make()
        try Mounts.attach(try Mounts.clone(of: shared.raw), at: share)
        try MachineRoom.showTrees(parts.view, root, tool: parts.image.isMountable ? parts.image.path : nil)
        try Files.makeDirectory("nothing", mode: 0o755)
        try Files.writeAll(try Files.open("none", [.writeOnly, .create], mode: 0o400).raw, [])
        for path in try HostView.unreadable(in: parts.view.trees.filter { !root.copiedTrees.contains($0) }) {
            let cover = try Files.status(path).kind == .directory ? "nothing" : "none"
            try Mounts.attach(
                try Mounts.clone(cover, recursive: false), at: "\(share)/\(PreparedPlace.base)\(path)")
        }
    }
}
