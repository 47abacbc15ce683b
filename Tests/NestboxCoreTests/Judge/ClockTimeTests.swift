// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@Suite struct ClockTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
        ("2001-02-03T04:05:06.5Z", 981_173_106_500, "2001-02-03T04:05:06.500Z"),
        ("2024-02-29T12:00:00+01:30", 1_709_202_600_000, "2024-02-29T10:30:00Z"),
        ("1969-12-31T23:00:00.007-01:00", 7, "1970-01-01T00:00:00.007Z"),
        ("2000-02-29T00:00:00+00:00", 951_782_400_000, "2000-02-29T00:00:00Z"),
        ("2261-12-31T23:59:59.999Z", ClockTime.mostMilliseconds, "2261-12-31T23:59:59.999Z"),
    ])
    func momentsAreRead(text: String, milliseconds: Int, shown: String) throws {
        let time = try #require(ClockTime(text))
        #expect(time.unixMilliseconds == milliseconds)
        #expect(time.description == shown)
        #expect(ClockTime(shown) == time)
    }

    @Test(arguments: [
        "", "2024-02-29", "2024-02-29T12:00:00", "2024-02-29 12:00:00Z", "2024-02-30T12:00:00Z", "2023-02-29T12:00:00Z",
        "2100-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.0001Z", "2024-01-01T00:00:00z",
        "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00ZZ", "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01", "2262-01-01T00:00:00Z", "+2024-01-01T00:00:00Z", "２０24-01-01T00:00:00Z",
        "1700000000",
    ])
    func whatIsNoMomentIsRefused(text: String) {
        #expect(ClockTime(text) == nil)
    }

    /// Each day of all the years, against Foundation's calendar.
    @Test func daysAreThoseOfTheCalendar() throws {
        let style = Date.ISO8601FormatStyle()
        for day in stride(from: 0, to: 106_650, by: 1) {
            let time = try #require(ClockTime(unixMilliseconds: day * 86_400_000 + 1000))
            #expect(time.description == Date(timeIntervalSince1970: Double(day) * 86_400 + 1).formatted(style))
        }
    }
}
