// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore

@testable import MicroVMDriver

/// A directory with the programs of Tests/Firecracker, which stand for Firecracker and its jailer, and with a kernel's files.
struct StubFirecracker: ~Copyable {
    static let isHere = Processes.userID == 0 && Files.exists("/usr/bin/python3")

    /// Of `scripts/setup vm`.
    static let kernel = ".build/vm/firecracker"
    /// Whether the guest's half can be had for real.
    static let hasGuest =
        isHere && Files.exists(MachineCommand.program) && Files.exists("\(kernel)/vmlinux")
        && Files.exists("/usr/bin/mkfs.erofs")

    let directory: String
    var configuration: FirecrackerConfiguration

    /// - Parameter behaviour: A word that Tests/Firecracker/firecracker.py knows.
    init(_ behaviour: String, view: HostView = HostView(entries: [.tree("/usr")], readablePaths: ["/usr"])) throws {
        directory = "/tmp/\(Identifier.make(prefix: "fire"))"
        configuration = FirecrackerConfiguration(binary: "\(directory)/firecracker", kernel: "\(directory)/kernel")
        configuration.view = view
        for path in [directory, "\(directory)/log", "\(directory)/kernel", "\(directory)/kernel/modules"] {
            try Files.makeDirectory(path, mode: 0o700)
            try Files.setMode(path, path.hasSuffix("/log") ? 0o777 : 0o755, at: currentDirectory)
        }
        for (source, name) in [
            ("firecracker.py", "firecracker"), ("jailer.py", "jailer"), ("vsock_device.py", "vsock_device.py"),
        ] {
            try write(try Files.readAll("Tests/Firecracker/\(source)", atMost: 1 << 20), name, mode: 0o755)
        }
        try write(Array(behaviour.utf8), "behaviour")
        try write(GuestMessage.ready(generation: Frame.generation).encoded(), "ready")
    }

    /// A kernel and an image that nothing starts.
    func makeUp() throws {
        try write([0x7F, 0x45, 0x4C, 0x46], "kernel/vmlinux")
        try write(Array("\u{0}license=GPL\u{0}vermagic=6.1.0-test SMP\u{0}".utf8), "kernel/modules/00-a.ko")
        try write([0], "kernel/root.erofs")
        let parts = try MachineParts(configuration.common, view: configuration.view)
        try write(Array(try RootImage.key(parts).utf8), "kernel/root.erofs.key")
    }

    func write(_ bytes: [UInt8], _ name: String, mode: UInt32 = 0o644) throws {
        let file = try Files.open("\(directory)/\(name)", [.writeOnly, .create, .truncate], mode: 0o600)
        try Files.writeAll(file.raw, bytes)
        try Files.setMode(file.raw, mode)
    }

    /// Lines that the stub has written: each request, and why one was refused.
    func log() throws -> [String] {
        guard Files.exists("\(directory)/log/requests") else { return [] }
        return try Files.readText("\(directory)/log/requests").split(separator: "\n").map(String.init)
    }

    func boot(within time: Duration) throws -> FirecrackerMachines {
        var configuration = configuration
        configuration.bootTime = time
        return FirecrackerMachines(
            configuration, programs: try configuration.programs(),
            kernel: try MachineKernel.loadUnpacked(from: configuration.kernel),
            parts: try MachineParts(configuration.common, view: configuration.view))
    }

    static func removeAll(_ directory: String) {
        for name in (try? Files.list(directory)) ?? [] {
            let path = "\(directory)/\(name)"
            if (try? Files.status(path).kind) == .directory { removeAll(path) } else { try? Files.removeFile(path) }
        }
        try? Files.removeDirectory(directory)
    }

    deinit { Self.removeAll(directory) }
}
