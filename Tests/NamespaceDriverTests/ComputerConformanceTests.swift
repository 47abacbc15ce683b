// SPDX-License-Identifier: Apache-2.0
import Isolation
import IsolationConformance
import Testing

@testable import NamespaceDriver

/// What the profile `computer` must show: its users, its files, its walls, its terminals.
@Suite(.serialized) struct ComputerConformanceTests {
    private static let driver = Result { try NamespaceDriver(TestHost.configuration) }

    @Test(.timeLimit(.minutes(2)), arguments: IsolationConformance.computerChecks)
    func conforms(_ check: ConformanceCheck) async throws {
        try await check.run(on: try Self.driver.get())
    }
}
