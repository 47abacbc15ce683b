// SPDX-License-Identifier: Apache-2.0
import CZlib

/// Compresses to gzip (RFC 1952) piece by piece. One task uses it at a time.
final class Deflater {
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Throws: ``GzipError`` when there is no memory.
    init() throws(GzipError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard nestbox_deflate_init_gzip(stream) == Z_OK else {
            stream.deallocate()
            throw GzipError.outOfMemory
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func compress(_ bytes: [UInt8]) throws(GzipError) -> [UInt8] { try run(bytes, Z_NO_FLUSH) }

    /// The last bytes.
    func finish() throws(GzipError) -> [UInt8] { try run([], Z_FINISH) }

    private func run(_ bytes: [UInt8], _ flush: Int32) throws(GzipError) -> [UInt8] {
        var input = bytes
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 32 << 10)
        // Both arrays outlive the calls, and zlib keeps neither pointer once everything of `input` is taken.
        let result = input.withUnsafeMutableBufferPointer { source in
            stream.pointee.next_in = source.baseAddress
            stream.pointee.avail_in = UInt32(source.count)
            var result = Z_OK
            repeat {
                piece.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_out = target.baseAddress
                    stream.pointee.avail_out = UInt32(target.count)
                    result = deflate(stream, flush)
                    output += target[..<(target.count - Int(stream.pointee.avail_out))]
                }
            } while stream.pointee.avail_out == 0 && result != Z_STREAM_ERROR
            stream.pointee.next_in = nil
            return result
        }
        guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else { throw GzipError.damaged }
        return output
    }
}

/// Decompresses gzip piece by piece, also several members one after the other. One task uses it at a time.
final class Inflater {
    private static let pieceBytes = 64 << 10

    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the last member is whole.
    private(set) var hasEnded = false

    /// - Throws: ``GzipError`` when there is no memory.
    init() throws(GzipError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard nestbox_inflate_init_gzip(stream) == Z_OK else {
            stream.deallocate()
            throw GzipError.outOfMemory
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Hands on what `bytes` hold, a piece at a time: what was small on the way here may be very large.
    ///
    /// - Throws: ``GzipError`` `damaged`, and what `take` throws.
    func inflate(_ bytes: [UInt8], _ take: ([UInt8]) async throws -> Void) async throws {
        var rest = bytes[...]
        repeat {
            if hasEnded {
                if rest.isEmpty { return }
                inflateReset(stream)
                hasEnded = false
            }
            let (output, used) = try step(Array(rest))
            rest = rest.dropFirst(used)
            if !output.isEmpty { try await take(output) }
            if output.isEmpty, used == 0 { return }
        } while true
    }

    /// One call of zlib: what came out, and how much of `input` was used.
    private func step(_ input: [UInt8]) throws(GzipError) -> ([UInt8], Int) {
        var input = input
        var output = [UInt8](repeating: 0, count: Self.pieceBytes)
        var result = Z_OK
        // Both arrays outlive the call; zlib keeps no pointer into them, because they are set anew each time.
        let (made, used) = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.pointee.next_in = source.baseAddress
                stream.pointee.avail_in = UInt32(source.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(target.count)
                result = CZlib.inflate(stream, Z_NO_FLUSH)
                let made = target.count - Int(stream.pointee.avail_out)
                let used = source.count - Int(stream.pointee.avail_in)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
                return (made, used)
            }
        }
        switch result {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: hasEnded = true
        default: throw .damaged
        }
        output.removeLast(output.count - made)
        return (output, used)
    }
}

enum GzipError: Error, Sendable {
    case outOfMemory
    case damaged
}
