// SPDX-License-Identifier: Apache-2.0
import GRDB

/// Reports that answer identical judgements.
extension BatchStore {
    /// The kept report of this key; using it makes it young again.
    public func judgement(_ key: String) async throws(StoreError) -> String? {
        try await perform("load") { database in
            guard
                let row = try Row.fetchOne(
                    database.cachedStatement(sql: "SELECT seq, json FROM judgement WHERE key = ?"), arguments: [key])
            else { return nil }
            try database.cachedStatement(
                sql: "UPDATE judgement SET seq = (SELECT max(seq) + 1 FROM judgement) WHERE seq = ?"
            ).execute(arguments: [row["seq"] as Int64])
            return row["json"]
        }
    }

    /// Keeps a report, and drops those that were used longest ago beyond retention.
    public func keepJudgement(_ json: String, for key: String) async throws(StoreError) {
        let most = retention.judgementBytes
        guard json.utf8.count + key.utf8.count <= most else { return }
        try await perform("save") { database in
            try database.cachedStatement(sql: "DELETE FROM judgement WHERE key = ?").execute(arguments: [key])
            try database.cachedStatement(sql: "INSERT INTO judgement (key, bytes, json) VALUES (?, ?, ?)")
                .execute(arguments: [key, json.utf8.count + key.utf8.count, json])
            repeat {
                try database.cachedStatement(
                    sql: """
                        DELETE FROM judgement WHERE seq = (SELECT min(seq) FROM judgement)
                            AND (SELECT judgement_bytes FROM usage) > ?
                        """
                ).execute(arguments: [most])
            } while database.changesCount > 0
        }
    }
}
