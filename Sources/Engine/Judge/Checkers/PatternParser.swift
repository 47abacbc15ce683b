// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// Reads the text of a ``Pattern``.
struct PatternParser {
    indirect enum Node {
        case empty
        case one(Pattern.CharacterSet)
        case assert(Pattern.Assertion)
        case sequence([Node])
        case choice([Node])
        case repeated(Node, least: Int, most: Int?)
    }

    private static let mostDepth = 100
    private static let mostRepetitions = 1000

    private let text: [Unicode.Scalar]
    private let field: String
    private var index = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotIsAll = false
    private var isMultiline = false

    init(_ text: String, field: String) {
        self.text = Array(text.unicodeScalars)
        self.field = field
    }

    mutating func parse() throws(RequestError) -> Node {
        try flags()
        let node = try choice()
        if index < text.count { throw refused("')' closes nothing") }
        return node
    }

    private func refused(_ why: String) -> RequestError {
        RequestError(.invalidPattern, "\(field): \(why), at character \(index + 1)", field: field)
    }

    private var next: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    private mutating func flags() throws(RequestError) {
        while text[index...].starts(with: ["(", "?"]), index + 2 < text.count,
            "ism".unicodeScalars.contains(text[index + 2])
        {
            index += 2
            while let flag = next, flag != ")" {
                switch flag {
                case "i": ignoresCase = true
                case "s": dotIsAll = true
                case "m": isMultiline = true
                default: throw refused("'\(flag)' is no flag; known: i, s, m")
                }
                index += 1
            }
            guard take(")") else { throw refused("the flags do not end") }
        }
    }

    private mutating func choice() throws(RequestError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.mostDepth else { throw refused("groups are nested deeper than \(Self.mostDepth)") }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(RequestError) -> Node {
        var parts: [Node] = []
        while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repeated(try atom())) }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated(_ atom: Node) throws(RequestError) -> Node {
        var node = atom
        while let scalar = next {
            switch scalar {
            case "*": node = .repeated(node, least: 0, most: nil)
            case "+": node = .repeated(node, least: 1, most: nil)
            case "?": node = .repeated(node, least: 0, most: 1)
            case "{":
                guard let (least, most, end) = try bounds() else { return node }
                index = end
                node = .repeated(node, least: least, most: most)
            default: return node
            }
            index += 1
            // Lazy or not is the same when the whole text has to match.
            if take("?") { continue }
            if next == "+" { throw refused("possessive repetitions are not known") }
            if let other = next, other == "*" { throw refused("there is nothing to repeat") }
        }
        return node
    }

    /// `{m}`, `{m,}`, `{m,n}` with the index of its `}`; nil where a brace is only a brace.
    private func bounds() throws(RequestError) -> (Int, Int?, Int)? {
        guard let end = text[index...].firstIndex(of: "}") else { return nil }
        let parts = text[(index + 1)..<end].split(separator: ",", omittingEmptySubsequences: false).map {
            String(String.UnicodeScalarView($0))
        }
        guard (1...2).contains(parts.count), let first = parts.first, let least = Int(first), least >= 0 else {
            return nil
        }
        var most: Int? = least
        if parts.count == 2 {
            if parts[1].isEmpty {
                most = nil
            } else {
                guard let value = Int(parts[1]) else { return nil }
                most = value
            }
        }
        guard max(least, most ?? 0) <= Self.mostRepetitions else {
            throw refused("a repetition is more than \(Self.mostRepetitions) times")
        }
        if let most, most < least { throw refused("a repetition of at least \(least) and at most \(most) times") }
        return (least, most, end)
    }

    private mutating func atom() throws(RequestError) -> Node {
        guard let scalar = next else { return .empty }
        index += 1
        switch scalar {
        case ".":
            return .one(.init(ranges: dotIsAll ? [0...0x10FFFF] : Pattern.CharacterSet.others(than: [0x0A...0x0A])))
        case "^": return .assert(isMultiline ? .lineBegin : .begin)
        case "$": return .assert(isMultiline ? .lineEnd : .end)
        case "*", "+", "?":
            index -= 1
            throw refused("there is nothing to repeat")
        case "[": return .one(try set())
        case "(":
            if take("?") {
                guard take(":") else {
                    throw refused("look-around, named groups and flags inside are not known")
                }
            }
            let node = try choice()
            guard take(")") else { throw refused("a group does not end") }
            return node
        case "\\":
            if let assertion: Pattern.Assertion = next == "b" ? .boundary : next == "B" ? .noBoundary : nil {
                index += 1
                return .assert(assertion)
            }
            return .one(.init(ranges: try escape(), ignoresCase: ignoresCase))
        default: return .one(.init(ranges: [scalar.value...scalar.value], ignoresCase: ignoresCase))
        }
    }

    private mutating func set() throws(RequestError) -> Pattern.CharacterSet {
        var set = Pattern.CharacterSet(ranges: [], ignoresCase: ignoresCase)
        set.isNegated = take("^")
        var isFirst = true
        while true {
            guard let scalar = next else { throw refused("a set of characters does not end") }
            index += 1
            if scalar == "]", !isFirst { return set }
            isFirst = false
            var ranges = [scalar.value...scalar.value]
            if scalar == "\\" { ranges = try escape() }
            guard next == "-", index + 1 < text.count, text[index + 1] != "]" else {
                set.ranges += ranges
                continue
            }
            index += 1
            guard let upper = next else { throw refused("a set of characters does not end") }
            index += 1
            let ends = upper == "\\" ? try escape() : [upper.value...upper.value]
            guard ranges.count == 1, ranges[0].count == 1, ends.count == 1, ends[0].count == 1,
                ranges[0].lowerBound <= ends[0].lowerBound
            else { throw refused("a range in a set of characters goes backwards, or from or to a class") }
            set.ranges.append(ranges[0].lowerBound...ends[0].lowerBound)
        }
    }

    /// What follows a backslash.
    private mutating func escape() throws(RequestError) -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw refused("nothing follows the backslash") }
        index += 1
        switch scalar {
        case "d": return Pattern.CharacterSet.digits
        case "D": return Pattern.CharacterSet.others(than: Pattern.CharacterSet.digits)
        case "w": return Pattern.CharacterSet.words
        case "W": return Pattern.CharacterSet.others(than: Pattern.CharacterSet.words)
        case "s": return Pattern.CharacterSet.spaces
        case "S": return Pattern.CharacterSet.others(than: Pattern.CharacterSet.spaces)
        case "n": return [0x0A...0x0A]
        case "t": return [0x09...0x09]
        case "r": return [0x0D...0x0D]
        case "f": return [0x0C...0x0C]
        case "v": return [0x0B...0x0B]
        case "x":
            guard index + 2 <= text.count else { throw refused("\\x needs two digits") }
            let value = try hexadecimal(String(String.UnicodeScalarView(text[index..<(index + 2)])))
            index += 2
            return [value...value]
        case "u":
            guard take("{"), let end = text[index...].firstIndex(of: "}") else {
                throw refused("\\u needs braces, such as \\u{1F600}")
            }
            let value = try hexadecimal(String(String.UnicodeScalarView(text[index..<end])))
            index = end + 1
            return [value...value]
        default:
            guard !scalar.properties.isAlphabetic, !(0x30...0x39).contains(scalar.value) else {
                throw refused("\\\(scalar) is not known")
            }
            return [scalar.value...scalar.value]
        }
    }

    private func hexadecimal(_ digits: String) throws(RequestError) -> UInt32 {
        guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16), value <= 0x10FFFF
        else { throw refused("'\(digits)' is no character's number") }
        return value
    }
}
