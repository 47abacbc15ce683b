// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// Output of one stage: both streams, kept up to a common number of bytes.
struct CappedOutput: Sendable {
    private(set) var stdout: [UInt8] = []
    private(set) var stderr: [UInt8] = []
    private(set) var stdoutTruncated = false
    private(set) var stderrTruncated = false
    /// The program printed more than it may.
    private(set) var isOver = false
    private var left: Int

    init(limit: Int) { left = limit }

    /// Keeps what fits. Returns what was kept.
    mutating func appendStdout(_ bytes: [UInt8]) -> [UInt8] {
        let kept = take(bytes)
        stdout += kept
        if kept.count < bytes.count { stdoutTruncated = true }
        return kept
    }

    mutating func appendStderr(_ bytes: [UInt8]) -> [UInt8] {
        let kept = take(bytes)
        stderr += kept
        if kept.count < bytes.count { stderrTruncated = true }
        return kept
    }

    /// Keeps the beginning of what a program said to the other of its pair. It is no output: it has a bound of its own.
    mutating func appendTalk(_ bytes: [UInt8], kept most: Int) {
        let room = max(0, most - stdout.count)
        stdout += bytes.prefix(room)
        if bytes.count > room { stdoutTruncated = true }
    }

    /// Whatever else the program printed was lost together with its guest.
    mutating func cutOff() {
        stdoutTruncated = true
        stderrTruncated = true
    }

    private mutating func take(_ bytes: [UInt8]) -> [UInt8] {
        guard !isOver else { return [] }
        let kept = bytes.count <= left ? bytes : Array(bytes.prefix(left))
        left -= kept.count
        isOver = kept.count < bytes.count
        return kept
    }
}

/// Bytes of a program as a report shows them.
struct ReportedText {
    let text: String
    /// Present only when the bytes are not UTF-8.
    let base64: String?

    /// - Parameter truncated: The end was cut off; a character cut in two is then dropped rather than reported as
    ///   invalid.
    init(_ bytes: [UInt8], truncated: Bool) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self.text = text
            base64 = nil
            return
        }
        if truncated {
            for dropped in 1...3 where bytes.count > dropped {
                if let text = String(validating: bytes.dropLast(dropped), as: UTF8.self) {
                    self.text = text
                    base64 = nil
                    return
                }
            }
        }
        text = String(decoding: bytes, as: UTF8.self)
        base64 = Data(bytes).base64EncodedString()
    }
}
