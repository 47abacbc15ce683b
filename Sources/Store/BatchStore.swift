// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
public import NestboxCore

/// How much of batches stays on disk.
public struct BatchRetention: Sendable, Hashable {
    /// Most batches that are over.
    public var batches: Int
    /// Most bytes of JSON text of all batches together; those that are over leave first, and no batch is taken beyond it.
    public var bytes: Int
    /// Most bytes of kept judgements.
    public var judgementBytes: Int

    public init(batches: Int = 100, bytes: Int = 8 << 30, judgementBytes: Int = 256 << 20) {
        self.batches = max(0, batches)
        self.bytes = max(1, bytes)
        self.judgementBytes = max(0, judgementBytes)
    }
}

/// Batches, what is left to do of them, and their results, in a SQLite database.
///
/// A submission is in the table `item` until its result is committed, which removes it in the same transaction: it is done
/// exactly when it has a result. When a call has returned, what it wrote survives the death of this process, `kill -9`
/// included; a power cut may take the last commits, never the database.
///
/// One process at a time has the database: two would judge the same submissions.
public final class BatchStore: Sendable {
    /// A submission to judge.
    public struct Item: Sendable, Hashable {
        /// Its place in the batch, from 0.
        public let number: Int
        public let json: String
    }

    /// A batch that is not over.
    public struct Open: Sendable, Hashable {
        public let id: String
        /// JSON text of what is the same for all its submissions.
        public let options: String
    }

    public let retention: BatchRetention
    let subject: String
    let database: DatabaseQueue

    /// Opens the database, making it when there is none.
    ///
    /// - Parameter path: Database file; nil keeps everything in memory.
    /// - Throws: ``StoreError``: `store_locked` while another process has it; a damaged file is `store_corrupt`, and is left as
    ///   it is.
    public init(path: String?, retention: BatchRetention = BatchRetention()) throws(StoreError) {
        subject = path ?? "memory"
        self.retention = retention
        do {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(1)
            if let path {
                if !FileManager.default.fileExists(atPath: path) {
                    _ = FileManager.default.createFile(
                        atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                }
                configuration.journalMode = .wal
                configuration.prepareDatabase { database in
                    try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
                    try database.execute(sql: "PRAGMA synchronous = NORMAL")
                    try database.execute(sql: "PRAGMA journal_size_limit = \(64 << 20)")
                }
                database = try DatabaseQueue(path: path, configuration: configuration)
            } else {
                database = try DatabaseQueue(configuration: configuration)
            }
            try Self.migrator.migrate(database)
        } catch {
            throw StoreError(error, operation: "open", subject: subject)
        }
    }

    func perform<Value: Sendable>(
        _ operation: String, _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await database.write { try body($0) }
        } catch {
            throw StoreError(error, operation: operation, subject: subject)
        }
    }

    public func close() throws(StoreError) {
        do {
            try database.close()
        } catch {
            throw StoreError(error, operation: "close", subject: subject)
        }
    }

    // MARK: Batches

    /// Takes a batch, whole or not at all.
    ///
    /// - Parameters:
    ///   - problems: JSON texts by name.
    ///   - item: JSON text of the submission with this number; called for each.
    /// - Throws: What `item` throws, as ``StoreError``.
    public func add(
        id: String, options: String, problems: [String: String], count: Int, createdMilliseconds: Int,
        item: @escaping @Sendable (Int) throws -> String
    ) async throws(StoreError) {
        let retention = retention
        try await perform("save") { database in
            try database.execute(
                sql: "INSERT INTO batch (id, state, created_ms, total, options) VALUES (?, 'open', ?, ?, ?)",
                arguments: [id, createdMilliseconds, count, options])
            let batch = database.lastInsertedRowID
            var bytes = options.utf8.count
            for (name, json) in problems.sorted(by: { $0.key < $1.key }) {
                try database.execute(
                    sql: "INSERT INTO problem (batch, name, json) VALUES (?, ?, ?)", arguments: [batch, name, json])
                bytes += json.utf8.count
            }
            for number in 0..<count {
                let json = try item(number)
                try database.cachedStatement(sql: "INSERT INTO item (batch, number, json) VALUES (?, ?, ?)")
                    .execute(arguments: [batch, number, json])
                bytes += json.utf8.count
            }
            try database.execute(sql: "UPDATE batch SET bytes = ? WHERE seq = ?", arguments: [bytes, batch])
            try Self.drop(database, beyond: retention)
        }
    }

    /// Batches that are not over, oldest first.
    public func open() async throws(StoreError) -> [Open] {
        try await perform("load") { database in
            try Row.fetchAll(database, sql: "SELECT id, options FROM batch WHERE state = 'open' ORDER BY seq").map {
                Open(id: $0["id"], options: $0["options"])
            }
        }
    }

    /// Bytes of JSON text of batches that are not over.
    public func openBytes() async throws(StoreError) -> Int {
        try await perform("count") { database in
            try Int.fetchOne(database, sql: "SELECT sum(bytes) FROM batch WHERE state = 'open'") ?? 0
        }
    }

    /// Submissions without a result, of all batches that are not over.
    public func openCount() async throws(StoreError) -> Int {
        try await perform("count") { database in
            try Int.fetchOne(database, sql: "SELECT sum(total - done) FROM batch WHERE state = 'open'") ?? 0
        }
    }

    /// Submissions without a result whose number is beyond `number`, in their order.
    public func items(of id: String, after number: Int, limit: Int) async throws(StoreError) -> [Item] {
        try await perform("load") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT number, json FROM item WHERE batch = (SELECT seq FROM batch WHERE id = ?) AND number > ?
                    ORDER BY number LIMIT ?
                    """, arguments: [id, number, limit]
            ).map { Item(number: $0["number"], json: $0["json"]) }
        }
    }

    /// JSON text of a batch's problem.
    public func problem(_ name: String, of id: String) async throws(StoreError) -> String? {
        try await perform("load") { database in
            try String.fetchOne(
                database,
                sql: "SELECT json FROM problem WHERE batch = (SELECT seq FROM batch WHERE id = ?) AND name = ?",
                arguments: [id, name])
        }
    }

    public func status(of id: String) async throws(StoreError) -> BatchStatus? {
        try await perform("load") { try Self.status($0, id) }
    }

    static func status(_ database: Database, _ id: String) throws -> BatchStatus? {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM batch WHERE id = ?", arguments: [id]) else {
            return nil
        }
        let verdicts = try Row.fetchAll(
            database, sql: "SELECT name, count FROM verdict WHERE batch = ?", arguments: [row["seq"] as Int64])
        let done: Int = row["done"]
        let state: BatchStatus.State =
            switch row["state"] as String {
            case "finished": .finished
            case "cancelled": .cancelled
            default: done > 0 ? .running : .queued
            }
        return BatchStatus(
            id: id, state: state, total: row["total"], done: done,
            verdicts: Dictionary(uniqueKeysWithValues: verdicts.map { ($0["name"] as String, $0["count"] as Int) }),
            cached: row["cached"], createdMilliseconds: row["created_ms"], finishedMilliseconds: row["finished_ms"])
    }

    /// Ends a batch that is not over; its submissions without a result get none. Nil when it is unknown.
    ///
    /// - Returns: Its status, and whether it was this call that ended it.
    public func cancel(_ id: String, atMilliseconds now: Int) async throws(StoreError) -> (BatchStatus, Bool)? {
        let retention = retention
        return try await perform("save") { database in
            try database.execute(
                sql: "UPDATE batch SET state = 'cancelled', finished_ms = ? WHERE id = ? AND state = 'open'",
                arguments: [now, id])
            let isNew = database.changesCount > 0
            if isNew {
                try database.execute(
                    sql: "DELETE FROM item WHERE batch = (SELECT seq FROM batch WHERE id = ?)", arguments: [id])
            }
            guard let status = try Self.status(database, id) else { return nil }
            if isNew { try Self.drop(database, beyond: retention) }
            return (status, isNew)
        }
    }

    /// Drops what is beyond retention: the oldest batches that are over, but not the newest of them.
    static func drop(_ database: Database, beyond retention: BatchRetention) throws {
        try database.execute(
            sql: """
                DELETE FROM batch WHERE seq IN
                    (SELECT seq FROM batch WHERE state <> 'open' ORDER BY seq DESC LIMIT -1 OFFSET ?)
                """, arguments: [max(1, retention.batches)])
        repeat {
            try database.execute(
                sql: """
                    DELETE FROM batch WHERE seq = (SELECT min(seq) FROM batch WHERE state <> 'open')
                        AND seq < (SELECT max(seq) FROM batch WHERE state <> 'open')
                        AND (SELECT batch_bytes FROM usage) > ?
                    """, arguments: [retention.bytes])
        } while database.changesCount > 0
    }
}
