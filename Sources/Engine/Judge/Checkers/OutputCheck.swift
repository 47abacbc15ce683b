// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// Compares what a program printed with what it should have printed. Takes time in proportion to the output, whatever is in it.
enum OutputCheck {
    /// What a checker says that is no program.
    ///
    /// - Parameter pattern: Of a checker `regex`.
    static func check(
        _ checker: Checker, output: [UInt8], expected: [UInt8], pattern: Pattern?
    ) -> CheckerReport {
        switch checker {
        case .exact: exact(output, expected)
        case .tokens: tokens(output, expected, tolerance: nil)
        case .float(let tolerance): tokens(output, expected, tolerance: tolerance)
        case .lines: lines(output, expected)
        case .regex: matches(output, pattern)
        case .program, .interactive:
            CheckerReport(outcome: .failed, message: "a program decides about this case", share: 0)
        }
    }

    private static let accepted = CheckerReport(outcome: .accepted, share: 1)

    private static func wrong(_ message: String) -> CheckerReport {
        CheckerReport(outcome: .wrong, message: message, share: 0)
    }

    private static func exact(_ output: [UInt8], _ expected: [UInt8]) -> CheckerReport {
        if output == expected { return accepted }
        let common = zip(output, expected).prefix { $0 == $1 }.count
        let line = output.prefix(common).count { $0 == newline } + 1
        if common == expected.count {
            return wrong("\(output.count - common) bytes more than expected, from line \(line) on")
        }
        if common == output.count {
            return wrong("\(expected.count - common) bytes are missing at the end, in line \(line)")
        }
        return wrong("byte \(common + 1), in line \(line), differs")
    }

    // MARK: Words

    private static func tokens(
        _ output: [UInt8], _ expected: [UInt8], tolerance: Checker.Tolerance?
    ) -> CheckerReport {
        var found = Words(output)
        var wanted = Words(expected)
        var number = 0
        while true {
            number += 1
            switch (found.next(), wanted.next()) {
            case (nil, nil): return accepted
            case (let word?, nil): return wrong("token \(number) is '\(text(word))', expected the end")
            case (nil, let word?): return wrong("there is no token \(number), expected '\(text(word))'")
            case (let word?, let other?):
                if word.elementsEqual(other) { continue }
                if let tolerance, let value = decimal(word), let right = decimal(other) {
                    if isNear(value, right, tolerance) { continue }
                    return wrong(
                        "token \(number) is \(text(word)), expected \(text(other)): the difference is too large")
                }
                return wrong("token \(number) is '\(text(word))', expected '\(text(other))'")
            }
        }
    }

    static func isNear(_ value: Double, _ right: Double, _ tolerance: Checker.Tolerance) -> Bool {
        if value == right { return true }
        let difference = abs(value - right)
        guard difference.isFinite else { return false }
        return difference <= tolerance.absolute || difference <= tolerance.relative * abs(right)
    }

    /// A finite number in decimal, such as `-1.5e-3`; nil for everything else, `nan` and `inf` included: they are words.
    private static func decimal(_ word: ArraySlice<UInt8>) -> Double? {
        guard word.count <= 1024, word.contains(where: { (0x30...0x39).contains($0) }),
            word.allSatisfy({ (0x30...0x39).contains($0) || Self.numeral.contains($0) })
        else { return nil }
        guard let value = Double(String(decoding: word, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    private static let numeral = Array("+-.eE".utf8)

    // MARK: Lines

    private static func lines(_ output: [UInt8], _ expected: [UInt8]) -> CheckerReport {
        var found = Lines(output)
        var wanted = Lines(expected)
        var number = 0
        while true {
            number += 1
            switch (found.next(), wanted.next()) {
            case (nil, nil): return accepted
            case (let line?, nil): return wrong("line \(number) is '\(text(line))', expected the end")
            case (nil, let line?): return wrong("there is no line \(number), expected '\(text(line))'")
            case (let line?, let other?):
                guard line.elementsEqual(other) else {
                    return wrong("line \(number) is '\(text(line))', expected '\(text(other))'")
                }
            }
        }
    }

    // MARK: Expressions

    private static func matches(_ output: [UInt8], _ pattern: Pattern?) -> CheckerReport {
        guard let pattern else { return CheckerReport(outcome: .failed, message: "there is no expression", share: 0) }
        let end = output.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
        switch pattern.matches(String(decoding: output[..<end], as: UTF8.self)) {
        case true?: return accepted
        case false?: return wrong("the output does not match the expression")
        case nil:
            return CheckerReport(
                outcome: .failed,
                message: "the expression needs more than \(Pattern.mostSteps) steps for \(end) bytes of output",
                share: 0)
        }
    }

    // MARK: Text

    static let newline = UInt8(ascii: "\n")

    /// White space of C's `isspace`.
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static let mostQuoted = 80

    /// The beginning of a word or line, for a message.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.count > mostQuoted else { return String(decoding: bytes, as: UTF8.self) }
        var end = bytes.startIndex + mostQuoted
        while end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self) + "..."
    }
}

/// The words between white space.
struct Words {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> ArraySlice<UInt8>? {
        while index < bytes.count, OutputCheck.isSpace(bytes[index]) { index += 1 }
        guard index < bytes.count else { return nil }
        let start = index
        while index < bytes.count, !OutputCheck.isSpace(bytes[index]) { index += 1 }
        return bytes[start..<index]
    }
}

/// Lines without white space at their ends, as far as the last that is not empty.
struct Lines {
    private let bytes: [UInt8]
    private let end: Int
    private var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.lastIndex { !OutputCheck.isSpace($0) }.map { $0 + 1 } ?? 0
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard index < end else { return nil }
        let start = index
        let stop = bytes[index..<end].firstIndex(of: OutputCheck.newline) ?? end
        index = stop + 1
        var last = stop
        while last > start, OutputCheck.isSpace(bytes[last - 1]) { last -= 1 }
        return bytes[start..<last]
    }
}
