// SPDX-License-Identifier: Apache-2.0
@testable import GuestAgent

/// File name patterns, against a matcher that is slow and plain.
enum GlobPatterns {
    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let pattern = input.textField()
        let path = Array(input.rest).split(separator: UInt8(ascii: "/")).prefix(8).map { Array($0.prefix(24)) }
        let glob = Glob(pattern)
        let components = pattern.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
        guard components.count <= 8, components.allSatisfy({ $0.count <= 24 }) else {
            _ = glob.matches(path)
            return
        }
        let expected = matches(components[...], path[...])
        try hold(glob.matches(path) == expected, "'\(pattern)' against \(path): the plain matcher says \(expected)")
        for count in 0..<path.count where expected {
            try hold(
                glob.couldMatchBelow(Array(path.prefix(count))),
                "'\(pattern)' is not looked for below \(path.prefix(count))")
        }
    }

    private static func matches(_ pattern: ArraySlice<[UInt8]>, _ path: ArraySlice<[UInt8]>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first == Array("**".utf8) {
            if matches(pattern.dropFirst(), path) { return true }
            guard let name = path.first, name.first != UInt8(ascii: ".") else { return false }
            return matches(pattern, path.dropFirst())
        }
        guard let name = path.first else { return false }
        let hidesDot = name.first == UInt8(ascii: ".") && first.first != UInt8(ascii: ".")
        return !hidesDot && matches(elements(of: first), name) && matches(pattern.dropFirst(), path.dropFirst())
    }

    // MARK: One component

    private enum Element {
        case one
        case many
        case set(Set<UInt8>)
    }

    private static func elements(of pattern: [UInt8]) -> [Element] {
        var elements: [Element] = []
        var index = 0
        while index < pattern.count {
            switch pattern[index] {
            case UInt8(ascii: "*"): elements.append(.many)
            case UInt8(ascii: "?"): elements.append(.one)
            case UInt8(ascii: "["):
                if let (set, end) = set(pattern, after: index + 1) {
                    elements.append(.set(set))
                    index = end
                } else {
                    elements.append(.set([UInt8(ascii: "[")]))
                }
            default: elements.append(.set([pattern[index]]))
            }
            index += 1
        }
        return elements
    }

    /// The bytes between brackets and the index of the closing one; nil when none closes. The first `]` is an ordinary byte.
    private static func set(_ pattern: [UInt8], after start: Int) -> (Set<UInt8>, Int)? {
        var index = start
        let isNegated = index < pattern.count && [UInt8(ascii: "!"), UInt8(ascii: "^")].contains(pattern[index])
        if isNegated { index += 1 }
        let first = index
        var members: Set<UInt8> = []
        while index < pattern.count, pattern[index] != UInt8(ascii: "]") || index == first {
            let last = index + 2
            if last < pattern.count, pattern[index + 1] == UInt8(ascii: "-"), pattern[last] != UInt8(ascii: "]") {
                if pattern[index] <= pattern[last] { members.formUnion(pattern[index]...pattern[last]) }
                index = last + 1
            } else {
                members.insert(pattern[index])
                index += 1
            }
        }
        guard index < pattern.count else { return nil }
        return (isNegated ? Set(0...255).subtracting(members) : members, index)
    }

    /// Which ends of the name every prefix of the pattern reaches.
    private static func matches(_ elements: [Element], _ name: [UInt8]) -> Bool {
        var ends: Set<Int> = [0]
        for element in elements {
            switch element {
            case .one: ends = Set(ends.filter { $0 < name.count }.map { $0 + 1 })
            case .many: ends = Set(ends.flatMap { Array($0...name.count) })
            case .set(let set): ends = Set(ends.filter { $0 < name.count && set.contains(name[$0]) }.map { $0 + 1 })
            }
        }
        return ends.contains(name.count)
    }
}
