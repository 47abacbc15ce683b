// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Testing

/// One of every message, with values that show when fields are mixed up.
enum SampleMessages {
    static let steps: [GuestStep] = [
        .setIdentity(user: 1, group: 2, dropGroups: true), .dieWithHost, .unshareCgroup, .setHostname("box"),
        .bringLoopbackUp, .setOOMScore(-3), .makeMountsPrivate, .mountRoot(bytes: 4, inodes: 5),
        .makeDirectory(path: "/a", mode: 0o755), .writeFile(path: "/b", mode: 0o644, content: [0, 255]),
        .makeSymlink(path: "/c", target: "d"), .bind(hostPath: "/e", path: "/f", attributes: 6),
        .attach(index: 7, path: "/g"),
        .mountScratch(
            bytes: 8, inodes: 9, directories: [.init(path: "/h", mode: 10, user: 11, group: 12, attributes: 13)]),
        .mountProc(path: "/proc", hidesOthers: true), .mountTerminals(path: "/pts"), .mask(path: "/i"),
        .makeReadOnly(path: "/j"), .enterRoot,
        .sealRoot, .prepareLandlock(handled: 14, scope: 15, rules: [.init(path: "/k", access: 16)]),
        .prepareSeccomp(program: [1, 2, 3, 4, 5, 6, 7, 8]), .prepareLimits([.init(resource: 17, soft: 18, hard: .max)]),
        .prepareIdentity(user: 19, group: 20, dropGroups: false, mask: 0o22),
        .protectAgent(keep: 21, noNewPrivileges: true),
        .ownInodes(path: "/l"), .copyFile(hostPath: "/m", path: "/n", mode: 0o444),
        .cover(path: "/o", content: [22]), .mountWritableRoot(bytes: 23, inodes: 24), .ownTree(path: "/p"),
        .setOwner(path: "/q", user: 25, group: 26), .mountSetuid(path: "/r", content: [27]),
        .allowRoot(capabilities: 28),
        .enterSeccomp(program: [8, 7, 6, 5, 4, 3, 2, 1]),
        .mountPreparedRoot(index: 29, layers: ["s", "t"]), .attachOwn(index: 30, path: "/u"),
        .maskAll(paths: ["/v", "/w"]), .coverWithRandomID(path: "/x"),
        .become(arguments: ["/bin/a", "b"], environment: ["C=d"], directory: "/e", descriptors: 1),
        .useScratch(path: "/f"), .useTerminals(path: "/g"),
        .hideDirectory(path: "/h"),
        .renewMachine(entropy: [31, 32], seconds: 1 << 33, nanoseconds: 34), .mountSharedRoot(tag: "s", layers: ["t"]),
        .mountShare(tag: "u", path: "/v"), .limitPrograms(memoryBytes: 1 << 35, processes: 36),
    ]

    static let host: [HostMessage] = [
        .setup(generation: 1, steps: steps),
        .putFile(request: 1, root: "/r", path: "p/q", mode: 0o600, offset: 1 << 40, data: [9, 8], last: true),
        .start(
            process: 2,
            spec: ProcessSpec(
                program: "/bin/x", arguments: ["x", ""], environment: ["A=é"], directory: "/d", outputCredit: 3,
                endsSandboxProcesses: true)),
        .start(
            process: 3,
            spec: ProcessSpec(
                program: "y", arguments: ["y"], environment: [], directory: "/", outputCredit: 4,
                endsSandboxProcesses: false,
                user: .root, terminal: TerminalWindow(columns: 0x1234, rows: 24), hasInput: false)),
        .stdin(process: 4, data: []), .closeStdin(process: 5), .grant(process: 6, stream: .stderr, bytes: 7),
        .signal(process: 8, number: 9, group: true), .killAll(request: 10),
        .collect(
            request: 11,
            spec: CollectSpec(
                root: "/r", patterns: ["*", "**/x"], mostFiles: 12, mostFileBytes: 13, mostTotalBytes: 14,
                mostEntries: 15,
                mostDepth: 16)),
        .resize(process: 12, columns: 80, rows: 0x2345),
        .setLimits([.init(resource: 17, soft: 18, hard: 19)]),
        .adopt(request: 20, process: 21, user: .root),
        .startAhead(
            request: 22, process: 23,
            spec: ProcessSpec(
                program: "/n", arguments: ["n", "m.js"], environment: ["B=1"], directory: "/h", outputCredit: 24,
                endsSandboxProcesses: true)),
        .setConditions(processor: 25, fixedAddresses: true), .limitPrograms(memoryBytes: 1 << 36, processes: 26),
        .measure,
    ]

    static let guest: [GuestMessage] = [
        .ready(generation: 1), .setupFailed(index: 2, number: 13, call: "open /x"), .started(process: 3, pid: 4),
        .startFailed(process: 5, step: 6, number: 7), .output(process: 8, stream: .stdout, data: [0]),
        .stdinGrant(process: 9, bytes: 10),
        .exited(
            process: 11, end: .exited(code: 255),
            space: ScratchSpace(totalBytes: 1, freeBytes: 2, totalInodes: 3, freeInodes: 4)),
        .exited(
            process: 12, end: .signaled(9),
            space: ScratchSpace(totalBytes: 5, freeBytes: 6, totalInodes: 7, freeInodes: 8)),
        .done(request: 13), .failed(request: 14, number: 28, what: "write"),
        .file(request: 15, path: [0xFF, 0x0A], size: 16, skip: .tooLarge), .fileData(request: 17, data: [1, 2, 3]),
        .collected(request: 18, complete: false),
        .usage(ProgramUsage(memoryBytes: 1 << 37, memoryPeakBytes: 1 << 38, memoryKills: 19, processRefusals: 20)),
    ]
}

@Suite struct WireMessageTests {
    private func frame(_ bytes: [UInt8]) throws -> (type: UInt8, payload: ArraySlice<UInt8>) {
        var buffer = FrameBuffer()
        buffer.append(bytes)
        let frame = try #require(try buffer.next())
        #expect(try buffer.next() == nil)
        return frame
    }

    @Test(arguments: SampleMessages.host)
    func hostMessagesComeBackAsTheyWere(_ message: HostMessage) throws {
        let (type, payload) = try frame(message.encoded())
        #expect(try HostMessage(type: type, payload: payload) == message)
    }

    @Test(arguments: SampleMessages.guest)
    func guestMessagesComeBackAsTheyWere(_ message: GuestMessage) throws {
        let (type, payload) = try frame(message.encoded())
        #expect(try GuestMessage(type: type, payload: payload) == message)
    }

    @Test(arguments: SampleMessages.guest)
    func everyShorterPayloadIsRefused(_ message: GuestMessage) throws {
        let (type, payload) = try frame(message.encoded())
        for count in 0..<payload.count {
            #expect(throws: WireError.self) { try GuestMessage(type: type, payload: payload.prefix(count)) }
        }
        #expect(throws: WireError.trailingBytes(1)) { try GuestMessage(type: type, payload: payload + [0]) }
    }

    @Test(arguments: SampleMessages.host)
    func everyShorterHostPayloadIsRefused(_ message: HostMessage) throws {
        let (type, payload) = try frame(message.encoded())
        for count in 0..<payload.count {
            #expect(throws: WireError.self) { try HostMessage(type: type, payload: payload.prefix(count)) }
        }
    }

    @Test func unknownTypesAndValuesAreRefused() {
        #expect(throws: WireError.invalid(field: "type", value: 99)) { try GuestMessage(type: 99, payload: []) }
        #expect(throws: WireError.invalid(field: "type", value: 0)) { try HostMessage(type: 0, payload: []) }
        #expect(throws: WireError.invalid(field: "stream", value: 3)) {
            try GuestMessage(type: 5, payload: [0, 0, 0, 0, 3, 0, 0, 0, 0])
        }
        #expect(throws: WireError.invalid(field: "complete", value: 2)) {
            try GuestMessage(type: 12, payload: [0, 0, 0, 0, 2])
        }
    }

    @Test func textThatIsNotUTF8IsRefused() {
        #expect(throws: WireError.invalid(field: "what", value: 0)) {
            try GuestMessage(type: 9, payload: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xFF])
        }
    }

    @Test func aListThatLiesAboutItsCountIsRefusedBeforeAnythingIsReserved() {
        // generation 1, then 4,294,967,295 steps in no bytes at all
        #expect(throws: WireError.truncated(field: "steps")) {
            try HostMessage(type: 1, payload: [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
        }
    }
}

@Suite struct FrameBufferTests {
    @Test(arguments: [1, 2, 3, 7, 64, 1000])
    func framesSurviveAnyCuttingOfTheStream(piece: Int) throws {
        let stream = SampleMessages.guest.flatMap { $0.encoded() }
        var buffer = FrameBuffer()
        var seen: [GuestMessage] = []
        for start in stride(from: 0, to: stream.count, by: piece) {
            buffer.append(Array(stream[start..<min(start + piece, stream.count)]))
            while let (type, payload) = try buffer.next() {
                seen.append(try GuestMessage(type: type, payload: payload))
            }
        }
        #expect(seen == SampleMessages.guest)
    }

    @Test func aFrameOverTheLimitIsRefusedByItsHeader() {
        var buffer = FrameBuffer()
        buffer.append([0x01, 0x00, 0x10, 0x00, 5])
        #expect(throws: WireError.frameTooLarge(1 << 20 | 1)) { try buffer.next() }
    }

    @Test func theLargestFrameIsAccepted() throws {
        let message = GuestMessage.fileData(request: 1, data: [UInt8](repeating: 7, count: Frame.mostPayloadBytes - 8))
        var buffer = FrameBuffer()
        buffer.append(message.encoded())
        let (type, payload) = try #require(try buffer.next())
        #expect(try GuestMessage(type: type, payload: payload) == message)
    }

    @Test func randomBytesNeverCrash() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...64, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            var buffer = FrameBuffer()
            buffer.append(bytes)
            _ = try? buffer.next()
            for type in UInt8(0)...14 {
                _ = try? GuestMessage(type: type, payload: bytes[...])
                _ = try? HostMessage(type: type, payload: bytes[...])
            }
        }
    }
}
