// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Times as RFC 3339 writes them, in UTC.
enum Timestamp {
    static func text(_ date: Date) -> String {
        let milliseconds = milliseconds(date)
        let seconds = milliseconds.floorDivided(by: 1000)
        return text(seconds: seconds, fraction: Int(milliseconds - seconds * 1000), digits: 3)
    }

    static func text(seconds: Int64, nanoseconds: Int32) -> String {
        text(seconds: seconds, fraction: Int(nanoseconds), digits: 9)
    }

    /// Whole milliseconds since 1970, as ``text(_:)`` shows them.
    static func milliseconds(_ date: Date) -> Int64 {
        Int64((date.timeIntervalSince1970 * 1000).rounded(.down))
    }

    /// Reads `2026-01-02T03:04:05[.6][Z|+07:00]`.
    static func milliseconds(parsing text: String) -> Int64? {
        // A plus that a form turned into a space.
        var rest = Substring(text.replacing(" ", with: "+"))
        guard let year = number(4, &rest), take("-", &rest), let month = number(2, &rest), take("-", &rest),
            let day = number(2, &rest), take("Tt", &rest), let hour = number(2, &rest), take(":", &rest),
            let minute = number(2, &rest), take(":", &rest), let second = number(2, &rest),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var milliseconds: Int64 = 0
        if take(".", &rest) {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty, let value = Int64((digits + "00").prefix(3)) else { return nil }
            milliseconds = value
            rest = rest.dropFirst(digits.count)
        }
        var offset: Int64 = 0
        if !take("Zz", &rest) {
            let isWest = rest.first == "-"
            guard take("+-", &rest), let hours = number(2, &rest), take(":", &rest), let minutes = number(2, &rest)
            else { return nil }
            offset = (hours * 60 + minutes) * (isWest ? -60 : 60)
        }
        guard rest.isEmpty else { return nil }
        let days = days(year: year, month: month, day: day)
        return (days * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1000 + milliseconds
    }

    private static func number(_ digits: Int, _ rest: inout Substring) -> Int64? {
        let part = rest.prefix(digits)
        guard part.utf8.count == digits, part.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(digits)
        return Int64(part)
    }

    private static func take(_ characters: String, _ rest: inout Substring) -> Bool {
        guard let first = rest.first, characters.contains(first) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func text(seconds: Int64, fraction: Int, digits: Int) -> String {
        let days = seconds.floorDivided(by: 86_400)
        let time = seconds - days * 86_400
        let (year, month, day) = civil(days)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let clock = "\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
        return "\(date)T\(clock).\(padded(Int64(fraction), digits))Z"
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Days since 1970 of a date of the Gregorian calendar, and back: years begin in March here, so that the day that
    /// comes every four years is the last of one.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year.floorDivided(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0), calendarMonth, day)
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
