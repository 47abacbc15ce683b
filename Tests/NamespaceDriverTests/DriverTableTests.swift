// SPDX-License-Identifier: Apache-2.0
import Foundation
import IsolationConformance
import Testing

@Suite struct DriverTableTests {
    /// docs/driver-table.md comes from a real run. A check that was added or renamed since then shows here.
    @Test func everyCheckIsInTheTable() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/driver-table.md")
        let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
        let written = Set(rows.map { String($0.dropFirst(3).prefix { $0 != "`" }) })
        // None of the four drivers declares so little on the machine that the table is from.
        let ofNone: Set = [
            "limits/cpu_time_is_seen_over_all_processes", "limits/memory_of_each_process", "limits/memory_peak_is_seen",
        ]
        let checks = Set(IsolationConformance.everyCheck.map(\.name))
        #expect(
            checks.subtracting(written).subtracting(ofNone) == [], "run the tests, then scripts/driver-table --write")
        #expect(written.subtracting(checks) == [])
        #expect(!rows.contains { $0.contains("FAILED") })
    }
}
