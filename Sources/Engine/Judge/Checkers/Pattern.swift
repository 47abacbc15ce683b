// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// A regular expression that is matched in time proportional to text and expression, whatever both are: the text comes from
/// programs that nobody trusts, and a backtracking matcher could be kept busy for ever.
///
/// Known: characters, `.`, `[...]`, `\d \w \s \b` and their opposites, `\n \t \r \xHH \u{H}`, groups, `|`, `* + ? {m,n}` (lazy
/// forms mean the same here), `^`, `$`, and `(?i)`, `(?s)`, `(?m)` at the beginning. Not known, and refused: look-around and
/// references to groups, which no such matcher can have.
struct Pattern: Sendable {
    /// Most looks at an instruction in one match.
    static let mostSteps = 50_000_000
    static let mostInstructions = 20_000
    static let mostBytes = 64 << 10

    enum Instruction: Sendable {
        case one(CharacterSet)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case accept
    }

    enum Assertion: Sendable {
        case begin, end, lineBegin, lineEnd, boundary, noBoundary
    }

    /// Ranges of characters, or everything else.
    struct CharacterSet: Sendable {
        var ranges: [ClosedRange<UInt32>]
        var isNegated = false
        var ignoresCase = false

        func contains(_ value: UInt32) -> Bool {
            var isIn = holds(value)
            if !isIn, ignoresCase {
                if (0x41...0x5A).contains(value) { isIn = holds(value + 0x20) }
                if (0x61...0x7A).contains(value) { isIn = holds(value - 0x20) }
            }
            return isIn != isNegated
        }

        private func holds(_ value: UInt32) -> Bool {
            for range in ranges where range.contains(value) { return true }
            return false
        }

        static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
        static let words: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
        static let spaces: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]

        /// Everything that is not in `ranges`.
        static func others(than ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
            var rest: [ClosedRange<UInt32>] = []
            var next: UInt32 = 0
            for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
                if range.lowerBound > next { rest.append(next...(range.lowerBound - 1)) }
                next = max(next, range.upperBound + 1)
            }
            rest.append(next...0x10FFFF)
            return rest
        }
    }

    private let program: [Instruction]

    /// Instructions it has come to.
    var size: Int { program.count }

    /// - Throws: ``RequestError`` `invalid_pattern` that says where and why.
    init(_ text: String, field: String = "pattern") throws(RequestError) {
        guard text.utf8.count <= Self.mostBytes else {
            throw RequestError(
                .invalidPattern, "\(field) is longer than \(Self.mostBytes) bytes", field: field)
        }
        var parser = PatternParser(text, field: field)
        let node = try parser.parse()
        var compiler = PatternCompiler(field: field)
        try compiler.emit(node)
        program = compiler.program + [.accept]
    }

    /// Whether the whole text matches; nil when that takes too many steps.
    func matches(_ text: String, mostSteps: Int = Pattern.mostSteps) -> Bool? {
        let scalars = Array(text.unicodeScalars.lazy.map(\.value))
        var threads = Threads(count: program.count)
        var next = Threads(count: program.count)
        var steps = 0
        add(0, at: 0, of: scalars, to: &threads, &steps)
        for (index, scalar) in scalars.enumerated() {
            if threads.list.isEmpty { return false }
            next.clear()
            for thread in threads.list {
                guard case .one(let set) = program[thread] else { continue }
                steps += set.ranges.count
                if set.contains(scalar) { add(thread + 1, at: index + 1, of: scalars, to: &next, &steps) }
            }
            if steps > mostSteps { return nil }
            swap(&threads, &next)
        }
        return threads.list.contains { if case .accept = program[$0] { true } else { false } }
    }

    /// Instructions that are waited at, each once.
    private struct Threads {
        private(set) var list: [Int] = []
        private var isThere: [Bool]

        init(count: Int) { isThere = Array(repeating: false, count: count) }

        mutating func insert(_ number: Int) -> Bool {
            if isThere[number] { return false }
            isThere[number] = true
            list.append(number)
            return true
        }

        mutating func clear() {
            for number in list { isThere[number] = false }
            list.removeAll(keepingCapacity: true)
        }
    }

    private func add(_ start: Int, at index: Int, of text: [UInt32], to threads: inout Threads, _ steps: inout Int) {
        var stack = [start]
        while let number = stack.popLast() {
            steps += 1
            guard threads.insert(number) else { continue }
            switch program[number] {
            case .one, .accept: break
            case .jump(let target): stack.append(target)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .assert(let assertion):
                if Self.holds(assertion, at: index, of: text) { stack.append(number + 1) }
            }
        }
    }

    private static func holds(_ assertion: Assertion, at index: Int, of text: [UInt32]) -> Bool {
        func isWord(_ index: Int) -> Bool {
            text.indices.contains(index) && CharacterSet.words.contains { $0.contains(text[index]) }
        }
        return switch assertion {
        case .begin: index == 0
        case .end: index == text.count
        case .lineBegin: index == 0 || text[index - 1] == 0x0A
        case .lineEnd: index == text.count || text[index] == 0x0A
        case .boundary: isWord(index - 1) != isWord(index)
        case .noBoundary: isWord(index - 1) == isWord(index)
        }
    }
}

/// Turns the parts of an expression into instructions.
private struct PatternCompiler {
    let field: String
    private(set) var program: [Pattern.Instruction] = []
    /// Parts that were looked at: those that come to nothing make no instruction, however often they are repeated.
    private var looks = 0

    init(field: String) { self.field = field }

    mutating func emit(_ node: PatternParser.Node) throws(RequestError) {
        looks += 1
        guard max(program.count, looks) < Pattern.mostInstructions else {
            throw RequestError(
                .invalidPattern, "\(field) is too large once its repetitions are written out", field: field)
        }
        switch node {
        case .empty: break
        case .one(let set): program.append(.one(set))
        case .assert(let assertion): program.append(.assert(assertion))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .choice(let parts):
            var ends: [Int] = []
            for (index, part) in parts.enumerated() {
                guard index < parts.count - 1 else {
                    try emit(part)
                    continue
                }
                let split = program.count
                program.append(.jump(0))
                try emit(part)
                ends.append(program.count)
                program.append(.jump(0))
                program[split] = .split(split + 1, program.count)
            }
            for end in ends { program[end] = .jump(program.count) }
        case .repeated(let part, let least, let most):
            for _ in 0..<least { try emit(part) }
            guard let most else {
                let split = program.count
                program.append(.jump(0))
                try emit(part)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
                return
            }
            var splits: [Int] = []
            for _ in least..<max(least, most) {
                splits.append(program.count)
                program.append(.jump(0))
                try emit(part)
            }
            for split in splits { program[split] = .split(split + 1, program.count) }
        }
    }
}
