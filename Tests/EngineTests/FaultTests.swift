// SPDX-License-Identifier: Apache-2.0
import Engine
import GuestWire
import Isolation
import NestboxCore
import Synchronization
import Testing

/// Our own failures: said as such, never blamed on the program, nothing left behind.
@Suite struct FaultTests {
    /// A driver that remembers its last sandbox, so that a test can take its guest agent away.
    private final class ObservedDriver: IsolationDriver {
        let real: any IsolationDriver
        let name = "namespace"
        let last = Mutex<(any Sandbox)?>(nil)

        init(real: any IsolationDriver) { self.real = real }

        var properties: DriverProperties { real.properties }
        func status() async -> DriverStatus { await real.status() }
        func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { try real.explain(spec) }
        func sweep() async -> Int { 0 }

        func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
            let sandbox = try await real.makeSandbox(spec)
            if !spec.id.hasPrefix("version") { last.withLock { $0 = sandbox } }
            return sandbox
        }
    }

    /// A driver whose sandboxes count a kill for the machine's memory as soon as a program runs.
    private struct CrowdedDriver: IsolationDriver {
        struct Crowded: Sandbox {
            let real: any Sandbox
            let looks = Counter()
            var id: String { real.id }
            var guest: GuestSession { real.guest }
            var creation: Duration { real.creation }
            var limitsEnforcedBy: String { real.limitsEnforcedBy }
            var enforcement: LimitEnforcement { real.enforcement }
            func apply(_ limits: Limits) async throws(IsolationError) { try await real.apply(limits) }
            func freeze() async throws(IsolationError) { try await real.freeze() }
            func thaw() async throws(IsolationError) { try await real.thaw() }
            func destroy() async throws(IsolationError) { try await real.destroy() }

            func usage() throws(IsolationError) -> SandboxUsage {
                var usage = try real.usage()
                usage.hostMemoryKills = looks.next() > 0 ? 1 : 0
                return usage
            }
        }

        final class Counter: Sendable {
            private let count = Mutex(0)

            /// 0, 1, 2, ...
            func next() -> Int {
                count.withLock { count in
                    defer { count += 1 }
                    return count
                }
            }
        }

        let real: any IsolationDriver
        let name = "namespace"

        func status() async -> DriverStatus { await real.status() }
        func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { try real.explain(spec) }
        func sweep() async -> Int { 0 }

        func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
            Crowded(real: try await real.makeSandbox(spec))
        }
    }

    /// A driver that cannot make sandboxes.
    private struct BrokenDriver: IsolationDriver {
        let name = "namespace"
        let reason = IsolationError(.setupFailed, step: "mount_tmpfs /tmp", message: "fsmount: EPERM")

        func status() async -> DriverStatus {
            DriverStatus(driver: name, available: false, limitsEnforcedBy: "none", findings: [])
        }
        func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { throw reason }
        func sweep() async -> Int { 0 }
        func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox { throw reason }
    }

    @Test func aLostGuestIsAnInternalError() async throws {
        let driver = ObservedDriver(real: try EngineFixture.driver.get())
        let engine = try EngineFixture.make(driver: driver)
        let run = await engine.started { driver.last.withLock { $0 }?.guest.close() }
        guard case .program(let report) = try await run.value else { return }
        #expect(report.verdict == .internalError)
        #expect(report.stage.stdout == "running\n")
        #expect(report.stage.stdoutTruncated && report.stage.stderrTruncated, "more may have been printed")
        #expect(report.error?.type == "internal_error")
        #expect(report.stage.exitCode == nil)
    }

    @Test func filesThatCouldNotBeCollectedAreOurFailureAndNotMissingInSilence() async throws {
        let driver = ObservedDriver(real: try EngineFixture.driver.get())
        let engine = try EngineFixture.make(driver: driver)
        let request = RunRequest(
            code: "open('made.txt', 'w').write('x'); print('done')", language: "python", collect: ["*.txt"])
        let result = try await engine.run(request, id: Identifier.make(prefix: "run")) { event in
            // The program has ended; its files are collected next.
            if case .result = event { driver.last.withLock { $0 }?.guest.close() }
        }
        guard case .program(let report) = result else { return }
        #expect(report.verdict == .internalError)
        #expect(report.error?.type == "internal_error")
        #expect(report.error?.message.contains("could not be collected") == true)
        #expect(report.files.isEmpty)
        // What is known of the program stays.
        #expect(report.stage.exitCode == 0)
        #expect(report.stage.stdout == "done\n")
    }

    @Test func aKillForTheMachinesMemoryIsNotTheProgramsFault() async throws {
        let engine = try EngineFixture.make(driver: CrowdedDriver(real: try EngineFixture.driver.get()))
        let report = try await engine.python("import time; time.sleep(60)")
        #expect(report.verdict == .internalError)
        #expect(report.error?.message.contains("the machine is out of memory") == true)
        #expect(report.error?.message.contains("may be sent again") == true)
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
