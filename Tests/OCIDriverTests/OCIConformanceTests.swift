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

    @Test(arguments: try await TestRuntimes.checks(.runsc))
    func gVisorConforms(_ check: ConformanceCheck) async throws {
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
