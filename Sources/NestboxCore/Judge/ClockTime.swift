// SPDX-License-Identifier: Apache-2.0

/// A moment from 1970 to the end of 2261, in whole milliseconds. As text, one of ISO 8601 with its offset from UTC.
public struct ClockTime: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Since 1970, not counting leap seconds.
    public let unixMilliseconds: Int

    /// The end of 2261: what is counted in nanoseconds of 64 bits ends in 2262.
    public static let mostMilliseconds = 9_214_646_399_999
    /// For error messages, after "must be".
    public static let requirement =
        "a moment from 1970 to 2261 with its offset from UTC, such as 2024-02-29T12:00:00Z or 2024-02-29T12:00:00.5+01:00"

    /// Nil out of bounds.
    public init?(unixMilliseconds: Int) {
        guard (0...Self.mostMilliseconds).contains(unixMilliseconds) else { return nil }
        self.unixMilliseconds = unixMilliseconds
    }

    /// Nil for what is no moment, or none within bounds.
    public init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard let year = Self.digits(&rest, 4), Self.take(&rest, "-"),
            let month = Self.digits(&rest, 2), (1...12).contains(month), Self.take(&rest, "-"),
            let day = Self.digits(&rest, 2), (1...Self.days(of: month, year)).contains(day), Self.take(&rest, "T"),
            let hour = Self.digits(&rest, 2), hour < 24, Self.take(&rest, ":"),
            let minute = Self.digits(&rest, 2), minute < 60, Self.take(&rest, ":"),
            let second = Self.digits(&rest, 2), second < 60
        else { return nil }
        var fraction = 0
        if Self.take(&rest, ".") {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard (1...3).contains(digits.count), let value = Self.digits(&rest, digits.count) else { return nil }
            fraction = value * [100, 10, 1][digits.count - 1]
        }
        guard let offset = Self.offset(&rest), rest.isEmpty else { return nil }
        let days = Self.days(year, month, day)
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
        self.init(unixMilliseconds: seconds * 1000 + fraction)
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = Self(text) else {
            throw decoder.invalid("is '\(text.prefix(64))'; it must be \(Self.requirement)")
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// In UTC, with milliseconds where there are any.
    public var description: String {
        let seconds = unixMilliseconds / 1000
        let (year, month, day) = Self.date(seconds / 86_400)
        func padded(_ value: Int, _ count: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map { padded($0) }.joined(separator: ":")
        let fraction = unixMilliseconds % 1000 == 0 ? "" : "." + padded(unixMilliseconds % 1000, 3)
        return "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(clock)\(fraction)Z"
    }

    // MARK: Parts

    private static func digits(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> Int? {
        guard rest.count >= count else { return nil }
        var value = 0
        for byte in rest.prefix(count) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        rest.removeFirst(count)
        return value
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// In minutes.
    private static func offset(_ rest: inout ArraySlice<UInt8>) -> Int? {
        if take(&rest, "Z") { return 0 }
        let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
        guard take(&rest, "+") || take(&rest, "-"), let hours = digits(&rest, 2), hours < 24, take(&rest, ":"),
            let minutes = digits(&rest, 2), minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(of month: Int, _ year: Int) -> Int {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Days since 1970 of a date of the Gregorian calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let before = year - 1
        var days = 365 * before + before / 4 - before / 100 + before / 400 - 719_162
        for earlier in 1..<max(month, 1) { days += Self.days(of: earlier, year) }
        return days + day - 1
    }

    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        var year = 1970 + days / 366
        while Self.days(year + 1, 1, 1) <= days { year += 1 }
        var month = 1
        while month < 12, Self.days(year, month + 1, 1) <= days { month += 1 }
        return (year, month, days - Self.days(year, month, 1) + 1)
    }
}
