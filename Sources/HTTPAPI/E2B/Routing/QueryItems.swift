// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The query of a URL, decoded as forms are (`+` is a space).
struct QueryItems: Sendable, Equatable {
    private let items: [(name: String, value: String)]

    init(_ query: String?) {
        items = (query ?? "").split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(parts[0]), parts.count == 2 ? Self.decode(parts[1]) : "")
        }
    }

    /// The first value of `name`.
    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// Every pair, in order.
    var pairs: [(name: String, value: String)] { items }

    static func == (one: QueryItems, other: QueryItems) -> Bool {
        one.items.count == other.items.count && zip(one.items, other.items).allSatisfy { $0 == $1 }
    }

    private static func decode(_ text: Substring) -> String {
        percentDecoded(text.contains("+") ? text.replacing("+", with: " ") : text)
    }

    /// `text` with every `%XX` replaced; what is no escape stays.
    static func percentDecoded(_ text: some StringProtocol) -> String {
        guard text.contains("%") else { return String(text) }
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let high = hexadecimal(source[index + 1]), let low = hexadecimal(source[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
