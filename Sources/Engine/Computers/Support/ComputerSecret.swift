// SPDX-License-Identifier: Apache-2.0

/// Names and secrets that nobody can guess. The generator is getrandom(2).
enum ComputerSecret {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// `i` and 19 characters of `a-z0-9`: 98 random bits.
    static func computerID() -> String { "i" + word(19) }

    /// `count` random characters of `a-z0-9`.
    static func word(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return String(
            decoding: (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] },
            as: UTF8.self)
    }

    /// 32 random bytes as 64 hexadecimal digits.
    static func token() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: (0..<64).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }, as: UTF8.self)
    }
}
