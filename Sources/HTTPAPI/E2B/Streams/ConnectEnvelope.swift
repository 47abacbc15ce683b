// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Messages on a stream of the Connect protocol: one byte of flags, four of length, the payload.
struct ConnectEnvelope: Equatable {
    static let endFlag: UInt8 = 2
    private static let compressedFlag: UInt8 = 1

    var flags: UInt8
    var payload: ByteBuffer

    static func message(_ payload: ByteBuffer) -> ByteBuffer { buffer(flags: 0, payload) }

    /// The last envelope of a stream; with an error when there was one.
    static func end(_ error: RPCError? = nil) -> ByteBuffer {
        var payload = ByteBuffer(string: "{}")
        if let error, let text = try? JSONOutput.buffer(["error": error]) { payload = text }
        return buffer(flags: endFlag, payload)
    }

    private static func buffer(flags: UInt8, _ payload: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(payload.readableBytes + 5)
        buffer.writeInteger(flags)
        buffer.writeInteger(UInt32(payload.readableBytes))
        buffer.writeImmutableBuffer(payload)
        return buffer
    }

    /// Takes envelopes out of bytes that arrive in any pieces.
    struct Reader {
        private var buffer = ByteBuffer()
        private let maximumBytes: Int

        init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

        /// Whether bytes of an envelope that is not whole are there.
        var isWithin: Bool { buffer.readableBytes > 0 }

        mutating func append(_ bytes: ByteBuffer) {
            if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeImmutableBuffer(bytes) }
        }

        /// The next whole envelope; nil when more bytes are needed.
        ///
        /// - Throws: ``RPCError`` for one that is compressed or too long.
        mutating func next() throws(RPCError) -> ConnectEnvelope? {
            guard let flags = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
                let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self)
            else { return nil }
            if flags & ConnectEnvelope.compressedFlag != 0 {
                throw RPCError(.unimplemented, "compressed messages are not taken")
            }
            guard length <= maximumBytes else {
                throw RPCError(.resourceExhausted, "a message has \(length) bytes; at most \(maximumBytes) are taken")
            }
            guard buffer.readableBytes >= 5 + Int(length) else { return nil }
            buffer.moveReaderIndex(forwardBy: 5)
            guard let payload = buffer.readSlice(length: Int(length)) else { return nil }
            buffer.discardReadBytes()
            return ConnectEnvelope(flags: flags, payload: payload)
        }
    }
}
