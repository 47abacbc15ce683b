// SPDX-License-Identifier: Apache-2.0
import Engine
import GuestWire
import Isolation
import NestboxCore
import Testing

/// Our own failures: said as such, never blamed on the program, nothing left behind.
@Suite struct FaultTests {
    /// A driver whose sandboxes lose their guest agent shortly after they were made.
    private struct DyingDriver: IsolationDriver {
        let real: any IsolationDriver
        let name = "namespace"

        func status() async -> DriverStatus { await real.status() }
        func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { try real.explain(spec) }
        func sweep() async -> Int { 0 }

        func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
            let sandbox = try await real.makeSandbox(spec)
            if !spec.id.hasPrefix("version") {
                Task {
                    try await Task.sleep(for: .milliseconds(500))
                    sandbox.guest.close()
                }
            }
            return sandbox
        }
    }

    /// A driver that cannot make sandboxes.
    private struct BrokenDriver: IsolationDriver {
        let name = "namespace"
        let reason = IsolationError(.setupFailed, step: "mount_tmpfs /tmp", message: "fsmount: EPERM")

        func status() async -> DriverStatus { DriverStatus(driver: name, available: false, limitsEnforcedBy: "none", findings: []) }
        func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { throw reason }
        func sweep() async -> Int { 0 }
        func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox { throw reason }
    }

    @Test func aLostGuestIsAnInternalError() async throws {
        let engine = try EngineFixture.make(driver: DyingDriver(real: try EngineFixture.driver.get()))
        let report = try await engine.python("print('before', flush=True)\nimport time; time.sleep(30)")
        #expect(report.verdict == .internalError)
        #expect(report.stage.stdout == "before\n")
        #expect(report.error?.type == "internal_error")
        #expect(report.stage.exitCode == nil)
    }

    @Test func aSandboxThatCannotBeMadeIsOurFailureWithItsStep() async throws {
        let engine = try EngineFixture.make(driver: BrokenDriver())
        let error = await #expect(throws: ServiceError.self) { try await engine.python("print(1)") }
        #expect(error?.code == .isolationFailed)
        #expect(error?.message.contains("mount_tmpfs /tmp") == true)
        #expect(error?.message.contains("EPERM") == true)
    }

    @Test func failuresGiveTheirPlacesBack() async throws {
        let engine = try EngineFixture.make(EngineConfiguration(concurrency: 1, queueLength: 0), driver: BrokenDriver())
        for _ in 0..<3 {
            await #expect(throws: ServiceError.self) { try await engine.python("print(1)") }
        }
    }
}
