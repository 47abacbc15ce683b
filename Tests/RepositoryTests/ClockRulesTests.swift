// SPDX-License-Identifier: Apache-2.0
import Testing

/// Deadlines and limits are measured on clocks that nobody can set.
@Suite struct ClockRulesTests {
    /// What may ask for the time of day, and for what. Nothing is decided by it but what clients name in it.
    private static let stamps: Set<String> = [
        "Sources/CClock/clock.c",  // what programs that shall have another clock ask for
        "Sources/CClock/calls.c",  // the same
        "Sources/CLinux/machine.c",  // a virtual machine is told the time
        "Sources/LinuxSystem/Clocks.swift",  // by its host
        "Sources/Engine/Computers/Support/ComputerClock.swift",  // start and end of a computer, for people
        "Sources/Engine/Computers/Life/SandboxBody.swift",  // whether a template file changed since
        "Sources/Engine/Judge/BatchManager.swift",  // when a batch was made and finished, for people
        "Sources/Engine/Warm/WarmStarts.swift",  // whether a template file changed since a prepared sandbox was made
        "Sources/Engine/Interpreter/Kernel.swift",  // when a line of output arrived, for people
        "Sources/HTTPAPI/E2B/Control/SandboxCalls.swift",  // refreshes: whether the shown end would move
        "Sources/HTTPAPI/E2B/Routing/FileSignature.swift",  // signed URLs expire at a Unix time
        "Sources/HTTPAPI/Logging/JSONLogHandler.swift",  // when a line was logged
        "Sources/LinuxSystem/Clocks.swift",  // the time that a virtual machine's clock is set to
        "Sources/CLinux/machine.c",  // setting it
        "Sources/Store/SQLiteReportStore.swift",  // when a report was kept, for whoever looks into the database
        "Sources/Store/ReportDatabase.swift",  // the name of a damaged database that was moved aside
    ]

    @Test func theWallClockOnlyStampsThings() throws {
        let wallClock = [
            "Date.now", "Date()", "timeIntervalSinceNow", "CLOCK_REALTIME", "gettimeofday", "UTCClock",
            "DispatchWallTime",
            "time(NULL)", "time(nil)",
        ]
        let files = try Repository.files(below: ["Sources"], extensions: ["swift", "c", "h"])
        let found = try Set(
            files.filter { path in
                let text = try Repository.text(path)
                return wallClock.contains { text.contains($0) }
            })
        #expect(found == Self.stamps)
    }
}
