// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore
import Testing

@testable import MicroVMDriver

/// The guest's half for real: the unpacked kernel, the agent that the host reaches by vsock, and the image on a block device, in an
/// emulated machine of QEMU behind the stub of Firecracker. Where Firecracker would go on from a snapshot, the stub starts a machine
/// anew, so nothing here is said of snapshots.
@Suite(
    .serialized,
    .enabled(if: StubFirecracker.hasGuest, "needs root, qemu-system-x86, erofs-utils and 'scripts/setup vm'"))
struct FirecrackerGuestTests {
    private static let libraries = "/usr/lib/x86_64-linux-gnu"
    /// A shell and what it needs: an image of a whole `/usr` takes minutes.
    private static let view = HostView(
        entries: [
            .symlink("/bin", target: "usr/bin"), .symlink("/lib", target: "usr/lib"),
            .symlink("/lib64", target: "usr/lib64"),
            .symlink("/usr/lib64/ld-linux-x86-64.so.2", target: "\(libraries)/ld-linux-x86-64.so.2"),
            .symlink("/usr/bin/sh", target: "dash"),
        ]
            + ["/usr/bin/dash", "/usr/bin/cat", "/usr/bin/uname", "/usr/bin/date", "/usr/bin/touch", "/usr/bin/sleep"]
            .map { .file($0) } + ["ld-linux-x86-64.so.2", "libc.so.6"].map { .file("\(libraries)/\($0)") },
        readablePaths: ["/usr"])

    private static let limits = Limits(
        wallMilliseconds: 60_000, cpuMilliseconds: 60_000, memoryBytes: 64 << 20, outputBytes: 1 << 20, processes: 32,
        diskBytes: 4 << 20, inodes: 100, openFiles: 64, milliCPU: 1000)

    private static let script = """
        uname -r; while read -r word rest; do [ "$word" = Uid: ] && echo $rest; done </proc/self/status
        touch /usr/x 2>/dev/null || echo read-only; echo text >file && cat file
        cat /proc/net/vsock 2>/dev/null; date +%s
        while read -r kind; do case $kind in *erofs) echo erofs;; esac; done </proc/filesystems
        cat /dev/vda 2>&1 >/dev/null | cat
        """

    private static func output(
        _ script: String, in sandbox: any Sandbox, as user: ProgramUser = .standard
    ) async throws -> [String] {
        let program = try await sandbox.guest.start(
            ProgramSpec(
                arguments: ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin"], directory: "/home/user",
                user: user))
        var text: [UInt8] = []
        while let event = try await program.next() {
            if case .output(_, let bytes) = event { text += bytes }
        }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func sandboxesAndComputersWorkOnAnImageThroughVsock() async throws {
        var stub = try StubFirecracker("qemu", view: Self.view)
        stub.configuration.kernel = "\(stub.directory)/kernel"
        stub.configuration.bootTime = .seconds(240)
        try stub.write(try Files.readAll("\(StubFirecracker.kernel)/vmlinux", atMost: 256 << 20), "kernel/vmlinux")
        for name in try Files.list("\(StubFirecracker.kernel)/modules") {
            try stub.write(
                try Files.readAll("\(StubFirecracker.kernel)/modules/\(name)", atMost: 16 << 20),
                "kernel/modules/\(name)")
        }
        let driver = try MicroVMDriver(stub.configuration)
        // Without an image there is nothing to start.
        let early = try await #require(throws: IsolationError.self) {
            try await driver.makeSandbox(SandboxSpec(id: Identifier.make(prefix: "check"), limits: Self.limits))
                .destroy()
        }
        #expect(early.code == .unavailable && early.message.contains("nestbox prepare"))
        #expect(try await driver.prepare(Self.limits).contains("root.erofs"))

        let before = WallClock.now.seconds
        let sandbox = try await driver.makeSandbox(
            SandboxSpec(id: Identifier.make(prefix: "check"), limits: Self.limits))
        let lines = try await Self.output(Self.script, in: sandbox)
        #expect(lines.count == 7, "\(lines)")
        let kernel = try MachineKernel.loadUnpacked(from: stub.configuration.kernel)
        #expect(lines.first == kernel.release && lines.dropFirst().first?.hasPrefix("1000 1000") == true, "\(lines)")
        #expect(lines.dropFirst(2).prefix(2) == ["read-only", "text"] && lines.contains("erofs"))
        #expect(lines.compactMap(Int.init).contains { before...WallClock.now.seconds ~= $0 }, "\(lines)")
        // More than the credit of a stream.
        let many = try await Self.output(
            "i=0; while [ $i -lt 20000 ]; do echo 0123456789012345; i=$((i+1)); done", in: sandbox)
        #expect(many.count == 20000)
        try await sandbox.destroy()
        #expect((sandbox as? MicroVMSandbox)?.machine.isGone == true)

        // Computers show the agent's own file, which must be root's then.
        guard driver.properties.profiles.contains("computer") else { return }
        let computer = try await driver.makeSandbox(
            SandboxSpec(id: Identifier.make(prefix: "check"), limits: Self.limits, profile: .computer))
        let said = try await Self.output(
            "echo more >/usr/bin/x && cat /usr/bin/x; [ -x /run/nestbox/guest ] && echo tool", in: computer, as: .root)
        #expect(said == ["more", "tool"])
        try await computer.destroy()
    }
}
