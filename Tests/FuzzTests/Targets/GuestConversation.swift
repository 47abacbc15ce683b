// SPDX-License-Identifier: Apache-2.0
import Dispatch
import GuestWire
import LinuxSystem
import NestboxCore
import Synchronization

@testable import Isolation

/// A guest that says anything at any time, against what the host asks of it. An input is a list of moves: the host asks,
/// the host changes its mind, the guest says something.
enum GuestConversation {
    /// Far more than any conversation needs, also beside a machine full of tests; a request that is not over by then never
    /// will be.
    private static let patience = DispatchTimeInterval.seconds(120)

    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let host = try HostSide()
        var moves = 0
        while !input.isEmpty, moves < 64 {
            moves += 1
            switch input.byte() % 16 {
            case 0: host.put(bytes: input.number(below: 256) * 1000)
            case 1: host.start(stdin: input.number(below: 8) * 50_000)
            case 2: host.collect(files: input.byte(), fileBytes: input.byte(), totalBytes: input.byte())
            case 3: host.killAll()
            case 4: host.setUp()
            case 5: host.cancel(Int(input.byte()))
            case 6: host.guestSays(input.bytes())
            default: host.guestSays(message(&input).encoded())
            }
        }
        try host.finish(within: patience)
    }

    /// Something a guest can say, with numbers that are likely to mean something.
    private static func message(_ input: inout FuzzInput) -> GuestMessage {
        let kind = input.number(below: 14)
        var number = UInt32(input.byte())
        if number > 128 { number = input.word() }
        switch kind {
        case 0: return .ready(generation: number)
        case 1: return .setupFailed(index: number, number: Int32(bitPattern: input.word()), call: input.text())
        case 2: return .started(process: number, pid: Int32(bitPattern: input.word()))
        case 3: return .startFailed(process: number, step: input.byte(), number: Int32(input.byte()))
        case 4:
            return .output(process: number, stream: input.flag() ? .stdout : .stderr, data: input.bytes())
        case 5:
            let data = [UInt8](repeating: 0x61, count: input.number(below: 256) * 1000)
            return .output(process: number, stream: input.flag() ? .stdout : .stderr, data: data)
        case 6: return .stdinGrant(process: number, bytes: input.flag() ? UInt32(input.byte()) : input.word())
        case 7:
            let end = input.flag() ? ProcessEnd.exited(code: input.byte()) : .signaled(input.byte())
            let space = ScratchSpace(
                totalBytes: .max, freeBytes: 0, totalInodes: UInt64(input.byte()), freeInodes: .max)
            return .exited(process: number, end: end, space: space)
        case 8, 9: return .done(request: number)
        case 10: return .failed(request: number, number: Int32(bitPattern: input.word()), what: input.text())
        case 11:
            let skip = CollectSkip(rawValue: input.byte()) ?? .none
            return .file(request: number, path: input.bytes(), size: UInt64(input.word()), skip: skip)
        case 12: return .fileData(request: number, data: input.bytes())
        default: return .collected(request: number, complete: input.flag())
        }
    }
}

/// Asks, and remembers what was asked and what the guest said to it.
private final class HostSide: Sendable {
    private enum Asked {
        case setUp, write, start
        case collect(CollectSpec)
    }

    private struct Request {
        var asked: Asked
        var task: Task<Void, Never>
    }

    private struct State {
        var requests: [Request] = []
        var findings: [FuzzFinding] = []
        var said = FrameBuffer()
        var messages: Set<GuestMessage> = []
        var saysNothingMore = false
        var isSetUp = false
    }

    private let session: GuestSession
    /// The guest's end, which nobody reads: what the host says waits in the socket, and then in the host.
    private let guest: SharedDescriptor
    private let state = Mutex(State())
    private let over = DispatchSemaphore(value: 0)

    init() throws {
        let (host, guest) = try Descriptors.makeSocketPair().share()
        self.guest = guest
        session = try GuestSession.open(on: host)
    }

    // MARK: Moves

    /// Once: a sandbox is set up by whoever has just made it.
    func setUp() {
        let isFirst = state.withLock { state in
            defer { state.isSetUp = true }
            return !state.isSetUp
        }
        guard isFirst else { return }
        ask(.setUp) { session in
            try await session.setUp([.dieWithHost, .enterRoot], descriptors: [])
            try self.expectSaid(.ready(generation: Frame.generation))
        }
    }

    func put(bytes count: Int) {
        ask(.write) { session in
            try await session.put([UInt8](repeating: 0x62, count: count), at: "a/b", root: "/home/user", mode: 0o644)
            try self.expectDone()
        }
    }

    func killAll() {
        ask(.write) { session in
            try await session.killAll()
            try self.expectDone()
        }
    }

    func collect(files: UInt8, fileBytes: UInt8, totalBytes: UInt8) {
        let spec = CollectSpec(
            root: "/home/user", patterns: ["*"], mostFiles: UInt32(files), mostFileBytes: UInt64(fileBytes),
            mostTotalBytes: UInt64(totalBytes), mostEntries: 100, mostDepth: 8)
        ask(.collect(spec)) { session in
            let files = try await session.collect(spec).files
            try hold(files.count <= Int(spec.mostFiles), "\(files.count) files, asked for \(spec.mostFiles)")
            let total = files.reduce(0) { $0 + $1.content.count }
            try hold(total <= Int(spec.mostTotalBytes), "\(total) bytes, asked for \(spec.mostTotalBytes)")
            for file in files { try Self.check(file, spec) }
        }
    }

    private static func check(_ file: GuestFile, _ spec: CollectSpec) throws(FuzzFinding) {
        try hold(file.content.count <= Int(spec.mostFileBytes), "a file of \(file.content.count) bytes")
        try hold(file.skip == .none || file.content.isEmpty, "a file that was left out has content")
        try hold(UInt64(file.content.count) <= file.size, "\(file.content.count) bytes of a file of \(file.size)")
        try hold(Paths.staysBeneath(file.path), "the path of a file leads away: \(file.path)")
        try hold(file.path.count <= CollectSpec.mostPathBytes, "a path of \(file.path.count) bytes")
    }

    func start(stdin count: Int) {
        ask(.start) { session in
            let program = try await session.start(
                ProgramSpec(arguments: ["/bin/true"], environment: [:], directory: "/home/user"))
            async let fed: Void = program.write([UInt8](repeating: 0x63, count: count))
            var hasEnded = false
            while let event = try await program.next() {
                if hasEnded { throw FuzzFinding("\(event) came after the end") }
                switch event {
                // Credit counts bytes, so only bytes may cost the host anything.
                case .output(_, let data): try hold(!data.isEmpty, "an event without bytes costs no credit")
                case .ended: hasEnded = true
                }
            }
            try hold(hasEnded, "events ended without an end")
            try await fed
        }
    }

    func cancel(_ index: Int) {
        let requests = state.withLock { $0.requests }
        if !requests.isEmpty { requests[index % requests.count].task.cancel() }
    }

    func guestSays(_ bytes: [UInt8]) {
        state.withLock { state in
            guard !state.saysNothingMore else { return }
            state.said.append(bytes)
            do throws(WireError) {
                while let (type, payload) = try state.said.next() {
                    state.messages.insert(try GuestMessage(type: type, payload: payload))
                }
            } catch {
                state.saysNothingMore = true
            }
        }
        session.receive(bytes)
    }

    // MARK: Answers

    /// Starts the request on this thread, so that it is under way when this returns.
    private func ask(_ asked: Asked, _ body: @escaping @Sendable (GuestSession) async throws -> Void) {
        let task = Task.immediate(priority: .high) { [session] in
            do {
                try await body(session)
            } catch let finding as FuzzFinding {
                self.state.withLock { $0.findings.append(finding) }
            } catch {
                self.note(error)
            }
            self.over.signal()
        }
        state.withLock { $0.requests.append(Request(asked: asked, task: task)) }
    }

    /// Requests end with errors that callers know.
    private func note(_ error: any Error) {
        switch error {
        case is IsolationError, is CancellationError, is ProgramStartError, is GuestRequestError: break
        default: state.withLock { $0.findings.append(FuzzFinding("a request ended with \(error)")) }
        }
    }

    private func expectSaid(_ message: GuestMessage) throws(FuzzFinding) {
        let wasSaid = state.withLock { $0.messages.contains(message) }
        try hold(wasSaid, "the host believes \(message), which the guest never said")
    }

    private func expectDone() throws(FuzzFinding) {
        let wasSaid = state.withLock { state in
            state.messages.contains { if case .done = $0 { true } else { false } }
        }
        try hold(wasSaid, "a request is done although the guest never said so")
    }

    /// Ends the conversation. Every request is over then, whatever was said.
    func finish(within patience: DispatchTimeInterval) throws {
        session.close()
        let deadline = DispatchTime.now() + patience
        let requests = state.withLock { $0.requests }
        for (index, request) in requests.enumerated() where over.wait(timeout: deadline) == .timedOut {
            for request in requests { request.task.cancel() }
            throw FuzzFinding("\(requests.count - index) requests never ended, such as \(request.asked)")
        }
        if let finding = state.withLock({ $0.findings.first }) { throw finding }
    }
}
