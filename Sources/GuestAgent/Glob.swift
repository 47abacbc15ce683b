// SPDX-License-Identifier: Apache-2.0

/// A file name pattern: `*` and `?` within a component, `[abc]`, `[a-z]`, `[!...]`, and `**` for any number of components.
///
/// A leading dot is matched only by a pattern component that begins with one, as in a shell. Matching is on bytes, since
/// file names need not be text, and takes time proportional to pattern length times path length at most.
struct Glob: Sendable {
    private let components: [[UInt8]]

    init(_ pattern: String) {
        components = pattern.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    func matches(_ path: [[UInt8]]) -> Bool {
        // reachable[i]: the first i pattern components match the path components seen so far.
        var reachable = [Bool](repeating: false, count: components.count + 1)
        reachable[0] = true
        Self.skipDoubleStars(&reachable, components)
        for name in path {
            var next = [Bool](repeating: false, count: components.count + 1)
            for index in components.indices where reachable[index] {
                if Self.isDoubleStar(components[index]) {
                    if name.first != UInt8(ascii: ".") { next[index] = true }
                } else if Self.matches(components[index], name) {
                    next[index + 1] = true
                }
            }
            Self.skipDoubleStars(&next, components)
            reachable = next
        }
        return reachable[components.count]
    }

    /// Whether something below a directory with this path could match; saves walking where nothing can.
    func couldMatchBelow(_ path: [[UInt8]]) -> Bool {
        var reachable: Set<Int> = [0]
        for name in path {
            var next: Set<Int> = []
            for index in reachable where index < components.count {
                if Self.isDoubleStar(components[index]) { return true }
                if Self.matches(components[index], name) { next.insert(index + 1) }
            }
            reachable = next
        }
        return reachable.contains { $0 < components.count }
    }

    private static func isDoubleStar(_ component: [UInt8]) -> Bool {
        component == [UInt8(ascii: "*"), UInt8(ascii: "*")]
    }

    private static func skipDoubleStars(_ reachable: inout [Bool], _ components: [[UInt8]]) {
        for index in components.indices where reachable[index] && isDoubleStar(components[index]) {
            reachable[index + 1] = true
        }
    }

    /// One component: greedy with one point of return, so `*a*a*a*b` stays quadratic at worst.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        if name.first == UInt8(ascii: ".") && pattern.first != UInt8(ascii: ".") { return false }
        var p = 0
        var n = 0
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, n)
                p += 1
            } else if p < pattern.count, let next = matchOne(pattern, p, name[n]) {
                p = next
                n += 1
            } else if let (starPattern, starName) = star {
                p = starPattern + 1
                n = starName + 1
                star = (starPattern, starName + 1)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }

    /// Index after the pattern element at `p` when it matches `byte`, else nil.
    private static func matchOne(_ pattern: [UInt8], _ p: Int, _ byte: UInt8) -> Int? {
        if pattern[p] == UInt8(ascii: "?") { return p + 1 }
        guard pattern[p] == UInt8(ascii: "[") else { return pattern[p] == byte ? p + 1 : nil }
        var index = p + 1
        let negated =
            index < pattern.count && (pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^"))
        if negated { index += 1 }
        var found = false
        var first = true
        while index < pattern.count, first || pattern[index] != UInt8(ascii: "]") {
            first = false
            if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-"),
                pattern[index + 2] != UInt8(ascii: "]")
            {
                if pattern[index] <= byte && byte <= pattern[index + 2] { found = true }
                index += 3
            } else {
                if pattern[index] == byte { found = true }
                index += 1
            }
        }
        // An unclosed bracket is an ordinary character, as in a shell.
        guard index < pattern.count else { return pattern[p] == byte ? p + 1 : nil }
        return found != negated ? index + 1 : nil
    }
}
