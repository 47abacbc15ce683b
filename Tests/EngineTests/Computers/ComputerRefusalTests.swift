// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Logging
import Testing

@testable import Engine

/// A server whose driver makes no computers says so, and does not blame itself.
@Suite struct ComputerRefusalTests {
    @Test func aDriverWithoutComputersIsARefusal() async throws {
        let directory = NSTemporaryDirectory() + "/nestbox-computers-" + ComputerSecret.word(12)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let manager = try await ComputerManager(
            ComputerConfiguration(directory: directory), clock: FakeClock().clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            makeBody: { _, _, _ throws(IsolationError) in
                throw .lacks(.computer, because: "the driver 'gvisor' offers the profile 'run' only")
            })
        let error = try await #require(throws: ComputerError.self) {
            try await manager.create(ComputerRequest(owner: "me", template: "base"))
        }
        #expect(error.code == .unimplemented && error.message.contains("'gvisor'"))
        await manager.shutDown()
    }
}
