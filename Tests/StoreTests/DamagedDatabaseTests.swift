// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import NestboxCore
import Store
import Synchronization
import Testing

@Suite struct DamagedDatabaseTests {
    @Test func aFileThatIsNoDatabaseIsMovedAside() async throws {
        try await withFolder { folder in
            let path = folder + "/reports.sqlite"
            let garbage = Data((0..<8192).map { UInt8(truncatingIfNeeded: $0 * 7) })
            try garbage.write(to: URL(filePath: path))
            let store = try SQLiteReportStore(path: path)
            let moved = try #require(store.movedAside)
            #expect(moved.hasPrefix(path + ".corrupt-"))
            #expect(try Data(contentsOf: URL(filePath: moved)) == garbage)
            try await store.save(Reports.program("run_a"))
            #expect(try await store.load(id: "run_a") != nil)
        }
    }

    @Test func aDatabaseWithDamagedPagesIsMovedAside() async throws {
        try await withFolder { folder in
            let path = folder + "/reports.sqlite"
            let first = try SQLiteReportStore(path: path)
            for number in 0..<300 { await first.submit(Reports.program("run_\(number)")) }
            try await first.close()
            var bytes = try Data(contentsOf: URL(filePath: path))
            #expect(bytes.count > 16_384)
            for index in 8192..<bytes.count { bytes[index] = 0xA5 }
            try bytes.write(to: URL(filePath: path))

            let second = try SQLiteReportStore(path: path)
            #expect(second.movedAside != nil)
            #expect(try await second.usage().reports == 0)
            try await second.save(Reports.program("run_new"))
            #expect(try await second.load(id: "run_new") != nil)
        }
    }

    @Test func damagedFilesOfTheSameSecondDoNotOverwriteEachOther() async throws {
        try await withFolder { folder in
            let path = folder + "/reports.sqlite"
            for round in 0..<3 {
                for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
                try Data("not a database, round \(round), but long enough to be read as a header of one".utf8)
                    .write(to: URL(filePath: path))
                _ = try SQLiteReportStore(path: path)
            }
            let moved = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains(".corrupt-") }
            #expect(moved.count == 3)
        }
    }

    @Test func aFolderThatDoesNotExistIsAClearError() throws {
        let error = #expect(throws: StoreError.self) { try SQLiteReportStore(path: "/nonexistent/reports.sqlite") }
        #expect(error?.code == .inputOutput)
        #expect(error?.operation == "open")
        #expect(error?.message.contains("/nonexistent/reports.sqlite") == true)
    }

    @Test func aDirectoryInPlaceOfTheFileIsAClearError() async throws {
        try await withFolder { folder in
            let error = #expect(throws: StoreError.self) { try SQLiteReportStore(path: folder) }
            #expect(error?.code == .inputOutput)
        }
    }

    @Test func failingCommitsAreToldOnceAndSoIsTheirEnd() async throws {
        try await withFolder { folder in
            let path = folder + "/reports.sqlite"
            let told = Mutex<[String]>([])
            let store = try SQLiteReportStore(
                path: path, busyTimeout: .milliseconds(10),
                onFailure: { failure in told.withLock { $0.append(failure.code.rawValue) } },
                onRecovery: { told.withLock { $0.append("recovered") } })
            var configuration = GRDB.Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            for round in ["first", "second"] {
                try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                for number in 0..<5 {
                    await store.submit(Reports.program("run_\(round)_\(number)"))
                    await #expect(throws: StoreError.self) { try await store.flush() }
                }
                try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
                try await store.flush()
            }
            #expect(told.withLock { $0 } == ["store_locked", "recovered", "store_locked", "recovered"])
            #expect(try await store.usage().reports == 10)
        }
    }

    @Test func aLockedDatabaseIsAClearErrorAndTheReportIsNotLost() async throws {
        try await withFolder { folder in
            let path = folder + "/reports.sqlite"
            let failures = Mutex<[StoreError]>([])
            let store = try SQLiteReportStore(path: path, busyTimeout: .milliseconds(50)) { failure in
                failures.withLock { $0.append(failure) }
            }
            var configuration = GRDB.Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }

            let error = await #expect(throws: StoreError.self) { try await store.save(Reports.program("run_a")) }
            #expect(error?.code == .locked)
            #expect(error?.operation == "save")
            #expect(error?.message.contains(path) == true)

            await store.submit(Reports.program("run_b"))
            await #expect(throws: StoreError.self) { try await store.flush() }
            #expect(failures.withLock { $0.first?.code } == .locked)
            #expect(try await store.load(id: "run_b") != nil)

            try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
            try await store.flush()
            #expect(try await store.usage().reports == 1)
        }
    }
}
