// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Testing

@Suite struct ToolMessageTests {
    static let entry = ToolEntry(
        path: [0x2F, 0xFF], kind: .directory, size: 1 << 40, mode: 0o755, ownMode: 0o1777, owner: Array("me".utf8),
        group: Array("us".utf8), seconds: -5, nanoseconds: 999_999_999, linkTarget: [0x2F],
        attributes: [.init(key: [1], value: []), .init(key: [2], value: [3, 4])])

    static let samples: [ToolMessage] = [
        .failed(name: "ENOENT", call: "open"), .entry(entry), .opened(size: 5, seconds: -1, nanoseconds: 6),
        .data([1, 2]),
        .end, .ready, .change(.rename, name: [0xFE]), .synced, .overflow,
    ]

    private func decode(_ bytes: [UInt8]) throws -> ToolMessage? {
        var buffer = FrameBuffer()
        buffer.append(bytes)
        guard let (type, payload) = try buffer.next() else { return nil }
        return try ToolMessage(type: type, payload: payload)
    }

    @Test(arguments: samples) func comesBackAsItWas(_ message: ToolMessage) throws {
        #expect(try decode(message.encoded()) == message)
    }

    /// Every message cut short, and with a byte too many, is refused and nothing else happens.
    @Test(arguments: samples) func otherLengthsAreRefused(_ message: ToolMessage) throws {
        let payload = message.encoded().dropFirst(Frame.headerBytes)
        let type = message.encoded()[4]
        for count in 0..<payload.count {
            #expect(throws: WireError.self) { try ToolMessage(type: type, payload: payload.prefix(count)) }
        }
        #expect(throws: WireError.self) { try ToolMessage(type: type, payload: payload + [0]) }
    }

    @Test func whatNoToolSaysIsRefused() {
        func refused(_ change: (inout ToolEntry) -> Void) {
            var entry = Self.entry
            change(&entry)
            #expect(throws: WireError.self) { try decode(ToolMessage.entry(entry).encoded()) }
        }
        refused { $0.path = [] }
        refused { $0.path = [0] }
        refused { $0.path = [UInt8](repeating: 1, count: ToolMessage.mostPathBytes + 1) }
        refused { $0.linkTarget = [UInt8](repeating: 1, count: ToolMessage.mostPathBytes + 1) }
        refused { $0.size = UInt64.max }
        refused { $0.mode = 0o1000 }
        refused { $0.ownMode = 0o10000 }
        refused { $0.nanoseconds = 1_000_000_000 }
        refused { $0.owner = [UInt8](repeating: 1, count: 256) }
        refused { $0.attributes = .init(repeating: .init(key: [1], value: []), count: ToolMessage.mostAttributes + 1) }
        refused {
            $0.attributes = .init(repeating: .init(key: [1], value: [UInt8](repeating: 0, count: 40_000)), count: 2)
        }
        #expect(throws: WireError.self) {
            try decode(ToolMessage.data([UInt8](repeating: 0, count: Frame.chunkBytes + 1)).encoded())
        }
        #expect(throws: WireError.self) { try decode(ToolMessage.change(.create, name: []).encoded()) }
        #expect(throws: WireError.self) { try ToolMessage(type: 10, payload: []) }
        #expect(throws: WireError.self) { try ToolMessage(type: 7, payload: [6, 1, 0, 0, 0, 65]) }
    }
}
