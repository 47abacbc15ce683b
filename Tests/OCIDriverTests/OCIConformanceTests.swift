// SPDX-License-Identifier: Apache-2.0
import Isolation
import IsolationConformance
import LinuxSystem
import NestboxCore
import Testing

@testable import OCIDriver

/// The driver-independent suite on the runtimes that this machine has, for root. `scripts/setup` installs crun and runsc; where one is
/// missing, ``RuntimeTests/theRuntimesOfTheSuiteAreHere()`` fails and says so.
@Suite(.serialized, .enabled(if: Processes.userID == 0)) struct OCIConformanceTests {
    @Test(arguments: try await TestRuntimes.checks(.crun))
    func crunConforms(_ check: ConformanceCheck) async throws {
        try await check.run(on: try TestRuntimes.crun.get())
    }

    @Test(arguments: IsolationConformance.computerChecks(kernel: .host))
    func crunMakesComputers(_ check: ConformanceCheck) async throws {
        try await check.run(on: try TestRuntimes.crun.get())
    }

    @Test(arguments: IsolationConformance.aheadChecks)
    func crunStartsAhead(_ check: ConformanceCheck) async throws {
        try await check.run(on: try TestRuntimes.crun.get())
    }
}

/// The same on gVisor, beside the others: both take minutes.
@Suite(.serialized, .enabled(if: Processes.userID == 0)) struct GVisorConformanceTests {
    @Test(arguments: try await TestRuntimes.checks(.runsc))
    func gVisorConforms(_ check: ConformanceCheck) async throws {
        try await check.run(on: try TestRuntimes.gvisor.get())
    }

    @Test(arguments: IsolationConformance.shortAheadChecks)
    func gVisorStartsAhead(_ check: ConformanceCheck) async throws {
        try await check.run(on: try TestRuntimes.gvisor.get())
    }

    /// Not all of them, as each takes seconds there: what differs from other drivers, and the walls.
    private static let gVisorComputerChecks: Set<String> = [
        "computer/programs_are_user_or_root", "computer/system_is_writable_by_root_only",
        "computer/changes_reach_no_host_and_no_other", "computer/freeze_stops_and_thaw_goes_on",
        "computer/tool_is_there_and_fixed", "computer/root_cannot_mount",
        "terminal/hangs_up_with_its_program",
    ]

    @Test func gVisorsChecksAreThere() {
        let names = Set(IsolationConformance.computerChecks(kernel: .own).map(\.name))
        #expect(Self.gVisorComputerChecks.isSubset(of: names))
    }

    @Test(
        arguments: IsolationConformance.computerChecks(kernel: .own).filter { gVisorComputerChecks.contains($0.name) })
    func gVisorMakesComputers(_ check: ConformanceCheck) async throws {
        try await check.run(on: try TestRuntimes.gvisor.get())
    }
}

/// One driver of each runtime for all tests.
enum TestRuntimes {
    static let crun = Result { () throws(IsolationError) in try driver("crun") }
    static let gvisor = Result { () throws(IsolationError) in try driver("gvisor") }

    static func driver(_ name: String) throws(IsolationError) -> OCIDriver {
        guard let runtime = OCIRuntime.builtIn.first(where: { $0.name == name }) else {
            throw IsolationError(.unavailable, step: "test", message: "no runtime \(name)")
        }
        return try OCIDriver(OCIConfiguration(runtime: runtime))
    }

    static func checks(_ kind: OCIRuntime.Kind) async throws -> [ConformanceCheck] {
        guard let driver = try? (kind == .crun ? crun : gvisor).get() else { return [] }
        let status = await driver.status()
        guard let enforcement = status.enforcement else { return [] }
        return IsolationConformance.checks(for: enforcement, kernel: driver.properties.kernel)
    }
}
