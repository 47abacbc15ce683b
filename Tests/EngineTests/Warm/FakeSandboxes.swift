// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem
import NestboxCore
import Synchronization

@testable import Isolation

/// A sandbox without anything in it: its guest never answers.
final class FakeSandbox: Sandbox {
    let id: String
    let guest: GuestSession
    let creation = Duration.zero
    let limitsEnforcedBy = "nothing"
    var enforcement: LimitEnforcement {
        LimitEnforcement(
            memory: .sandbox, processes: .sandbox, cpuTime: .sandbox, cpuRate: .sandbox, memoryPeak: .sandbox,
            tellsRefusals: true)
    }
    /// The agent's end.
    private let other: SharedDescriptor
    private let onDestroy: @Sendable () -> Void
    private let isGone = Mutex(false)

    init(id: String, onDestroy: @escaping @Sendable () -> Void = {}) throws {
        let (host, other) = try Descriptors.makeSocketPair().share()
        self.id = id
        self.other = other
        self.onDestroy = onDestroy
        guest = try GuestSession.open(on: host)
    }

    func usage() throws(IsolationError) -> SandboxUsage {
        SandboxUsage(cpu: .zero, memoryBytes: 0, memoryPeakBytes: 0, memoryKills: 0, processRefusals: 0)
    }
    func apply(_ limits: Limits) throws(IsolationError) {}
    func freeze() async throws(IsolationError) {}
    func thaw() async throws(IsolationError) {}

    func destroy() async throws(IsolationError) {
        let isFirst = isGone.withLock { gone in
            defer { gone = true }
            return !gone
        }
        guard isFirst else { return }
        guest.close()
        onDestroy()
    }
}

/// Makes ``FakeSandbox``es and counts those that are not destroyed.
final class FakeSandboxDriver: IsolationDriver {
    let name = "fake"
    let living = Atomic(0)
    let made = Atomic(0)
    /// Interpreters that were started ahead; whether they can be.
    let ahead = Atomic(0)
    let canStartAhead: Bool

    init(canStartAhead: Bool = true) {
        self.canStartAhead = canStartAhead
    }

    var properties: DriverProperties { DriverProperties(zygotes: true, startsAhead: true) }

    func status() async -> DriverStatus {
        DriverStatus(driver: name, available: true, limitsEnforcedBy: "nothing", findings: [])
    }
    func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { [] }
    func sweep() async -> Int { 0 }

    func makeZygote(_ spec: ZygoteSpec) async throws(IsolationError) -> any Zygote {
        living.add(1, ordering: .relaxed)
        return FakeZygote(spec: spec) { [self] in living.subtract(1, ordering: .relaxed) }
    }

    func startAhead(_ start: AheadStart, in sandbox: any Sandbox) async throws(IsolationError) -> AdoptedProgram {
        guard canStartAhead else { throw IsolationError(.setupFailed, step: "fake", message: "it has no memory") }
        ahead.add(1, ordering: .relaxed)
        return AdoptedProgram(number: 1, user: .standard)
    }

    func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
        made.add(1, ordering: .relaxed)
        living.add(1, ordering: .relaxed)
        do {
            return try FakeSandbox(id: spec.id) { [self] in living.subtract(1, ordering: .relaxed) }
        } catch {
            throw IsolationError(.unavailable, step: "fake", message: "\(error)")
        }
    }
}

/// A zygote that bears nothing and takes a moment to end.
final class FakeZygote: Zygote {
    let spec: ZygoteSpec
    let births = 0
    let isAlive = true
    private let onRetire: @Sendable () -> Void

    init(spec: ZygoteSpec, onRetire: @escaping @Sendable () -> Void) {
        self.spec = spec
        self.onRetire = onRetire
    }

    func bear(into sandbox: any Sandbox, user: ProgramUser) async throws(IsolationError) -> AdoptedProgram {
        throw IsolationError(.unavailable, step: "fake", message: "it bears nothing")
    }

    func retire() async {
        await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
        onRetire()
    }
}
