// SPDX-License-Identifier: Apache-2.0

/// A value that could not be read. `message` is a clause that says what was given and what would be right.
struct ValueError: Error, Sendable, Equatable, CustomStringConvertible {
    let message: String

    init(_ message: String) { self.message = message }

    var description: String { message }
}

/// Decimal numbers with a unit, read exactly: no floating point, no silent rounding, no overflow.
enum Quantity {
    /// `text` cut into its number and its unit; nil when it does not begin with a digit.
    static func split(_ text: String) -> (number: Substring, unit: Substring)? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let first = number.first, first.isNumber else { return nil }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        return (number, unit)
    }

    /// `number` times `scale`; nil when it is malformed, not whole, or above `Int.max`.
    static func scaled(_ number: Substring, by scale: Int) -> Int? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let head = parts.first, let whole = Int(head) else { return nil }
        var (value, overflow) = whole.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return value }

        let digits = parts[1]
        guard !digits.isEmpty, digits.count <= 9, let fraction = Int(digits) else { return nil }
        var divisor = 1
        for _ in 0..<digits.count { divisor *= 10 }
        let (product, tooLarge) = fraction.multipliedReportingOverflow(by: scale)
        guard !tooLarge, product % divisor == 0 else { return nil }
        (value, overflow) = value.addingReportingOverflow(product / divisor)
        return overflow ? nil : value
    }
}

/// Sizes in bytes as people write them: `1048576`, `512M`, `512MiB`, `1.5GiB`. Units are binary; the decimal `MB` is
/// refused, because half of those who write it mean the other one.
enum ByteSize {
    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]

    static func parse(_ text: String) throws(ValueError) -> Int {
        if let (number, unit) = Quantity.split(text), let scale = scale(of: unit),
            let bytes = Quantity.scaled(number, by: scale)
        {
            return bytes
        }
        throw ValueError("'\(text)' is not a size; write bytes or a binary unit, such as 1048576, 512MiB, 512M or 1GiB")
    }

    private static func scale(of unit: Substring) -> Int? {
        if unit.isEmpty || unit == "B" { return 1 }
        let wanted = unit.lowercased()
        return units.first { $0.name.lowercased() == wanted || $0.name.prefix(1).lowercased() == wanted }?.bytes
    }

    /// The exact size in its largest whole unit, such as `512MiB`; ``parse(_:)`` reads it back.
    static func text(_ bytes: Int, space: String = "") -> String {
        for unit in units where bytes != 0 && bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(space)\(unit.name)"
        }
        return space.isEmpty ? "\(bytes)" : "\(bytes) bytes"
    }
}

/// Times as people write them: `500ms`, `10s`, `2m`, `1h`; a plain number is seconds. Kept in whole milliseconds.
enum TimeText {
    private static let units: [(name: String, milliseconds: Int)] = [
        ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    static func parse(_ text: String) throws(ValueError) -> Int {
        if let (number, unit) = Quantity.split(text),
            let scale = unit.isEmpty ? 1000 : units.first(where: { $0.name == unit })?.milliseconds,
            let milliseconds = Quantity.scaled(number, by: scale)
        {
            return milliseconds
        }
        throw ValueError("'\(text)' is not a time; write seconds or a unit down to 1 ms, such as 10s, 500ms, 2m or 1.5")
    }

    /// The exact time in its largest whole unit, such as `10s`; ``parse(_:)`` reads it back.
    static func text(_ milliseconds: Int, space: String = "") -> String {
        for unit in units where milliseconds != 0 && milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(space)\(unit.name)"
        }
        return "0\(space)s"
    }
}

/// CPUs as people write them: `1`, `0.5`, `4`. Kept in thousandths of one CPU.
enum CPUCount {
    static func parse(_ text: String) throws(ValueError) -> Int {
        if let (number, unit) = Quantity.split(text), unit.isEmpty, let milli = Quantity.scaled(number, by: 1000) {
            return milli
        }
        throw ValueError("'\(text)' is not a number of CPUs; write 1, 0.5 or 4, in steps of 0.001")
    }

    static func text(_ milliCPU: Int) -> String {
        guard milliCPU % 1000 != 0 else { return "\(milliCPU / 1000)" }
        var fraction = String(1000 + milliCPU % 1000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(milliCPU / 1000).\(fraction)"
    }
}
