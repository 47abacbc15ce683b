// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

@testable import Engine

/// Things that happen to one computer at the same time.
@Suite struct ComputerRaceTests {
    @Test func fiftyAtOnceStayWithinTheBounds() async throws {
        let all = try await FakeComputers {
            $0.most = 20
            $0.creations = 4
        }
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { (try? await all.create()) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 20 && all.living == 20)
        #expect(all.mostMaking <= 4)
        #expect(Set(await all.manager.list(owner: "me").map(\.id)).count == 20)
        await all.manager.shutDown()
        #expect(all.living == 0)
    }

    @Test func whoGoesAwayWhileItIsMadeLeavesNothing() async throws {
        let all = try await FakeComputers(opened: false)
        let call = Task { try await all.create() }
        await all.eventually { all.mostMaking == 1 }
        call.cancel()
        all.making.open()
        await #expect(throws: ComputerError.self) { try await call.value }
        #expect(all.bodies.count == 1 && all.living == 0)
        #expect(await all.manager.list(owner: "me").isEmpty)
        _ = try await all.create()
    }

    @Test func whatIsMadeWhileTheServerStopsIsRemoved() async throws {
        let all = try await FakeComputers(opened: false) { $0.creations = 1 }
        let calls = (0..<3).map { _ in Task { try await all.create() } }
        await all.eventually { all.mostMaking == 1 }
        let stop = Task { await all.manager.shutDown() }
        await all.eventually { await all.manager.isClosed }
        all.making.open()
        await stop.value
        #expect(all.living == 0)
        for call in calls { await expect(.resourceExhausted) { _ = try await call.value } }
        #expect(all.bodies.count == 1, "those that waited were not made at all")
    }

    @Test func twoConnectsResumeOnce() async throws {
        let all = try await FakeComputers()
        let (id, body, _) = try await all.started()
        try await all.manager.pause(id, owner: "me", keepsMemory: false)
        async let one = all.manager.connect(id, owner: "me", seconds: 60)
        async let two = all.manager.connect(id, owner: "me", seconds: 600)
        let resumed = try await [one.resumed, two.resumed]
        #expect(resumed.count { $0 } == 1)
        #expect(all.bodies.count == 2 && all.living == 1 && body.state.withLock { $0.isDestroyed })
        #expect(try await all.manager.info(id, owner: "me").ends == FakeClock.start.addingTimeInterval(600))
    }

    @Test func aKillDoesNotWaitForAPause() async throws {
        let all = try await FakeComputers()
        let (id, body, computer) = try await all.started()
        let freezing = Latch()
        body.state.withLock { $0.freezing = freezing }
        let pause = Task { try await all.manager.pause(id, owner: "me", keepsMemory: true) }
        await computer.untilGone()
        let kill = Task { try await all.manager.kill(id, owner: "me") }
        await all.eventually { body.state.withLock { $0.isDestroyed } }
        #expect(await all.manager.list(owner: "me").isEmpty)
        freezing.open()
        try await kill.value
        await expect(.notFound) { try await pause.value }
        #expect(all.living == 0)
    }

    @Test func aKillWhileItIsResumedLeavesNothing() async throws {
        let all = try await FakeComputers(opened: true)
        let id = try await all.create().id
        try await all.manager.pause(id, owner: "me", keepsMemory: false)
        async let connected: Void = { _ = try? await all.manager.connect(id, owner: "me", seconds: 60) }()
        async let killed: Void = { try? await all.manager.kill(id, owner: "me") }()
        _ = await (connected, killed)
        #expect(all.living == 0 && all.archives.isEmpty)
        #expect(await all.manager.list(owner: "me").isEmpty)
    }

    @Test func aSandboxThatDiesTakesItsComputerWithIt() async throws {
        let all = try await FakeComputers()
        let (id, body, computer) = try await all.started()
        let process = try await computer.start(ComputerProcessRequest(command: "sleep"))
        let listener = process.listen()
        body.state.withLock { $0.programs }.first?.fail()
        #expect(await listener.next() == nil)
        await computer.untilGone()
        await expect(.notFound) { _ = try await all.manager.info(id, owner: "me") }
        await all.eventually { all.living == 0 }
    }
}
