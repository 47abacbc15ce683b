// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

@testable import Engine

@Suite struct ComputerLifeTests {
    // MARK: Making

    @Test func aComputerHasAnIdAndSecretsOfItsOwn() async throws {
        let all = try await FakeComputers()
        let one = try await all.create()
        let other = try await all.create { $0.allowsPublicTraffic = false }
        #expect(one.id.wholeMatch(of: /i[a-z0-9]{19}/) != nil)
        #expect(one.accessToken.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        #expect(one.accessToken != other.accessToken && one.id != other.id)
        #expect(one.trafficToken == nil)
        #expect(other.trafficToken?.count == 64 && other.trafficToken != other.accessToken)
        #expect(one.state == .running && one.templateID == "base")
        #expect(one.started == FakeClock.start && one.ends == FakeClock.start.addingTimeInterval(300))
        #expect((one.processors, one.memoryBytes, one.diskBytes) == (2, 1 << 30, 512 << 20))
        #expect(!one.request.wantsInternet, "there is no way out, so none is promised")
    }

    @Test func whatCannotBeMadeIsRefused() async throws {
        let all = try await FakeComputers()
        await expect(.notFound) { _ = try await all.create { $0.template = "windows" } }
        await expect(.invalidArgument) { _ = try await all.create { $0.timeoutSeconds = 0 } }
        await expect(.invalidArgument) { _ = try await all.create { $0.timeoutSeconds = 31 * 24 * 3600 } }
        await expect(.invalidArgument) { _ = try await all.create { $0.environment = ["A=B": "c"] } }
        await expect(.invalidArgument) { _ = try await all.create { $0.pauseKeepsMemory = false } }
        #expect(all.bodies.isEmpty)
        for name in ["base", "code-interpreter-v1", "base:default"] {
            #expect(await all.manager.hasTemplate(name, owner: "me"))
        }
        #expect(!(await all.manager.hasTemplate("windows", owner: "me")))
    }

    @Test func othersDoNotFindIt() async throws {
        let all = try await FakeComputers()
        let id = try await all.create().id
        #expect(await all.manager.list(owner: "you").isEmpty)
        await expect(.notFound) { _ = try await all.manager.info(id, owner: "you") }
        await expect(.notFound) { try await all.manager.kill(id, owner: "you") }
        await expect(.notFound) { try await all.manager.pause(id, owner: "you", keepsMemory: true) }
        await expect(.notFound) { _ = try await all.manager.snapshot(id, owner: "you", name: nil) }
        #expect(try await all.manager.info(id, owner: "me").state == .running)
    }

    @Test func theNewestComesFirst() async throws {
        let all = try await FakeComputers()
        var ids: [String] = []
        for _ in 0..<3 {
            ids.append(try await all.create().id)
            all.time.advance(seconds: 1)
        }
        #expect(await all.manager.list(owner: "me").map(\.id) == ids.reversed())
    }

    // MARK: Time

    @Test func whenTheTimeIsUpItIsKilled() async throws {
        let all = try await FakeComputers()
        let (id, body, computer) = try await all.started { $0.timeoutSeconds = 60 }
        all.time.advance(seconds: 59)
        #expect(try await all.manager.info(id, owner: "me").state == .running)
        all.time.advance(seconds: 1)
        await computer.untilGone()
        await expect(.gone) { _ = try await all.manager.computer(id) }
        await expect(.notFound) { _ = try await all.manager.info(id, owner: "me") }
        await all.eventually { body.state.withLock { $0.isDestroyed } }
    }

    @Test func theEndCanBeMovedBothWays() async throws {
        let all = try await FakeComputers()
        let (id, _, computer) = try await all.started { $0.timeoutSeconds = 60 }
        try await all.manager.setTimeout(id, owner: "me", seconds: 600)
        all.time.advance(seconds: 60)
        #expect(try await all.manager.info(id, owner: "me").ends == FakeClock.start.addingTimeInterval(600))
        try await all.manager.setTimeout(id, owner: "me", seconds: 5)
        #expect(try await all.manager.info(id, owner: "me").ends == FakeClock.start.addingTimeInterval(65))
        all.time.advance(seconds: 5)
        await computer.untilGone()
        await expect(.gone) { _ = try await all.manager.computer(id) }
    }

    @Test func aTimeoutOfZeroIsNow() async throws {
        let all = try await FakeComputers()
        let (id, body, _) = try await all.started()
        try await all.manager.setTimeout(id, owner: "me", seconds: 0)
        #expect(body.state.withLock { $0.isDestroyed })
        await expect(.notFound) { _ = try await all.manager.info(id, owner: "me") }

        let other = try await all.started { $0.pausesAtTimeout = true }
        try await all.manager.setTimeout(other.id, owner: "me", seconds: -1)
        #expect(try await all.manager.info(other.id, owner: "me").state == .paused)
    }

    @Test func connectingNeverShortens() async throws {
        let all = try await FakeComputers()
        let before = try await all.create()
        all.time.advance(seconds: 1)
        let short = try await all.manager.connect(before.id, owner: "me", seconds: 10)
        #expect(!short.resumed && short.info == before)
        let long = try await all.manager.connect(before.id, owner: "me", seconds: 600)
        #expect(!long.resumed && long.info.ends == FakeClock.start.addingTimeInterval(601))
        await expect(.invalidArgument) { _ = try await all.manager.connect(before.id, owner: "me", seconds: 0) }
    }

    // MARK: Pause

    @Test func aPausedComputerGoesOnWhereItWas() async throws {
        let all = try await FakeComputers()
        let (id, body, computer) = try await all.started { $0.timeoutSeconds = 60 }
        let process = try await computer.start(ComputerProcessRequest(command: "sleep"))
        try await all.manager.pause(id, owner: "me", keepsMemory: true)
        await computer.untilGone()
        #expect(body.state.withLock { $0.isFrozen && !$0.isDestroyed })
        await expect(.conflict) { try await all.manager.pause(id, owner: "me", keepsMemory: true) }
        await expect(.gone) { _ = try await all.manager.computer(id) }
        await expect(.gone) { _ = try await computer.start(ComputerProcessRequest(command: "true")) }
        await expect(.notFound) { try await all.manager.setTimeout(id, owner: "me", seconds: 9) }
        #expect(await all.manager.running().isEmpty)

        all.time.advance(seconds: 3600)
        #expect(try await all.manager.info(id, owner: "me").state == .paused, "a pause has no end")
        let (info, resumed) = try await all.manager.connect(id, owner: "me", seconds: 30)
        #expect(resumed && info.state == .running && info.ends == FakeClock.start.addingTimeInterval(3630))
        #expect(!body.state.withLock { $0.isFrozen })
        let again = try await all.manager.computer(id)
        #expect(again.accessToken == computer.accessToken)
        #expect(try await again.process(.pid(process.pid)) === process)

        all.time.advance(seconds: 30)
        await again.untilGone()
        await expect(.notFound) { _ = try await all.manager.info(id, owner: "me") }
    }

    @Test func itPausesAtTheEndOfItsTimeAndWakesOnTraffic() async throws {
        let all = try await FakeComputers()
        let (id, body, computer) = try await all.started {
            $0.pausesAtTimeout = true
            $0.resumesOnTraffic = true
        }
        all.time.advance(seconds: 300)
        await computer.untilGone()
        await all.eventually { body.state.withLock { $0.isFrozen } }
        let woken = try await all.manager.computer(id)
        #expect(woken === computer && !body.state.withLock { $0.isFrozen })
        #expect(try await all.manager.info(id, owner: "me").ends == FakeClock.start.addingTimeInterval(600))
    }

    @Test func trafficDoesNotWakeOneThatDoesNotWantIt() async throws {
        let all = try await FakeComputers()
        let id = try await all.create().id
        try await all.manager.pause(id, owner: "me", keepsMemory: true)
        await expect(.gone) { _ = try await all.manager.computer(id) }
        #expect(try await all.manager.info(id, owner: "me").state == .paused)
    }

    @Test func aPauseOfFilesOnlyMakesANewSandboxFromThem() async throws {
        let all = try await FakeComputers()
        let (id, body, computer) = try await all.started { $0.resumesOnTraffic = true }
        body.state.withLock { $0.files = "what was written" }
        try await all.manager.pause(id, owner: "me", keepsMemory: false)
        await computer.untilGone()
        #expect(body.state.withLock { $0.isDestroyed } && all.archives.count == 1)
        let paused = try await all.manager.info(id, owner: "me")
        #expect(paused.state == .paused && !paused.keepsMemory)
        await expect(.gone) { _ = try await all.manager.computer(id) }

        let (info, resumed) = try await all.manager.connect(id, owner: "me", seconds: 60)
        #expect(resumed && info.id == id && info.accessToken == computer.accessToken && info.keepsMemory)
        #expect(all.bodies.count == 2 && all.bodies[1].state.withLock { $0.files } == "what was written")
        #expect(all.archives.isEmpty)
        #expect(try await all.manager.computer(id) !== computer)
    }

    @Test func pausedOnesCanBeKilled() async throws {
        let all = try await FakeComputers()
        let frozen = try await all.create().id
        let stored = try await all.create().id
        try await all.manager.pause(frozen, owner: "me", keepsMemory: true)
        try await all.manager.pause(stored, owner: "me", keepsMemory: false)
        try await all.manager.kill(frozen, owner: "me")
        try await all.manager.kill(stored, owner: "me")
        #expect(all.living == 0 && all.archives.isEmpty)
        await expect(.notFound) { try await all.manager.kill(stored, owner: "me") }
    }

    // MARK: Limits

    @Test func pausedOnesCountWhileTheyHoldMemory() async throws {
        let all = try await FakeComputers { $0.most = 2 }
        let first = try await all.create().id
        _ = try await all.create()
        try await all.manager.pause(first, owner: "me", keepsMemory: true)
        await expect(.resourceExhausted) { _ = try await all.create() }
        _ = try await all.manager.connect(first, owner: "me", seconds: 60)
        try await all.manager.pause(first, owner: "me", keepsMemory: false)
        let third = try await all.create().id
        await expect(.resourceExhausted) { _ = try await all.manager.connect(first, owner: "me", seconds: 60) }
        try await all.manager.kill(third, owner: "me")
        #expect(try await all.manager.connect(first, owner: "me", seconds: 60).resumed)
    }

    @Test func anOwnerHasABoundOfItsOwn() async throws {
        let all = try await FakeComputers { $0.mostPerOwner = 1 }
        _ = try await all.create()
        await expect(.resourceExhausted) { _ = try await all.create() }
        _ = try await all.create { $0.owner = "you" }
    }

    // MARK: What it used

    @Test func itIsMeasuredEveryFiveSecondsForAnHour() async throws {
        let all = try await FakeComputers()
        let (id, body, _) = try await all.started { $0.timeoutSeconds = 100_000 }
        func points() async throws -> [ComputerMetrics] {
            try await all.manager.metrics(id, owner: "me", from: nil, to: nil)
        }
        #expect(try await points().count == 1)
        body.state.withLock { $0.usage = BodyUsage(cpu: .seconds(5), memoryBytes: 7, diskBytes: 8) }
        await all.eventually { all.time.sleepers == 2 }
        all.time.advance(seconds: 5)
        await all.eventually { (try? await points().count) == 2 }
        let last = try #require(try await points().last)
        #expect(
            last.cpuPercent == 50 && last.memoryUsedBytes == 7 && last.diskUsedBytes == 8
                && last.memoryTotalBytes == 1 << 30)
        #expect(
            try await all.manager.metrics(id, owner: "me", from: nil, to: FakeClock.start.addingTimeInterval(-1))
                .isEmpty)
        #expect(
            try await all.manager.metrics(id, owner: "me", from: FakeClock.start.addingTimeInterval(1), to: nil).count
                == 1)

        try await all.manager.kill(id, owner: "me")
        all.time.advance(seconds: 5)
        await all.eventually { all.time.sleepers == 0 }
    }

    @Test func theLogSaysWhatHappened() async throws {
        let all = try await FakeComputers()
        let (id, _, _) = try await all.started()
        try await all.manager.pause(id, owner: "me", keepsMemory: true)
        #expect(
            try await all.manager.logs(id, owner: "me").map(\.message) == [
                "computer started from base", "computer paused, memory kept",
            ])
        let log = ComputerLog(clock: all.time.clock)
        for number in 0..<(ComputerLog.mostLines + 5) { log.add("\(number)") }
        #expect(log.lines.count == ComputerLog.mostLines && log.lines.first?.message == "5")
    }
}
