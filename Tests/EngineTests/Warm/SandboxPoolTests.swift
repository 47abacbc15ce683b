// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation
import Logging
import NestboxCore
import Synchronization
import Testing

@testable import Engine

/// Pools and warm starts with sandboxes that are none.
@Suite struct SandboxPoolTests {
    private static let kind = SandboxKind(SandboxSpec(id: "", limits: .standard), zygote: nil)

    private static func prepared(_ name: String, age: Duration = .zero) throws -> PreparedSandbox {
        PreparedSandbox(
            sandbox: try FakeSandbox(id: name), adopted: nil, since: SuspendingClock().now.advanced(by: .zero - age),
            began: .now)
    }

    @Test(arguments: [(0, 32), (96 << 20, 10), (2 << 30, 0)])
    func sandboxesThatTakeMuchWhileTheyWaitAreFewer(_ bytes: Int, _ most: Int) {
        let properties = DriverProperties(preparedBytes: bytes)
        #expect(WarmStarts.mostPrepared(WarmConfiguration(mostPreparedBytes: 1 << 30), properties) == most)
    }

    @Test func limitsThatTheHostWatchesMakeNoKind() {
        var limits = Limits.standard
        limits.wallMilliseconds += 1
        limits.cpuMilliseconds += 1
        limits.outputBytes += 1
        #expect(SandboxKind(SandboxSpec(id: "a", limits: limits), zygote: nil) == Self.kind)
        limits.memoryBytes += 1
        #expect(SandboxKind(SandboxSpec(id: "a", limits: limits), zygote: nil) != Self.kind)
        #expect(SandboxKind(SandboxSpec(id: "", limits: .standard), zygote: "python") != Self.kind)
        #expect(SandboxKind(SandboxSpec(id: "", limits: .standard, buildBytes: 1), zygote: nil) != Self.kind)
    }

    @Test func wantsWhatWasTakenAndNoMore() throws {
        let pool = SandboxPool(kind: Self.kind, least: 0, most: 2)
        #expect(!pool.wantsOne() && pool.isIdle)
        for _ in 0..<5 { #expect(pool.take() == nil) }
        #expect(pool.wantsOne() && pool.wantsOne() && !pool.wantsOne())
        #expect(!pool.isIdle)
        pool.made(try Self.prepared("a"))
        pool.made(nil)
        #expect(pool.readyCount == 1 && pool.wantsOne())
        #expect(pool.counts.empty == 5 && pool.counts.warm == 0)
    }

    @Test func keepsTheLeastWithoutDemand() {
        let pool = SandboxPool(kind: Self.kind, least: 3, most: 2)
        #expect(pool.wantsOne() && pool.wantsOne() && !pool.wantsOne())
    }

    @Test func givesTheOldestThatIsAlive() throws {
        let pool = SandboxPool(kind: Self.kind, least: 3, most: 3)
        let dead = try Self.prepared("dead")
        for _ in 0..<3 { _ = pool.wantsOne() }
        pool.made(dead)
        pool.made(try Self.prepared("first"))
        pool.made(try Self.prepared("second"))
        dead.sandbox.guest.close()
        #expect(pool.take()?.sandbox.id == "first")
        #expect(pool.take()?.sandbox.id == "second")
        #expect(pool.take() == nil)
        // Nobody can use it, and it still has to be destroyed.
        #expect(!pool.isIdle)
        #expect(pool.drain(everything: false).map(\.sandbox.id) == ["dead"])
    }

    @Test func drainsWhatIsOldDeadOrTooMany() throws {
        let pool = SandboxPool(kind: Self.kind, least: 1, most: 4)
        let dead = try Self.prepared("dead")
        for _ in 0..<4 { _ = pool.wantsOne() }
        for one in [try Self.prepared("old", age: SandboxPool.mostAge + .seconds(1)), dead] { pool.made(one) }
        for name in ["kept", "many"] { pool.made(try Self.prepared(name)) }
        dead.sandbox.guest.close()
        #expect(Set(pool.drain(everything: false).map(\.sandbox.id)) == ["old", "dead", "many"])
        #expect(pool.drain(everything: true).map(\.sandbox.id) == ["kept"])
        #expect(pool.readyCount == 0)
    }
}

@Suite(.timeLimit(.minutes(1))) struct WarmStartsTests {
    private static let spec = SandboxSpec(id: "run", limits: .standard)

    private static func make(_ driver: FakeSandboxDriver, _ configuration: WarmConfiguration) -> WarmStarts {
        WarmStarts(
            configuration: configuration, driver: driver, python: nil, concurrency: 4,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// Takes a sandbox and destroys it, as a run does.
    private static func take(_ warm: WarmStarts, _ spec: SandboxSpec = spec) async throws -> StartKind {
        let taken = try await warm.computer(spec, interprets: false)
        try await taken.sandbox.destroy()
        return taken.start
    }

    private static func until(_ condition: () async -> Bool) async throws {
        while !(await condition()) { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test func anEmptyPoolFallsBackAndSaysSo() async throws {
        let driver = FakeSandboxDriver()
        let warm = Self.make(driver, WarmConfiguration())
        #expect(try await Self.take(warm) == .cold)
        #expect(try await Self.take(warm) == .cold)
        try await Self.until { await warm.status().prepared > 0 }
        #expect(try await Self.take(warm) == .warm)
        let status = await warm.status()
        #expect(status.warmTakes == 1 && status.emptyTakes == 1)
        await warm.close()
        #expect(driver.living.load(ordering: .relaxed) == 0)
    }

    @Test func aKindThatComesOnceGetsNoPool() async throws {
        let driver = FakeSandboxDriver()
        let warm = Self.make(driver, WarmConfiguration())
        for extra in 1...20 {
            var odd = Self.spec
            odd.limits.memoryBytes += extra
            #expect(try await Self.take(warm, odd) == .cold)
        }
        try await Task.sleep(for: .milliseconds(50))
        #expect(await warm.status().prepared == 0)
        #expect(driver.made.load(ordering: .relaxed) == 20)
        await warm.close()
    }

    @Test func neverMoreThanTheMost() async throws {
        let driver = FakeSandboxDriver()
        let warm = Self.make(driver, WarmConfiguration(mostPrepared: 3, mostPreparedOfKind: 2))
        for _ in 0..<5 {
            for extra in 0..<4 {
                var kind = Self.spec
                kind.limits.memoryBytes += extra
                _ = try await Self.take(warm, kind)
                #expect(await warm.status().prepared <= 3)
            }
        }
        try await Self.until { await warm.status().prepared == 3 }
        await warm.close()
        #expect(driver.living.load(ordering: .relaxed) == 0)
    }

    @Test func wantOfMemoryDrains() async throws {
        let driver = FakeSandboxDriver()
        let warm = Self.make(driver, WarmConfiguration(leastAvailableBytes: .max))
        for _ in 0..<3 { _ = try await Self.take(warm) }
        try await Self.until { await warm.status().prepared > 0 }
        // The first look at the house says that memory is short.
        warm.open(standard: Self.spec)
        try await Self.until { driver.living.load(ordering: .relaxed) == 0 }
        #expect(try await Self.take(warm) == .cold)
        try await Task.sleep(for: .milliseconds(50))
        #expect(driver.living.load(ordering: .relaxed) == 0)
        await warm.close()
    }

    @Test func closingWhileMakingLeavesNothing() async throws {
        for _ in 0..<20 {
            let driver = FakeSandboxDriver()
            let warm = Self.make(driver, WarmConfiguration())
            _ = try await Self.take(warm)
            _ = try await Self.take(warm)
            await warm.close()
            #expect(driver.living.load(ordering: .relaxed) == 0)
            #expect(try await Self.take(warm) == .cold)
            #expect(driver.living.load(ordering: .relaxed) == 0)
        }
    }
}
