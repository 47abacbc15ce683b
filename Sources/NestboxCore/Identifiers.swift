// SPDX-License-Identifier: Apache-2.0

/// Makes identifiers that nobody can guess: a prefix and 26 characters of lower-case base32, 130 random bits.
public enum Identifier {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    public static func make(prefix: String) -> String {
        var generator = SystemRandomNumberGenerator()  // getrandom(2)
        var text = Array(prefix.utf8)
        text.append(UInt8(ascii: "_"))
        // Five bits of each byte; a call of getrandom(2) for each of them would cost more than all the rest.
        var left = 0
        var bits: UInt64 = 0
        for _ in 0..<26 {
            if left == 0 { (bits, left) = (generator.next(), 12) }
            text.append(alphabet[Int(bits & 31)])
            bits >>= 5
            left -= 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether `text` could have come from ``make(prefix:)``; anything else is refused before it is looked up.
    public static func isValid(_ text: String, prefix: String) -> Bool {
        let bytes = Array(text.utf8)
        let head = Array(prefix.utf8) + [UInt8(ascii: "_")]
        return bytes.count == head.count + 26 && bytes.starts(with: head)
            && bytes.dropFirst(head.count).allSatisfy(alphabet.contains)
    }
}
