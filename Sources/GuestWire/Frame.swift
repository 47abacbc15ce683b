// SPDX-License-Identifier: Apache-2.0

/// One frame on the stream: 4 bytes payload length (little-endian), 1 byte message type, payload.
public enum Frame {
    /// Version of everything in this target. Host and guest of different generations refuse each other at setup; the
    /// frozen description in Tests/GuestWireTests changes with it.
    public static let generation: UInt32 = 1
    /// Largest payload. Bulk data travels in chunks of ``chunkBytes``.
    public static let mostPayloadBytes = 1 << 20
    /// Most bulk data in one message.
    public static let chunkBytes = 64 << 10
    public static let headerBytes = 5

    public static func encode(type: UInt8, _ body: (inout WireWriter) -> Void) -> [UInt8] {
        var payload = WireWriter()
        body(&payload)
        var frame = WireWriter()
        frame.put(UInt32(truncatingIfNeeded: payload.bytes.count))
        frame.put(type)
        return frame.bytes + payload.bytes
    }
}

/// Cuts a byte stream into frames, holding at most one unfinished frame.
public struct FrameBuffer: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    public init() {}

    public mutating func append(_ more: [UInt8]) {
        if start == bytes.count {
            bytes = more
            start = 0
        } else {
            if start > Frame.chunkBytes {
                bytes.removeFirst(start)
                start = 0
            }
            bytes += more
        }
    }

    /// The next whole frame, or nil until more bytes come.
    ///
    /// - Throws: ``WireError/frameTooLarge(_:)`` as soon as a header announces too much.
    public mutating func next() throws(WireError) -> (type: UInt8, payload: ArraySlice<UInt8>)? {
        guard bytes.count - start >= Frame.headerBytes else { return nil }
        var header = WireReader(bytes[start..<start + Frame.headerBytes])
        let length = try header.uint32("length")
        let type = try header.byte("type")
        guard Int(length) <= Frame.mostPayloadBytes else { throw .frameTooLarge(length) }
        let end = start + Frame.headerBytes + Int(length)
        guard bytes.count >= end else { return nil }
        let payload = bytes[start + Frame.headerBytes..<end]
        start = end
        return (type, payload)
    }
}
