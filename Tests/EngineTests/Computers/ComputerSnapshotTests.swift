// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

@testable import Engine

@Suite struct ComputerSnapshotTests {
    @Test func aSnapshotIsATemplate() async throws {
        let all = try await FakeComputers()
        let (id, body, computer) = try await all.started()
        body.state.withLock { $0.files = "one" }
        let snapshot = try await all.manager.snapshot(id, owner: "me", name: nil)
        #expect(snapshot.id.wholeMatch(of: /[a-z0-9]{20}:default/) != nil && snapshot.computerID == id)
        body.state.withLock { $0.files = "two" }
        #expect(try await all.manager.computer(id) === computer, "it goes on")

        let copy = try await all.create { $0.template = snapshot.id }
        #expect(copy.templateID == snapshot.id)
        #expect(all.bodies.last?.state.withLock { $0.files } == "one")
        #expect(await all.manager.hasTemplate(snapshot.id, owner: "me"))
        #expect(!(await all.manager.hasTemplate(snapshot.id, owner: "you")))
        await expect(.notFound) {
            _ = try await all.create {
                $0.template = snapshot.id
                $0.owner = "you"
            }
        }
        try await all.manager.deleteSnapshot(snapshot.id, owner: "me")
        #expect(all.archives.isEmpty && all.living == 2)
        await expect(.notFound) { try await all.manager.deleteSnapshot(snapshot.id, owner: "me") }
        await expect(.notFound) { _ = try await all.create { $0.template = snapshot.id } }
    }

    @Test func aNameCanBeTakenAgainAndIsItsOwners() async throws {
        let all = try await FakeComputers()
        let (id, body, _) = try await all.started()
        body.state.withLock { $0.files = "one" }
        let first = try await all.manager.snapshot(id, owner: "me", name: "mine")
        body.state.withLock { $0.files = "two" }
        let second = try await all.manager.snapshot(id, owner: "me", name: "mine")
        #expect(first.id == "mine:default" && second.id == first.id)
        #expect(all.archives.count == 1)
        #expect(await all.manager.snapshots(owner: "me").map(\.name) == ["mine"])
        #expect(await all.manager.snapshots(owner: "you").isEmpty)
        _ = try await all.create { $0.template = "mine" }
        #expect(all.bodies.last?.state.withLock { $0.files } == "two")
        for name in ["", "Mine", "../x", "base", String(repeating: "a", count: 129)] {
            await expect(.invalidArgument) { _ = try await all.manager.snapshot(id, owner: "me", name: name) }
        }
    }

    @Test func aForkIsACopy() async throws {
        let all = try await FakeComputers()
        let (id, body, _) = try await all.started {
            $0.metadata = ["k": "v"]
            $0.timeoutSeconds = 77
        }
        body.state.withLock { $0.files = "shared" }
        let fork = try await all.manager.fork(id, owner: "me", seconds: nil)
        let original = try await all.manager.info(id, owner: "me")
        #expect(fork.id != id && fork.accessToken != original.accessToken)
        #expect(fork.request == original.request && fork.templateID == "base")
        #expect(all.bodies.last?.state.withLock { $0.files } == "shared")
        #expect(all.archives.isEmpty)
        await expect(.notFound) { _ = try await all.manager.fork("i0000000000000000000", owner: "me", seconds: 5) }
    }

    @Test(arguments: [true, false])
    func aPausedOneCanBeCopied(keepsMemory: Bool) async throws {
        let all = try await FakeComputers()
        let (id, body, _) = try await all.started()
        body.state.withLock { $0.files = "still" }
        try await all.manager.pause(id, owner: "me", keepsMemory: keepsMemory)
        _ = try await all.manager.fork(id, owner: "me", seconds: 60)
        #expect(all.bodies.last?.state.withLock { $0.files } == "still")
        #expect(try await all.manager.info(id, owner: "me").state == .paused)
        if keepsMemory { #expect(body.state.withLock { $0.isFrozen }) }
        #expect(try await all.manager.connect(id, owner: "me", seconds: 60).resumed)
        #expect(all.archives.isEmpty)
    }

    @Test func theDiskOfTheServerIsBounded() async throws {
        let all = try await FakeComputers { $0.storedBytes = 10 }
        let (id, body, computer) = try await all.started()
        body.state.withLock { $0.files = "12345678" }
        _ = try await all.manager.snapshot(id, owner: "me", name: "a")
        await expect(.resourceExhausted) { _ = try await all.manager.snapshot(id, owner: "me", name: "b") }
        await expect(.resourceExhausted) { try await all.manager.pause(id, owner: "me", keepsMemory: false) }
        #expect(try await all.manager.computer(id) === computer, "what cannot be paused goes on")
        #expect(all.archives.count == 1)
        try await all.manager.deleteSnapshot("a", owner: "me")
        _ = try await all.manager.snapshot(id, owner: "me", name: "b")
    }

    @Test func snapshotsOutliveTheServerAndLeftoversDoNot() async throws {
        let all = try await FakeComputers()
        let (id, body, _) = try await all.started()
        body.state.withLock { $0.files = "kept" }
        let snapshot = try await all.manager.snapshot(id, owner: "me", name: nil)
        await all.manager.shutDown()
        let mode = try FileManager.default.attributesOfItem(atPath: all.directory + "/archives/" + all.archives[0])[
            .posixPermissions]
        #expect(mode as? Int == 0o600)
        let left = all.directory + "/archives/left.tar.part"
        #expect(FileManager.default.createFile(atPath: left, contents: nil))

        let again = try await ComputerManager(
            ComputerConfiguration(directory: all.directory), clock: all.time.clock, logger: all.manager.logger,
            makeBody: all.manager.makeBody)
        #expect(await again.snapshots(owner: "me") == [snapshot])
        #expect(all.archives.count == 1)
        _ = try await again.create(ComputerRequest(owner: "me", template: snapshot.id))
        #expect(all.bodies.last?.state.withLock { $0.files } == "kept")
        await again.shutDown()
    }
}
