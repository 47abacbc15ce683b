// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore
import Testing

@testable import MicroVMDriver

/// The driver against a stub that checks each request by Firecracker's API description, on real sockets, with a scripted guest.
/// No Firecracker, no KVM, no kernel.
@Suite(.serialized, .enabled(if: StubFirecracker.isHere, "needs root and /usr/bin/python3"))
struct FirecrackerStubTests {
    private static let shape = MachineShape(.standard, overhead: 0)
    /// Longer than any of this takes; where the time itself is the subject, it is short.
    private static let time = Duration.seconds(60)

    private static let started = [
        "PUT /machine-config", "PUT /boot-source", "PUT /drives/root", "PUT /vsock", "PUT /entropy", "PUT /actions",
    ]
    private static let kept = ["PATCH /vm", "PUT /snapshot/create"]

    @Test func aMachineIsStartedKeptAndRestored() async throws {
        let stub = try StubFirecracker("scripted")
        try stub.makeUp()
        let driver = try MicroVMDriver(stub.configuration)
        #expect(driver.name == "firecracker")
        let spec = SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard)
        for _ in 0..<2 {
            let sandbox = try #require(try await driver.makeSandbox(spec) as? MicroVMSandbox)
            #expect(sandbox.machine.isRunning)
            try await sandbox.destroy()
            #expect(sandbox.machine.isGone)
        }
        #expect(try stub.log() == Self.started + Self.kept + ["PUT /snapshot/load", "PUT /snapshot/load"])
        let status = await driver.status()
        #expect(status.available && status.properties?.kernel == .own)
        let tested = status.findings.first { $0.name == "tested" }
        #expect(tested?.level == .missing && tested?.detail.contains("not with the real program") == true)
    }

    @Test func nothingIsLeftOfMachines() async throws {
        let stub = try StubFirecracker("scripted")
        try stub.makeUp()
        let machines = try stub.boot(within: Self.time)
        _ = try await machines.kept(Self.shape)
        // What was kept, and no jail.
        let left = try await machines.left()
        #expect(left.jails.isEmpty && left.kept == ["m1"])
        // Nothing of it is seen outside.
        #expect(!Files.exists("/run/nestbox/jails") && !Files.exists("/run/nestbox/kept"))
    }

    /// How the stub misbehaves, and what the error says.
    static let faults: [(behaviour: String, message: String)] = [
        ("jailer", "told to fail"), ("refuse", "refuses PUT /boot-source with 400: {\"fault_message\""),
        ("die", "told to die"),
        ("garbage", "does not speak HTTP"), ("endless", "talks too much"),
        ("huge", "announces an answer of 99999999999 bytes"),
        ("stranger", "does not greet"), ("link", "ELOOP"),
    ]

    @Test(arguments: faults)
    func whatGoesWrongIsSaidAndLeavesNothing(_ fault: (behaviour: String, message: String)) async throws {
        let stub = try StubFirecracker(fault.behaviour)
        try stub.makeUp()
        let machines = try stub.boot(within: Self.time)
        let findings = await machines.findings()
        #expect(findings.contains { $0.level == .fatal && $0.detail.contains(fault.message) }, "\(findings)")
        let left = try await machines.left()
        #expect(left.jails.isEmpty && left.kept.isEmpty)
    }

    /// It runs, and its socket never appears; or nobody ever listens in the guest.
    @Test(arguments: ["mute", "deaf"])
    func whoeverDoesNotAnswerIsGivenUp(_ behaviour: String) async throws {
        let stub = try StubFirecracker(behaviour)
        try stub.makeUp()
        let machines = try stub.boot(within: .seconds(3))
        let error = try await #require(throws: IsolationError.self) { _ = try await machines.kept(Self.shape) }
        #expect(error.message.contains("did not answer within"), "\(error)")
        let left = try await machines.left()
        #expect(left.jails.isEmpty && left.kept.isEmpty)
    }

    @Test func aSnapshotOfAnotherVersionIsRefused() async throws {
        let stub = try StubFirecracker("version")
        try stub.makeUp()
        let driver = try MicroVMDriver(stub.configuration)
        let error = try await #require(throws: IsolationError.self) {
            try await driver.makeSandbox(SandboxSpec(id: Identifier.make(prefix: "check"), limits: .standard)).destroy()
        }
        #expect(error.message.contains("Invalid snapshot version"), "\(error)")
    }

    @Test func anImageThatOthersMadeIsNotUsed() async throws {
        let stub = try StubFirecracker("scripted")
        try stub.makeUp()
        try stub.write([1], "kernel/root.erofs.key")
        let error = try await #require(throws: IsolationError.self) {
            _ = try await stub.boot(within: Self.time).kept(Self.shape)
        }
        #expect(error.code == .unavailable && error.message.contains("nestbox prepare --isolation firecracker"))
    }
}
