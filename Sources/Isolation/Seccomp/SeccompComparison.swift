// SPDX-License-Identifier: Apache-2.0

/// (argument & mask) == value: the only question that a program asks about an argument.
struct SeccompComparison: Hashable {
    var argument: Int
    var mask: UInt32
    var value: UInt32

    /// Lists of comparisons, of which one must hold completely exactly when all conditions hold.
    static func combinations(_ conditions: [SeccompCondition]) -> [[SeccompComparison]] {
        conditions.reduce([[]]) { lists, condition in
            let comparisons = condition.comparisons
            return lists.flatMap { list in comparisons.map { list + [$0] } }
        }
    }
}

extension SeccompCondition {
    /// The condition as few comparisons, no two of which hold at once.
    ///
    /// Two values that differ in one bit are one comparison that does not look at this bit, and two such comparisons
    /// that differ in one bit are one again. It halves the time that libseccomp needs.
    var comparisons: [SeccompComparison] {
        var found = Set(values.map { SeccompComparison(argument: argument, mask: mask, value: $0) })
        for bit in (0..<32).map({ UInt32(1) << $0 }) where mask & bit != 0 {
            for low in found where low.mask & bit != 0 && low.value & bit == 0 {
                var high = low
                high.value |= bit
                guard found.contains(low), found.remove(high) != nil else { continue }
                found.remove(low)
                found.insert(SeccompComparison(argument: argument, mask: low.mask & ~bit, value: low.value))
            }
        }
        return found.sorted { ($0.value, $0.mask) < ($1.value, $1.mask) }
    }
}
