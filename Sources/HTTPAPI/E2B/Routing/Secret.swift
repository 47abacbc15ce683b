// SPDX-License-Identifier: Apache-2.0

/// Comparison of secrets.
enum Secret {
    /// Whether both are the same, in a time that does not tell where they differ.
    static func isEqual(_ one: some StringProtocol, _ other: some StringProtocol) -> Bool {
        let one = Array(one.utf8)
        let other = Array(other.utf8)
        var difference: UInt8 = one.count == other.count ? 0 : 1
        guard !other.isEmpty else { return one.isEmpty }
        for (index, byte) in one.enumerated() { difference |= byte ^ other[index % other.count] }
        return difference == 0
    }
}
