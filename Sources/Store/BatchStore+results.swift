// SPDX-License-Identifier: Apache-2.0
import GRDB
public import NestboxCore

extension BatchStore {
    /// Commits the result of a submission. Returns false, and changes nothing, when it has one already or the batch is over.
    ///
    /// - Parameter json: Text of the ``SubmissionReport``.
    public func commit(
        _ json: String, verdict: Verdict, cached: Bool, number: Int, of id: String, atMilliseconds now: Int
    ) async throws(StoreError) -> Bool {
        let retention = retention
        return try await perform("save") { database in
            guard
                let row = try Row.fetchOne(
                    database.cachedStatement(
                        sql: "SELECT seq, done, total FROM batch WHERE id = ? AND state = 'open'"), arguments: [id])
            else { return false }
            let batch: Int64 = row["seq"]
            try database.cachedStatement(sql: "DELETE FROM item WHERE batch = ? AND number = ?")
                .execute(arguments: [batch, number])
            guard database.changesCount == 1 else { return false }
            let done = (row["done"] as Int) + 1
            try database.cachedStatement(sql: "INSERT INTO result (batch, seq, number, json) VALUES (?, ?, ?, ?)")
                .execute(arguments: [batch, done, number, json])
            try database.cachedStatement(
                sql: """
                    INSERT INTO verdict (batch, name, count) VALUES (?, ?, 1)
                    ON CONFLICT (batch, name) DO UPDATE SET count = count + 1
                    """
            ).execute(arguments: [batch, verdict.rawValue])
            let isOver = done == row["total"]
            try database.cachedStatement(
                sql: """
                    UPDATE batch SET done = ?, cached = cached + ?, bytes = bytes + ?,
                        state = CASE WHEN ? THEN 'finished' ELSE state END,
                        finished_ms = CASE WHEN ? THEN ? ELSE finished_ms END
                    WHERE seq = ?
                    """
            ).execute(arguments: [done, cached ? 1 : 0, json.utf8.count, isOver, isOver, now, batch])
            if isOver { try Self.drop(database, beyond: retention) }
            return true
        }
    }

    /// Results of a batch, and its status when they were read: one that is over has no others.
    public struct Page: Sendable, Hashable {
        public struct Line: Sendable, Hashable {
            public let sequence: Int
            /// JSON text of the ``SubmissionReport``.
            public let json: String
        }

        public let status: BatchStatus
        public let lines: [Line]
    }

    /// Results with sequence numbers beyond `sequence`, in their order: at most `limit`, and no more than `bytes` together unless
    /// the first alone is larger. Nil when the batch is unknown.
    public func page(
        of id: String, after sequence: Int, limit: Int, bytes: Int
    ) async throws(StoreError) -> Page? {
        try await perform("load") { database in
            guard let status = try Self.status(database, id) else { return nil }
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT seq, json FROM result WHERE batch = (SELECT seq FROM batch WHERE id = ?) AND seq > ?
                    ORDER BY seq LIMIT ?
                    """, arguments: [id, sequence, limit])
            var lines: [Page.Line] = []
            var total = 0
            while let row = try rows.next() {
                let json: String = row["json"]
                total += json.utf8.count
                if total > bytes, !lines.isEmpty { break }
                lines.append(.init(sequence: row["seq"], json: json))
            }
            return Page(status: status, lines: lines)
        }
    }
}
