// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Store
import Synchronization
import Testing

@Suite struct SQLiteReportStoreTests {
    @Test func returnsWhatWasSaved() async throws {
        let store = try SQLiteReportStore(path: nil)
        let program = Reports.program("run_a", stdout: "ä\u{0}\u{1F600}/\"", verdict: .runtimeError)
        let markdown = Reports.markdown("run_b")
        try await store.save(program)
        try await store.save(markdown)
        #expect(try await store.load(id: "run_a") == program)
        #expect(try await store.load(id: "run_b") == markdown)
        #expect(try await store.load(id: "run_c") == nil)
    }

    @Test func savingAnIdAgainReplacesIt() async throws {
        let store = try SQLiteReportStore(path: nil)
        try await store.save(Reports.program("run_a", stdout: "first"))
        try await store.save(Reports.program("run_a", stdout: "second"))
        #expect(try await store.load(id: "run_a") == Reports.program("run_a", stdout: "second"))
        #expect(try await store.usage().reports == 1)
    }

    @Test func reportsOutliveTheStore() async throws {
        try await withFolder { folder in
            let path = folder + "/reports.sqlite"
            let first = try SQLiteReportStore(path: path)
            try await first.save(Reports.program("run_a"))
            await first.submit(Reports.program("run_b"))
            try await first.close()
            let second = try SQLiteReportStore(path: path)
            #expect(second.movedAside == nil)
            #expect(try await second.load(id: "run_a") == Reports.program("run_a"))
            #expect(try await second.load(id: "run_b") == Reports.program("run_b"))
        }
    }

    @Test func onlyTheOwnerMayReadTheFile() async throws {
        try await withFolder { folder in
            let store = try SQLiteReportStore(path: folder + "/reports.sqlite")
            try await store.save(Reports.program("run_a"))
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
        }
    }

    @Test func keepsExactlyTheNewestOfTenThousand() async throws {
        try await withFolder { folder in
            let store = try SQLiteReportStore(path: folder + "/reports.sqlite", retention: Retention(reports: 100))
            for number in 0..<10_000 { await store.submit(Reports.program("run_\(number)")) }
            try await store.flush()
            #expect(try await store.usage().reports == 100)
            #expect(try await store.load(id: "run_9899") == nil)
            for number in 9900..<10_000 { #expect(try await store.load(id: "run_\(number)") != nil) }
        }
    }

    @Test func keepsTheNewestThatFitInBytes() async throws {
        let store = try SQLiteReportStore(path: nil, retention: Retention(reports: 1000, bytes: 100_000))
        let output = String(repeating: "x", count: 20_000)
        for number in 0..<20 { try await store.save(Reports.program("run_\(number)", stdout: output)) }
        let usage = try await store.usage()
        #expect(usage.reports == 4)
        #expect(usage.bytes <= 100_000)
        #expect(try await store.load(id: "run_16") != nil)
        #expect(try await store.load(id: "run_15") == nil)

        try await store.save(Reports.program("run_huge", stdout: String(repeating: "x", count: 200_000)))
        #expect(try await store.usage().reports == 1)
        #expect(try await store.load(id: "run_huge") != nil)
    }

    @Test func keepsNothingWhenRetentionIsZero() async throws {
        let store = try SQLiteReportStore(path: nil, retention: Retention(reports: 0))
        try await store.save(Reports.program("run_a"))
        #expect(try await store.load(id: "run_a") == nil)
    }

    @Test func aSubmittedReportIsFoundAtOnce() async throws {
        try await withFolder { folder in
            let store = try SQLiteReportStore(path: folder + "/reports.sqlite")
            for number in 0..<200 {
                await store.submit(Reports.program("run_\(number)"))
                #expect(try await store.load(id: "run_\(number)") != nil)
            }
            try await store.flush()
            #expect(try await store.usage().reports == 200)
        }
    }

    @Test func aReportThatCannotBeEncodedDoesNotHoldUpTheOthers() async throws {
        let failures = Mutex<[StoreError]>([])
        let store = try SQLiteReportStore(path: nil) { failure in failures.withLock { $0.append(failure) } }
        var report = Reports.report("run_bad")
        report.timings.runMilliseconds = .nan
        await store.submit(.program(report))
        await store.submit(Reports.program("run_good"))
        try await store.flush()
        #expect(try await store.load(id: "run_good") != nil)
        #expect(try await store.load(id: "run_bad") == nil)
        #expect(failures.withLock { $0.map(\.operation) } == ["save"])
    }

    @Test func manyWritersInTwoStoresOfOneFile() async throws {
        try await withFolder { folder in
            let path = folder + "/reports.sqlite"
            let stores = [try SQLiteReportStore(path: path), try SQLiteReportStore(path: path)]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<50 {
                            let store = stores[(writer + number) % 2]
                            try await store.save(Reports.program("run_\(writer)_\(number)"))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await stores[0].usage().reports == 400)
            for writer in 0..<8 {
                for number in 0..<50 {
                    #expect(try await stores[1].load(id: "run_\(writer)_\(number)") != nil)
                }
            }
        }
    }

    @Test func aClosedStoreSaysSo() async throws {
        try await withFolder { folder in
            let store = try SQLiteReportStore(path: folder + "/reports.sqlite")
            try await store.close()
            let error = await #expect(throws: StoreError.self) { try await store.save(Reports.program("run_a")) }
            #expect(error?.code == .closed, "\(String(describing: error))")
        }
    }
}
