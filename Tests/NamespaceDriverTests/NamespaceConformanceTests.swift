// SPDX-License-Identifier: Apache-2.0
import Isolation
import IsolationConformance
import NamespaceDriver
import Testing

/// The driver-independent suite, as whoever runs the tests: root, and once more as an ordinary user.
@Suite(.serialized) struct NamespaceConformanceTests {
    private static let driver = Result { try NamespaceDriver(TestHost.configuration) }

    @Test(arguments: IsolationConformance.checks)
    func conforms(_ check: ConformanceCheck) async throws {
        try await check.run(on: try Self.driver.get())
    }
}
