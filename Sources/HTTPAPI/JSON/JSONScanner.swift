// SPDX-License-Identifier: Apache-2.0

/// Where and why a text is not the JSON we take.
package struct JSONFault: Error, Equatable {
    /// Bytes before the fault.
    package let offset: Int
    package let reason: String
}

/// A value in a text, for messages.
struct JSONFinding: Equatable {
    /// Keys and, as decimal numbers, indices.
    let path: [String]
    /// Such as "an array" or "the number 1.5".
    let kind: String
}

/// Checks a JSON text (RFC 8259) before it is decoded, without making anything of it.
///
/// Refused beside what the grammar refuses: nesting deeper than ``deepest``, more than so many values, numbers
/// longer than ``longestNumber``, bytes that are not UTF-8, half surrogate pairs, and an object that has a key twice
/// (which of the two counts would be anybody's guess).
package struct JSONScanner {
    static let deepest = 64
    package static let mostValues = 200_000
    /// Of a batch, so that the number of submissions is what bounds it.
    static let mostValuesOfBatches = 1_000_000
    static let longestNumber = 64

    /// An array or object that is not closed yet. Changed in place only: a copy that lives while `keys` grows would make
    /// every further key cost as much as all before it.
    private struct Container {
        let isObject: Bool
        /// Of an object: the keys so far.
        var keys: Set<String> = []
        /// Of an object: the key of the value being read.
        var current = ""
        /// Of an array: the index of the value being read.
        var index = 0
    }

    private var index = 0
    private var values = 0
    private var containers: [Container] = []
    private let wanted: Wanted
    private let mostValues: Int
    private var found: JSONFinding?

    private enum Wanted {
        case nothing
        case value(path: [String])
        case numberThatDoesNotFit
    }

    /// - Throws: ``JSONFault`` at the first thing that is not right.
    package static func check(_ bytes: Span<UInt8>, mostValues: Int = JSONScanner.mostValues) throws(JSONFault) {
        var scanner = JSONScanner(wanted: .nothing, mostValues: mostValues)
        try scanner.document(bytes)
    }

    /// The kind of the value at `path`, with array indices as decimal numbers; nil when there is none.
    static func kind(of path: [String], in bytes: Span<UInt8>) throws(JSONFault) -> String? {
        var scanner = JSONScanner(wanted: .value(path: path))
        try scanner.document(bytes)
        return scanner.found?.kind
    }

    /// Whether fields of this name hold numbers that need not be whole.
    static func isDecimal(_ name: String) -> Bool { decimals.contains(name) }

    /// The first number that its field cannot hold: one that is not a whole one of 64 bits, or not finite where it need not be
    /// whole; nil when there is none.
    static func numberThatDoesNotFit(in bytes: Span<UInt8>) throws(JSONFault) -> JSONFinding? {
        var scanner = JSONScanner(wanted: .numberThatDoesNotFit)
        try scanner.document(bytes)
        return scanner.found
    }

    /// Fields of requests whose numbers need not be whole.
    private static let decimals: Set<String> = ["absolute", "relative", "score"]

    private init(wanted: Wanted, mostValues: Int = .max) {
        self.wanted = wanted
        self.mostValues = mostValues
    }

    // MARK: Structure

    private mutating func document(_ bytes: Span<UInt8>) throws(JSONFault) {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            throw fault("there is a byte order mark; send plain UTF-8")
        }
        skipSpace(bytes)
        try value(bytes)
        while let isObject = containers.last?.isObject {
            skipSpace(bytes)
            if isObject { try nextInObject(bytes) } else { try nextInArray(bytes) }
        }
        skipSpace(bytes)
        if index < bytes.count { throw fault("there is more after the end of the value") }
    }

    /// Reads a value; of an array or object only its opening and what leads to its first value.
    private mutating func value(_ bytes: Span<UInt8>) throws(JSONFault) {
        values += 1
        if values > mostValues { throw fault("there are more than \(mostValues) values") }
        guard index < bytes.count else { throw fault("the text ends where a value should be") }
        let start = index
        switch bytes[index] {
        case UInt8(ascii: "\""):
            note("a string")
            _ = try string(bytes, isKey: false)
        case UInt8(ascii: "{"):
            note("an object")
            try open(Container(isObject: true))
            skipSpace(bytes)
            if take(UInt8(ascii: "}"), bytes) { containers.removeLast() } else { try member(bytes) }
        case UInt8(ascii: "["):
            note("an array")
            try open(Container(isObject: false))
            skipSpace(bytes)
            if take(UInt8(ascii: "]"), bytes) { containers.removeLast() } else { try value(bytes) }
        case UInt8(ascii: "t"):
            note("true")
            try literal("true", bytes)
        case UInt8(ascii: "f"):
            note("false")
            try literal("false", bytes)
        case UInt8(ascii: "n"):
            note("null")
            try literal("null", bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number(bytes)
            noteNumber(start..<index, bytes)
        default:
            throw fault("\(shown(bytes[index])) cannot begin a value")
        }
    }

    private mutating func open(_ container: Container) throws(JSONFault) {
        if containers.count == Self.deepest { throw fault("values are nested more than \(Self.deepest) deep") }
        containers.append(container)
        index += 1
    }

    private mutating func nextInArray(_ bytes: Span<UInt8>) throws(JSONFault) {
        if take(UInt8(ascii: "]"), bytes) {
            containers.removeLast()
            return
        }
        guard take(UInt8(ascii: ","), bytes) else { throw expected("',' or ']'", bytes) }
        containers[containers.count - 1].index += 1
        skipSpace(bytes)
        try value(bytes)
    }

    private mutating func nextInObject(_ bytes: Span<UInt8>) throws(JSONFault) {
        if take(UInt8(ascii: "}"), bytes) {
            containers.removeLast()
            return
        }
        guard take(UInt8(ascii: ","), bytes) else { throw expected("',' or '}'", bytes) }
        skipSpace(bytes)
        try member(bytes)
    }

    /// A key, its colon and its value.
    private mutating func member(_ bytes: Span<UInt8>) throws(JSONFault) {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw expected("a key in quotes", bytes) }
        let start = index
        let key = try string(bytes, isKey: true)
        guard containers[containers.count - 1].keys.insert(key).inserted else {
            throw JSONFault(offset: start, reason: "the key \(shortened(key)) stands twice in one object")
        }
        containers[containers.count - 1].current = key
        skipSpace(bytes)
        guard take(UInt8(ascii: ":"), bytes) else { throw expected("':'", bytes) }
        skipSpace(bytes)
        try value(bytes)
    }

    // MARK: Scalars

    /// Reads a string. Only of keys the text is wanted; otherwise the result is empty.
    private mutating func string(_ bytes: Span<UInt8>, isKey: Bool) throws(JSONFault) -> String {
        let opening = index
        index += 1
        var text = String.UnicodeScalarView()
        var plain = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                if isKey { text.append(contentsOf: Self.text(plain..<index, bytes).unicodeScalars) }
                index += 1
                return String(text)
            case UInt8(ascii: "\\"):
                if isKey { text.append(contentsOf: Self.text(plain..<index, bytes).unicodeScalars) }
                let scalar = try escape(bytes)
                if isKey { text.append(scalar) }
                plain = index
            case 0..<0x20:
                throw fault("\(shown(bytes[index])) stands in a string; write it as an escape")
            case 0x20..<0x80:
                index += 1
            default:
                guard case .complete(let length) = UTF8Sequence(bytes, at: index) else {
                    throw fault("the byte \(shown(bytes[index])) is not UTF-8")
                }
                index += length
            }
        }
        throw JSONFault(offset: opening, reason: "a string begins and does not end")
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(JSONFault) -> Unicode.Scalar {
        let start = index
        index += 1
        guard index < bytes.count else { throw fault("the text ends within an escape") }
        let letter = bytes[index]
        index += 1
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try hexadecimal(bytes)
            if let scalar = Unicode.Scalar(first) { return scalar }
            guard (0xD800..<0xDC00).contains(first), take(UInt8(ascii: "\\"), bytes), take(UInt8(ascii: "u"), bytes),
                case let second = try hexadecimal(bytes), (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
            else { throw JSONFault(offset: start, reason: "an escape is half of a surrogate pair") }
            return scalar
        default:
            throw JSONFault(offset: start, reason: "\\\(shown(letter)) is no escape")
        }
    }

    private mutating func hexadecimal(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue,
                bytes[index] < 0x80
            else { throw fault("\\u needs four hexadecimal digits") }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONFault) {
        let start = index
        _ = take(UInt8(ascii: "-"), bytes)
        if !take(UInt8(ascii: "0"), bytes) { try digits(bytes) }
        if take(UInt8(ascii: "."), bytes) { try digits(bytes) }
        if take(UInt8(ascii: "e"), bytes) || take(UInt8(ascii: "E"), bytes) {
            if !take(UInt8(ascii: "+"), bytes) { _ = take(UInt8(ascii: "-"), bytes) }
            try digits(bytes)
        }
        if index - start > Self.longestNumber {
            throw JSONFault(offset: start, reason: "a number has more than \(Self.longestNumber) characters")
        }
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(JSONFault) {
        let start = index
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
        if index == start { throw expected("a digit", bytes) }
    }

    private mutating func literal(_ word: StaticString, _ bytes: Span<UInt8>) throws(JSONFault) {
        let start = index
        for byte in word.description.utf8 where !take(byte, bytes) {
            throw JSONFault(offset: start, reason: "'\(word)' is misspelt")
        }
    }

    // MARK: Bytes and messages

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private static func text(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
        String(decoding: range.map { bytes[$0] }, as: UTF8.self)
    }

    private func fault(_ reason: String) -> JSONFault { JSONFault(offset: index, reason: reason) }

    private func expected(_ what: String, _ bytes: Span<UInt8>) -> JSONFault {
        fault(index < bytes.count ? "\(what) should stand here, not \(shown(bytes[index]))" : "the text ends too early")
    }

    private func shown(_ byte: UInt8) -> String {
        (0x21..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "0x" + String(byte, radix: 16)
    }

    private func shortened(_ key: String) -> String {
        key.utf8.count <= 64 ? "'\(key)'" : "'\(key.prefix(60))...'"
    }

    // MARK: Finding

    private mutating func note(_ kind: String) {
        guard case .value(let path) = wanted, found == nil, containers.count == path.count, path == self.path else {
            return
        }
        found = JSONFinding(path: path, kind: kind)
    }

    private mutating func noteNumber(_ range: Range<Int>, _ bytes: Span<UInt8>) {
        switch wanted {
        case .nothing: break
        case .value: note("the number \(Self.text(range, bytes))")
        case .numberThatDoesNotFit:
            let text = Self.text(range, bytes)
            let name = path.last ?? ""
            let isFitting =
                Self.decimals.contains(name)
                ? Double(text)?.isFinite ?? false
                : Int(text) != nil || Double(text).flatMap { Int(exactly: $0) } != nil
            if found == nil, !isFitting {
                found = JSONFinding(path: path, kind: "the number \(text)")
            }
        }
    }

    /// Of the value that is being read.
    private var path: [String] {
        containers.map { $0.isObject ? $0.current : String($0.index) }
    }
}
