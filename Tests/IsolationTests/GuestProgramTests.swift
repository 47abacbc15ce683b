// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem
import Testing

@testable import Isolation

/// What a guest that sends its output in many small pieces costs the host.
@Suite(.timeLimit(.minutes(1))) struct GuestProgramTests {
    /// A host that started one program, and a guest that has said so. Keep the guest: the session ends with it.
    private func started() async throws -> (session: GuestSession, guest: SharedDescriptor, program: GuestProgram) {
        let (host, guest) = try Descriptors.makeSocketPair().share()
        let session = try GuestSession.open(on: host)
        let starting = Task.immediate {
            try await session.start(ProgramSpec(arguments: ["/bin/true"], environment: [:], directory: "/"))
        }
        session.receive(GuestMessage.started(process: 1, pid: 7).encoded())
        return (session, guest, try await starting.value)
    }

    private func output(_ stream: OutputStream, _ text: String) -> [UInt8] {
        GuestMessage.output(process: 1, stream: stream, data: Array(text.utf8)).encoded()
    }

    @Test func piecesOfOneStreamWaitAsOne() async throws {
        let (session, guest, program) = try await started()
        defer { withExtendedLifetime(guest) {} }
        for _ in 0..<1000 { session.receive(output(.stdout, "a")) }
        session.receive(output(.stderr, "b"))
        session.receive(output(.stdout, "c"))
        #expect(try await program.next() == .output(.stdout, Array(repeating: UInt8(ascii: "a"), count: 1000)))
        #expect(try await program.next() == .output(.stderr, [UInt8(ascii: "b")]))
        #expect(try await program.next() == .output(.stdout, [UInt8(ascii: "c")]))
        session.close()
    }

    /// 4000 messages are far more than the queue lets pile up of what was taken.
    @Test func manyPiecesKeepTheirOrder() async throws {
        let (session, guest, program) = try await started()
        defer { withExtendedLifetime(guest) {} }
        for number in 0..<2000 {
            session.receive(output(.stdout, "\(number)"))
            session.receive(output(.stderr, "\(number)"))
        }
        for number in 0..<2000 {
            #expect(try await program.next() == .output(.stdout, Array("\(number)".utf8)))
            #expect(try await program.next() == .output(.stderr, Array("\(number)".utf8)))
        }
        session.close()
    }

    @Test func creditComesBackInLargePieces() async throws {
        let (session, guest, program) = try await started()
        let piece = String(repeating: "a", count: 1000)
        // More than the whole credit: without any coming back, this would break the protocol.
        for _ in 0..<600 {
            session.receive(output(.stdout, piece))
            #expect(try await program.next() == .output(.stdout, Array(piece.utf8)))
        }
        session.receive(output(.stdout, "end"))
        #expect(try await program.next() == .output(.stdout, Array("end".utf8)))
        var buffer = FrameBuffer()
        var grants: [Int] = []
        try Descriptors.setNonBlocking(guest.raw)
        while let (bytes, _) = try Descriptors.receive(from: guest.raw, upTo: Frame.chunkBytes), !bytes.isEmpty {
            buffer.append(bytes)
            while let (type, payload) = try buffer.next() {
                if case .grant(_, _, let count) = try HostMessage(type: type, payload: payload) {
                    grants.append(Int(count))
                }
            }
        }
        #expect(grants.count == 600_000 / 66_000)
        #expect(grants.allSatisfy { $0 >= GuestProgram.creditBytes / 4 })
        session.close()
    }

    @Test func outputWithoutBytesEndsTheSession() async throws {
        let (session, guest, program) = try await started()
        defer { withExtendedLifetime(guest) {} }
        session.receive(output(.stdout, ""))
        await #expect(throws: IsolationError.self) { try await program.next() }
    }
}
