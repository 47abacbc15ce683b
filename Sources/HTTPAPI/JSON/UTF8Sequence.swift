// SPDX-License-Identifier: Apache-2.0

/// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Sequence: Equatable {
    /// A whole character of so many bytes.
    case complete(Int)
    /// The bytes end within a character that is right so far.
    case incomplete
    case invalid

    /// What stands at `start` of `bytes`.
    init(_ bytes: Span<UInt8>, at start: Int) {
        let first = bytes[start]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0x00...0x7F:
            self = .complete(1)
            return
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default:
            self = .invalid
            return
        }
        for offset in 1..<length {
            guard start + offset < bytes.count else {
                self = .incomplete
                return
            }
            guard (offset == 1 ? second : 0x80...0xBF).contains(bytes[start + offset]) else {
                self = .invalid
                return
            }
        }
        self = .complete(length)
    }
}
