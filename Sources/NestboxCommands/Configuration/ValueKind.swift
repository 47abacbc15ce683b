// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import NestboxCore

/// A value as it stands in its source: a file, an environment variable or an option.
enum RawValue: Sendable {
    /// One piece of text. `quoted` is false only for plain scalars of a file and for values that have no quoting.
    case scalar(String, quoted: Bool)
    case list([String])
    case mapping
}

/// How values of one type are read and written. `name` is what the documentation calls the type.
struct ValueKind<Value: Sendable>: Sendable {
    let name: String
    let parse: @Sendable (RawValue) throws(ValueError) -> Value
    /// The value as it would be written in a file; nil for "not set".
    let text: @Sendable (Value) -> String?
    /// Whether values are lists, which an environment variable separates by commas.
    var isList = false
}

extension ValueKind {
    /// A kind that reads one piece of text, quoted or not.
    private static func scalar(
        _ name: String, text: @escaping @Sendable (Value) -> String?,
        parse: @escaping @Sendable (String) throws(ValueError) -> Value
    ) -> ValueKind {
        ValueKind(
            name: name,
            parse: { raw throws(ValueError) in
                guard case .scalar(let text, _) = raw else { throw ValueError("must be one \(name), not \(raw.shape)") }
                return try parse(text)
            }, text: text)
    }

    /// A kind that reads a plain word: in a file, quotes would make it text.
    private static func plain(
        _ name: String, text: @escaping @Sendable (Value) -> String?,
        parse: @escaping @Sendable (String) throws(ValueError) -> Value
    ) -> ValueKind {
        ValueKind(
            name: name,
            parse: { raw throws(ValueError) in
                guard case .scalar(let text, let quoted) = raw else {
                    throw ValueError("must be one \(name), not \(raw.shape)")
                }
                guard !quoted else { throw ValueError("must be one \(name) without quotes, not the text '\(text)'") }
                return try parse(text)
            }, text: text)
    }
}

extension ValueKind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> ValueKind {
        plain("whole number", text: { String($0) }) { text throws(ValueError) in
            guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(text) else {
                throw ValueError("'\(text)' is not a whole number")
            }
            return try value.checked(range) { String($0) }
        }
    }

    static func size(_ range: ClosedRange<Int>) -> ValueKind {
        scalar("size", text: { ByteSize.text($0) }) { text throws(ValueError) in
            try ByteSize.parse(text).checked(range) { ByteSize.text($0) }
        }
    }

    static func time(_ range: ClosedRange<Int>) -> ValueKind {
        scalar("time", text: { TimeText.text($0) }) { text throws(ValueError) in
            try TimeText.parse(text).checked(range) { TimeText.text($0) }
        }
    }

    static func cpus(_ range: ClosedRange<Int>) -> ValueKind {
        plain("number of CPUs", text: { CPUCount.text($0) }) { text throws(ValueError) in
            try CPUCount.parse(text).checked(range) { CPUCount.text($0) }
        }
    }
}

extension ValueKind where Value == Duration {
    static func duration(_ milliseconds: ClosedRange<Int>) -> ValueKind {
        let kind = ValueKind<Int>.time(milliseconds)
        return ValueKind(
            name: kind.name, parse: { raw throws(ValueError) in .milliseconds(try kind.parse(raw)) },
            text: { kind.text(Int($0 / .milliseconds(1))) })
    }
}

extension ValueKind where Value == Bool {
    static var boolean: ValueKind {
        plain("true or false", text: { String($0) }) { text throws(ValueError) in
            switch text {
            case "true": return true
            case "false": return false
            default: throw ValueError("'\(text)' is neither true nor false")
            }
        }
    }
}

extension ValueKind where Value == ListenAddress {
    static var address: ValueKind {
        scalar("address", text: { $0.description }) { text throws(ValueError) in
            do throws(RequestError) {
                return try ListenAddress(parsing: text)
            } catch {
                throw ValueError(error.message)
            }
        }
    }
}

extension ValueKind where Value == String {
    static func text(_ name: String, check: @escaping @Sendable (String) throws(ValueError) -> Void) -> ValueKind {
        scalar(name, text: { $0 }) { text throws(ValueError) in
            try text.checkedNotEmpty()
            try check(text)
            return text
        }
    }

    static var path: ValueKind { text("path") { _ throws(ValueError) in } }
}

extension ValueKind where Value == String? {
    static func optional(_ kind: ValueKind<String>) -> ValueKind {
        ValueKind(name: kind.name, parse: { raw throws(ValueError) in try kind.parse(raw) }, text: { $0 })
    }
}

extension ValueKind where Value == [String] {
    static func list(of name: String, check: @escaping @Sendable (String) throws(ValueError) -> Void) -> ValueKind {
        ValueKind(
            name: "list of \(name)",
            parse: { raw throws(ValueError) in
                guard case .list(let items) = raw else {
                    throw ValueError("must be a list of \(name), such as [a, b], not \(raw.shape)")
                }
                for item in items {
                    try item.checkedNotEmpty()
                    try check(item)
                }
                return items
            }, text: { $0.isEmpty ? nil : "[\($0.joined(separator: ", "))]" }, isList: true)
    }
}

extension RawValue {
    fileprivate var shape: String {
        switch self {
        case .scalar: "one value"
        case .list: "a list"
        case .mapping: "a section"
        }
    }
}

extension Int {
    fileprivate func checked(_ range: ClosedRange<Int>, text: (Int) -> String) throws(ValueError) -> Int {
        guard range.contains(self) else {
            throw ValueError(
                "\(text(self)) is out of range; it must be from \(text(range.lowerBound)) to \(text(range.upperBound))")
        }
        return self
    }
}

extension String {
    fileprivate func checkedNotEmpty() throws(ValueError) {
        guard !isEmpty else { throw ValueError("must not be empty") }
        guard !utf8.contains(0) else { throw ValueError("must not contain a NUL character") }
    }
}
