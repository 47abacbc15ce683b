// SPDX-License-Identifier: Apache-2.0
//
// The pointers of this target. Each call passes the memory of a local array for the length of one system call, and
// bounds the count by that array.
import Foundation

/// read(2), write(2) and poll(2) on a descriptor that somebody else owns.
struct Descriptor: Sendable {
    let number: Int32

    /// An errno, with its text from strerror(3).
    struct Failure: Error, Equatable, CustomStringConvertible {
        let code: Int32

        var description: String { Descriptor.message(code) }
    }

    static func message(_ code: Int32) -> String {
        // strerror(3) returns a string of static storage, never null, for every number.
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }

    /// Opens /dev/null for every standard stream that the caller closed. Otherwise the next descriptor that anything here
    /// opens would take its number, and be read or written as the user's stream. Call it before anything else.
    static func openStandardStreams() {
        // open(2) takes the lowest free number, so it is the missing one.
        for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    }

    /// Whether the descriptor is a terminal: isatty(3).
    var isTerminal: Bool { isatty(number) == 1 }

    /// At most `count` bytes; empty at the end of the file. Waits for them.
    func read(upTo count: Int) throws(Failure) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while true {
                let n = Foundation.read(number, buffer.baseAddress, count)
                if n >= 0 {
                    filled = n
                    return
                }
                if errno == EAGAIN {  // a non-blocking descriptor that we were handed
                    _ = wait(for: Int16(POLLIN), milliseconds: -1)
                } else if errno != EINTR {
                    code = errno
                    return
                }
            }
        }
        guard code == 0 else { throw Failure(code: code) }
        return bytes
    }

    /// Writes a beginning of `bytes` and returns its length; 0 when a non-blocking descriptor has no room.
    func write(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Int {
        while true {
            let n = bytes.withUnsafeBytes { Foundation.write(number, $0.baseAddress, $0.count) }
            if n >= 0 { return n }
            switch errno {
            case EINTR: continue
            case EAGAIN: return 0
            default: throw Failure(code: errno)
            }
        }
    }

    /// Whether `events` (poll(2)), an error or a hang-up came within `milliseconds`; negative waits without end.
    func wait(for events: Int16, milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: number, events: events, revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }
}
