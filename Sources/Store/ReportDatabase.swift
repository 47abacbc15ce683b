// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB

/// One row of the table `report`.
struct ReportRow: Sendable {
    var id: String
    var verdict: String
    /// Milliseconds since 1970.
    var finished: Int64
    var json: String
}

/// The SQLite side: opening, schema, and the statements. Knows nothing of pending reports.
struct ReportDatabase: Sendable {
    /// Path, or `memory`; for messages.
    let subject: String
    private let database: any DatabaseWriter

    /// Opens or makes the database at `path` and brings its schema up to date; nil makes one in memory.
    ///
    /// The file is made readable for its owner only: it holds what users' programs printed.
    init(path: String?, busyTimeout: Duration) throws(StoreError) {
        subject = path ?? "memory"
        do {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(busyTimeout / .seconds(1))
            configuration.maximumReaderCount = 4
            if let path {
                try Self.makeFile(path)
                configuration.prepareDatabase { database in
                    // A commit costs no fsync; after a power cut the last ones may be gone, but the file is sound.
                    // https://www.sqlite.org/pragma.html#pragma_synchronous
                    try database.execute(sql: "PRAGMA synchronous = NORMAL")
                    try database.execute(sql: "PRAGMA journal_size_limit = \(64 << 20)")
                }
                database = try DatabasePool(path: path, configuration: configuration)
            } else {
                database = try DatabaseQueue(configuration: configuration)
            }
            try Self.migrator.migrate(database)
            try database.read { database in
                // Visits every page of the table's tree, so that damage shows now and not under a request.
                _ = try Row.fetchOne(database, sql: "SELECT count(*), sum(bytes), max(id) FROM report")
            }
        } catch {
            throw StoreError(error, operation: "open", subject: subject)
        }
    }

    private static func makeFile(_ path: String) throws(StoreError) {
        let files = FileManager.default
        if files.fileExists(atPath: path) { return }
        guard files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw StoreError(
                .inputOutput, operation: "open",
                message: "\(path) cannot be made; check that its folder exists and is writable")
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001_report") { database in
            // `seq` has no gaps: rows leave at the low end only. So the newest N are a range of it.
            // `usage` counts the bytes kept, so that retention by size never has to add them up.
            try database.execute(
                sql: """
                    CREATE TABLE report (
                        seq INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        verdict TEXT NOT NULL,
                        finished_ms INTEGER NOT NULL,
                        bytes INTEGER NOT NULL,
                        json TEXT NOT NULL
                    );
                    CREATE TABLE usage (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL);
                    INSERT INTO usage VALUES (1, 0);
                    CREATE TRIGGER report_added AFTER INSERT ON report BEGIN
                        UPDATE usage SET bytes = bytes + new.bytes;
                    END;
                    CREATE TRIGGER report_removed AFTER DELETE ON report BEGIN
                        UPDATE usage SET bytes = bytes - old.bytes;
                    END;
                    CREATE TRIGGER report_changed AFTER UPDATE OF bytes ON report BEGIN
                        UPDATE usage SET bytes = bytes - old.bytes + new.bytes;
                    END;
                    """)
        }
        return migrator
    }

    /// Writes rows in their order and drops the oldest beyond `keeping`, all in one transaction.
    func write(_ rows: [ReportRow], keeping retention: Retention) async throws(StoreError) {
        do {
            try await database.write { database in
                for row in rows {
                    try database.cachedStatement(
                        sql: """
                            INSERT INTO report (id, verdict, finished_ms, bytes, json) VALUES (?, ?, ?, ?, ?)
                            ON CONFLICT (id) DO UPDATE SET verdict = excluded.verdict,
                                finished_ms = excluded.finished_ms, bytes = excluded.bytes, json = excluded.json
                            """
                    ).execute(arguments: [row.id, row.verdict, row.finished, row.json.utf8.count, row.json])
                }
                try database.cachedStatement(
                    sql: "DELETE FROM report WHERE seq <= (SELECT max(seq) FROM report) - ?"
                ).execute(arguments: [retention.reports])
                repeat {
                    try database.cachedStatement(
                        sql: """
                            DELETE FROM report WHERE seq = (SELECT min(seq) FROM report)
                                AND seq < (SELECT max(seq) FROM report)
                                AND (SELECT bytes FROM usage) > ?
                            """
                    ).execute(arguments: [retention.bytes])
                } while database.changesCount > 0
            }
        } catch {
            throw StoreError(error, operation: "save", subject: subject)
        }
    }

    /// JSON text of a report, or nil.
    func read(id: String) async throws(StoreError) -> String? {
        do {
            return try await database.read { database in
                try String.fetchOne(
                    database.cachedStatement(sql: "SELECT json FROM report WHERE id = ?"), arguments: [id])
            }
        } catch {
            throw StoreError(error, operation: "load", subject: subject)
        }
    }

    /// Number of reports and bytes of JSON text kept.
    func usage() async throws(StoreError) -> (reports: Int, bytes: Int) {
        do {
            return try await database.read { database in
                (
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM report") ?? 0,
                    try Int.fetchOne(database, sql: "SELECT bytes FROM usage") ?? 0
                )
            }
        } catch {
            throw StoreError(error, operation: "count", subject: subject)
        }
    }

    func close() async throws(StoreError) {
        do {
            if database is DatabasePool {
                _ = try await database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            }
            try database.close()
        } catch {
            throw StoreError(error, operation: "close", subject: subject)
        }
    }
}

extension ReportDatabase {
    /// Renames a damaged database, with its side files, to `PATH.corrupt-TIME`.
    ///
    /// - Returns: The new path.
    static func moveAside(_ path: String) throws(StoreError) -> String {
        let files = FileManager.default
        let stamp = Date.now.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
        var target = "\(path).corrupt-\(stamp)"
        var attempt = 1
        while files.fileExists(atPath: target) {
            attempt += 1
            target = "\(path).corrupt-\(stamp)-\(attempt)"
        }
        do {
            try files.moveItem(atPath: path, toPath: target)
            for suffix in ["-wal", "-shm"] where files.fileExists(atPath: path + suffix) {
                try files.moveItem(atPath: path + suffix, toPath: target + suffix)
            }
        } catch {
            throw StoreError(
                .inputOutput, operation: "open",
                message:
                    "\(path) is damaged and cannot be renamed (\(error.localizedDescription)); move it away by hand")
        }
        return target
    }
}
