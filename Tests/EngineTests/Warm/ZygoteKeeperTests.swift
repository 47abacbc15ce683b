// SPDX-License-Identifier: Apache-2.0
import Isolation
import Logging
import Synchronization
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct ZygoteKeeperTests {
    /// One that was replaced ends a little later; a server that ends meanwhile waits for that.
    @Test func zygotesThatAreBeingReplacedAreGoneWhenItIsClosed() async throws {
        let driver = FakeSandboxDriver()
        let spec = ZygoteSpec(
            name: "python", program: "/usr/bin/python3", entry: "a.py", modules: ["json"], environment: [:])
        let keeper = ZygoteKeeper(
            driver: driver, specs: [spec], configuration: WarmConfiguration(mostBirths: 0),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        _ = try #require(await keeper.zygote("python"))
        // Old at once: it is given a last time, and another one is started.
        _ = try #require(await keeper.zygoteIfReady("python"))
        await keeper.close()
        #expect(driver.living.load(ordering: .relaxed) == 0)
    }
}
