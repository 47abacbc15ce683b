// SPDX-License-Identifier: Apache-2.0

/// Takes an input apart. When nothing is left, numbers are 0 and lists are empty, so that every input means something.
struct FuzzInput {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func flag() -> Bool { byte() & 1 == 1 }

    mutating func number(below bound: Int) -> Int { Int(byte()) % bound }

    /// Four bytes, little-endian.
    mutating func word() -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(byte()) << UInt32(8 * $1) } }

    /// A number of bytes that the next byte says.
    mutating func bytes() -> [UInt8] {
        let count = Int(byte())
        let part = rest.prefix(count)
        rest = rest.dropFirst(part.count)
        return Array(part)
    }

    mutating func text() -> String { String(decoding: bytes(), as: UTF8.self) }

    /// Everything up to the next 0xFF, which stands in no UTF-8 and so separates texts; the mark is taken too.
    mutating func field() -> [UInt8] {
        let part = rest.prefix { $0 != 0xFF }
        rest = rest.dropFirst(part.count + 1)
        return Array(part)
    }

    mutating func textField() -> String { String(decoding: field(), as: UTF8.self) }

    /// `whole` cut into pieces, at places that depend on `seed` only.
    static func pieces(of whole: [UInt8], seed: UInt8) -> [[UInt8]] {
        var state = UInt32(seed) &* 2_654_435_761 &+ 1
        var pieces: [[UInt8]] = []
        var start = 0
        while start < whole.count {
            state = state &* 1_664_525 &+ 1_013_904_223
            let end = min(whole.count, start + 1 + Int(state >> 24) % (seed & 1 == 0 ? 7 : 200))
            pieces.append(Array(whole[start..<end]))
            start = end
        }
        return pieces
    }
}
