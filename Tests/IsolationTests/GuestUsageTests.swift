// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem
import Testing

@testable import Isolation

/// What a machine tells of its programs.
@Suite struct GuestUsageTests {
    private static func usage(_ kills: UInt64) -> ProgramUsage {
        ProgramUsage(memoryBytes: 1, memoryPeakBytes: 2, memoryKills: kills, processRefusals: 4)
    }

    private static func asked(_ guest: SharedDescriptor) throws -> Int {
        let (bytes, _) = try #require(try Descriptors.receive(from: guest.raw, upTo: Frame.chunkBytes))
        var buffer = FrameBuffer()
        buffer.append(bytes)
        var count = 0
        while let (type, payload) = try buffer.next() {
            if case .measure = try HostMessage(type: type, payload: payload) { count += 1 }
        }
        return count
    }

    @Test func theLastOneToldIsKnownAndNobodyIsAskedTwice() async throws {
        let (host, guest) = try Descriptors.makeSocketPair().share()
        let session = try GuestSession.open(on: host)
        #expect(session.programUsage == nil)
        session.measure()
        session.measure()
        #expect(try Self.asked(guest) == 1)
        session.receive(GuestMessage.usage(Self.usage(0)).encoded() + GuestMessage.usage(Self.usage(3)).encoded())
        #expect(session.programUsage == Self.usage(3))
        session.measure()
        #expect(try Self.asked(guest) == 1)
        #expect(!session.hasEnded)
        session.close()
    }
}
