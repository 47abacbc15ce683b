// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem
import Testing

@testable import Isolation

/// Programs that are started behind their files, without waiting for the files.
@Suite(.timeLimit(.minutes(1))) struct GuestInputTests {
    private struct Started {
        let session: GuestSession
        let guest: SharedDescriptor
        let starting: Task<GuestProgram, any Error>

        /// What the guest was sent so far.
        func messages() throws -> [HostMessage] {
            var buffer = FrameBuffer()
            var messages: [HostMessage] = []
            try Descriptors.setNonBlocking(guest.raw)
            while let (bytes, _) = try Descriptors.receive(from: guest.raw, upTo: Frame.chunkBytes), !bytes.isEmpty {
                buffer.append(bytes)
                while let (type, payload) = try buffer.next() {
                    messages.append(try HostMessage(type: type, payload: payload))
                }
            }
            return messages
        }
    }

    /// Two files, which are requests 1 and 2, and the program behind them, which is 3.
    private func start() throws -> Started {
        let (host, guest) = try Descriptors.makeSocketPair().share()
        let session = try GuestSession.open(on: host)
        let files = [GuestInput(path: "a", content: [1]), GuestInput(path: "b", content: [])]
        let starting = Task.immediate {
            try await session.start(
                ProgramSpec(arguments: ["/bin/true"], environment: [:], directory: "/"), behind: files)
        }
        return Started(session: session, guest: guest, starting: starting)
    }

    @Test func allIsSentAtOnceTheFilesFirst() async throws {
        let started = try start()
        let names = try started.messages().map { message in
            switch message {
            case .putFile(_, let root, let path, let mode, _, let data, true): "\(root)/\(path) \(mode) \(data)"
            case .start(let process, _): "start \(process)"
            default: "other"
            }
        }
        #expect(names == ["/home/user/a 420 [1]", "/home/user/b 420 []", "start 3"])
        started.session.receive(GuestMessage.done(request: 1).encoded() + GuestMessage.done(request: 2).encoded())
        started.session.receive(GuestMessage.started(process: 3, pid: 7).encoded())
        #expect(try await started.starting.value.pid == 7)
        started.session.close()
    }

    @Test func withoutOneOfItsFilesTheProgramIsKilledAndTheFilesFailureTold() async throws {
        let started = try start()
        let full = GuestMessage.failed(request: 1, number: Errno.noSpace, what: "write a")
        started.session.receive(full.encoded())
        started.session.receive(GuestMessage.failed(request: 2, number: 5, what: "write b").encoded())
        _ = try started.messages()
        started.session.receive(GuestMessage.started(process: 3, pid: 7).encoded())
        let error = await #expect(throws: GuestRequestError.self) { try await started.starting.value }
        #expect(error?.isFull == true)
        #expect(try started.messages().contains(.signal(process: 3, number: 9, group: true)))
        #expect(!started.session.hasEnded)
        started.session.close()
    }

    @Test func aProgramThatCannotStartForWantOfItsFileTellsOfTheFile() async throws {
        let started = try start()
        started.session.receive(GuestMessage.failed(request: 2, number: Errno.noSpace, what: "write b").encoded())
        started.session.receive(GuestMessage.startFailed(process: 3, step: 1, number: 2).encoded())
        await #expect(throws: GuestRequestError.self) { try await started.starting.value }
        started.session.close()
    }

    @Test func aGuestThatGoesAwayFailsTheStart() async throws {
        let started = try start()
        started.session.receive(GuestMessage.done(request: 1).encoded())
        started.session.close()
        await #expect(throws: IsolationError.self) { try await started.starting.value }
    }

    /// A file is answered with a word, never with a program or a collection.
    @Test func anAnswerOfAnotherKindBreaksTheProtocol() async throws {
        let started = try start()
        started.session.receive(GuestMessage.started(process: 1, pid: 7).encoded())
        await #expect(throws: IsolationError.self) { try await started.starting.value }
    }
}
