// SPDX-License-Identifier: Apache-2.0

/// Random UUIDs (version 4).
public enum RandomID {
    /// As the kernel's files show one: 36 characters and a line end.
    public static func line() -> String {
        // Two questions to the kernel, not one for each byte.
        let halves = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        var bytes = (0..<16).map { UInt8(truncatingIfNeeded: halves[$0 / 8] >> UInt64($0 % 8 * 8)) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-") + "\n"
    }
}
