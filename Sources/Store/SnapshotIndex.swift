// SPDX-License-Identifier: Apache-2.0
public import Foundation
import GRDB

/// One snapshot of a computer: whose it is, and which archive holds its files.
public struct SnapshotRow: Sendable, Hashable {
    /// Unique for its owner, such as `NAME:default`.
    public var id: String
    public var owner: String
    public var name: String?
    public var computerID: String
    public var created: Date
    /// Name of the archive in the directory of archives.
    public var archive: String
    public var bytes: Int

    public init(
        id: String, owner: String, name: String?, computerID: String, created: Date, archive: String, bytes: Int
    ) {
        self.id = id
        self.owner = owner
        self.name = name
        self.computerID = computerID
        self.created = created
        self.archive = archive
        self.bytes = bytes
    }
}

/// Which snapshots there are, in a SQLite database beside their archives.
public final class SnapshotIndex: Sendable {
    private let subject: String
    private let database: DatabaseQueue

    /// Opens the index, making it when there is none.
    ///
    /// - Parameter path: Database file; nil keeps everything in memory.
    /// - Throws: ``StoreError``; a damaged file is `store_corrupt`, and is left as it is.
    public init(path: String?) throws(StoreError) {
        subject = path ?? "memory"
        do {
            if let path {
                if !FileManager.default.fileExists(atPath: path) {
                    _ = FileManager.default.createFile(
                        atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                }
                database = try DatabaseQueue(path: path)
            } else {
                database = try DatabaseQueue()
            }
            var migrator = DatabaseMigrator()
            migrator.registerMigration("0001_snapshot") { database in
                try database.execute(
                    sql: """
                        CREATE TABLE snapshot (
                            seq INTEGER PRIMARY KEY,
                            owner TEXT NOT NULL,
                            id TEXT NOT NULL,
                            name TEXT,
                            computer TEXT NOT NULL,
                            created_ms INTEGER NOT NULL,
                            archive TEXT NOT NULL UNIQUE,
                            bytes INTEGER NOT NULL,
                            UNIQUE (owner, id)
                        );
                        """)
            }
            try migrator.migrate(database)
        } catch {
            throw StoreError(error, operation: "open", subject: subject)
        }
    }

    /// Adds a snapshot, in place of the owner's one with the same id. Returns the one that was replaced.
    public func put(_ row: SnapshotRow) async throws(StoreError) -> SnapshotRow? {
        do {
            return try await database.write { database in
                let before = try Self.fetch(database, row.id, owner: row.owner)
                try database.execute(
                    sql: "DELETE FROM snapshot WHERE owner = ? AND id = ?", arguments: [row.owner, row.id])
                try database.execute(
                    sql:
                        "INSERT INTO snapshot (owner, id, name, computer, created_ms, archive, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        row.owner, row.id, row.name, row.computerID,
                        Int64((row.created.timeIntervalSince1970 * 1000).rounded()),
                        row.archive, row.bytes,
                    ])
                return before
            }
        } catch {
            throw StoreError(error, operation: "save", subject: subject)
        }
    }

    /// Removes a snapshot and returns it; nil when there is none.
    public func remove(_ id: String, owner: String) async throws(StoreError) -> SnapshotRow? {
        do {
            return try await database.write { database in
                let row = try Self.fetch(database, id, owner: owner)
                try database.execute(sql: "DELETE FROM snapshot WHERE owner = ? AND id = ?", arguments: [owner, id])
                return row
            }
        } catch {
            throw StoreError(error, operation: "remove", subject: subject)
        }
    }

    public func find(_ id: String, owner: String) async throws(StoreError) -> SnapshotRow? {
        do {
            return try await database.read { try Self.fetch($0, id, owner: owner) }
        } catch {
            throw StoreError(error, operation: "load", subject: subject)
        }
    }

    /// Newest first; of every owner when `owner` is nil.
    public func all(owner: String?) async throws(StoreError) -> [SnapshotRow] {
        do {
            return try await database.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT * FROM snapshot WHERE ?1 IS NULL OR owner = ?1 ORDER BY seq DESC",
                    arguments: [owner]
                ).map(Self.row)
            }
        } catch {
            throw StoreError(error, operation: "list", subject: subject)
        }
    }

    public func close() throws(StoreError) {
        do {
            try database.close()
        } catch {
            throw StoreError(error, operation: "close", subject: subject)
        }
    }

    private static func fetch(_ database: Database, _ id: String, owner: String) throws -> SnapshotRow? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM snapshot WHERE owner = ? AND id = ?", arguments: [owner, id]
        ).map(row)
    }

    private static func row(_ row: Row) -> SnapshotRow {
        SnapshotRow(
            id: row["id"], owner: row["owner"], name: row["name"], computerID: row["computer"],
            created: Date(timeIntervalSince1970: Double(row["created_ms"] as Int64) / 1000), archive: row["archive"],
            bytes: row["bytes"])
    }
}
