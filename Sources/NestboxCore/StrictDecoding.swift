// SPDX-License-Identifier: Apache-2.0

/// A key of which nothing is known beforehand.
public struct AnyCodingKey: CodingKey {
    public let stringValue: String
    public let intValue: Int?

    public init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    public init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}

extension Decoder {
    /// Refuses an object with a key that `Key` does not have: a mistyped limit must not silently mean the default.
    ///
    /// - Throws: ``RequestError`` `unknown_field`, naming the key and the known ones.
    public func refuseUnknownKeys<Key: CodingKey & CaseIterable>(_ type: Key.Type) throws {
        let known = Set(Key.allCases.map(\.stringValue))
        for key in try container(keyedBy: AnyCodingKey.self).allKeys where !known.contains(key.stringValue) {
            let steps = codingPath.map { step in step.intValue.map(String.init) ?? step.stringValue }
            let path = (steps + [key.stringValue]).joined(separator: ".")
            throw RequestError(
                .unknownField, "unknown field '\(path)'; known here: \(known.sorted().joined(separator: ", "))",
                field: path)
        }
    }
}
