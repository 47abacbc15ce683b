// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads files that the caller names, with a bound.
enum HostFile {
    /// Most bytes of a program, of its input, or of one file that is copied in.
    static let largest = 64 << 20

    /// All bytes of a file, a pipe or a device such as `/dev/null`.
    ///
    /// - Throws: ``CommandError`` that names the path and says why.
    static func read(_ path: String, limit: Int = largest) throws(CommandError) -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .usage("cannot read '\(path)': \(Descriptor.message(errno))") }
        defer { close(number) }
        return try drain(Descriptor(number: number), limit: limit, name: "'\(path)'")
    }

    /// Why Foundation could not do something with a file, in the system's words.
    static func reason(of error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        let posix = [error as NSError, underlying].compactMap(\.self).first { $0.domain == NSPOSIXErrorDomain }
        return posix.map { Descriptor.message(Int32($0.code)) } ?? error.localizedDescription
    }

    /// Everything up to the end of `descriptor`, which must be at most `limit` bytes.
    static func drain(_ descriptor: Descriptor, limit: Int, name: String) throws(CommandError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece: [UInt8]
            do {
                piece = try descriptor.read(upTo: 64 << 10)
            } catch let error where error.code == EISDIR {
                throw .usage("\(name) is a directory; name the files in it one by one")
            } catch {
                throw .usage("cannot read \(name): \(error)")
            }
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= limit else { throw .usage("\(name) is larger than \(ByteSize.text(limit))") }
        }
    }
}
