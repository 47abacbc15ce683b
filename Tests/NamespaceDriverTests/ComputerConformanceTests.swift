// SPDX-License-Identifier: Apache-2.0
import Isolation
import IsolationConformance
import LinuxSystem
import NestboxCore
import Testing

@testable import NamespaceDriver

/// What the profile `computer` must show where it is offered: its users, its files, its walls, its terminals.
@Suite(.serialized) struct ComputerConformanceTests {
    private static let driver = Result { try NamespaceDriver(TestHost.configuration) }
    /// Computers have several users, which only root can map, and hold limits by control groups.
    private static let isOffered = Processes.userID == 0 && !TestHost.isWithoutCgroups

    /// The one check that is about what there is without computers runs everywhere.
    private static let checks = IsolationConformance.computerChecks(kernel: .host).filter {
        isOffered || $0.name == "computer/run_profile_has_no_root"
    }

    @Test(.timeLimit(.minutes(2)), arguments: checks)
    func conforms(_ check: ConformanceCheck) async throws {
        try await check.run(on: try Self.driver.get())
    }

    @Test func whatCannotBeHeldIsRefused() async throws {
        let limits = Limits(
            wallMilliseconds: 20_000, cpuMilliseconds: 10_000, memoryBytes: 128 << 20, outputBytes: 1 << 20,
            processes: 32,
            diskBytes: 16 << 20, inodes: 500, openFiles: 256, milliCPU: 1000)
        let spec = SandboxSpec(id: Identifier.make(prefix: "check"), limits: limits, profile: .computer)
        let driver = try Self.driver.get()
        if Self.isOffered {
            try await driver.makeSandbox(spec).destroy()
        } else {
            let refusal = try await #require(throws: IsolationError.self) {
                try await driver.makeSandbox(spec).destroy()
            }
            #expect(refusal.code == .unavailable && refusal.message.contains("root"))
        }
    }
}
