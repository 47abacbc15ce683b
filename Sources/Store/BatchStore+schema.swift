// SPDX-License-Identifier: Apache-2.0
import GRDB

extension BatchStore {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001_batch") { database in
            try database.execute(
                sql: """
                    CREATE TABLE batch (
                        seq INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        state TEXT NOT NULL,
                        created_ms INTEGER NOT NULL,
                        finished_ms INTEGER,
                        total INTEGER NOT NULL,
                        done INTEGER NOT NULL DEFAULT 0,
                        cached INTEGER NOT NULL DEFAULT 0,
                        bytes INTEGER NOT NULL DEFAULT 0,
                        options TEXT NOT NULL
                    );
                    CREATE INDEX batch_state ON batch (state, seq);
                    CREATE TABLE problem (
                        batch INTEGER NOT NULL REFERENCES batch ON DELETE CASCADE,
                        name TEXT NOT NULL,
                        json TEXT NOT NULL,
                        PRIMARY KEY (batch, name)
                    );
                    CREATE TABLE item (
                        batch INTEGER NOT NULL REFERENCES batch ON DELETE CASCADE,
                        number INTEGER NOT NULL,
                        json TEXT NOT NULL,
                        PRIMARY KEY (batch, number)
                    );
                    CREATE TABLE result (
                        batch INTEGER NOT NULL REFERENCES batch ON DELETE CASCADE,
                        seq INTEGER NOT NULL,
                        number INTEGER NOT NULL,
                        json TEXT NOT NULL,
                        PRIMARY KEY (batch, seq),
                        UNIQUE (batch, number)
                    );
                    CREATE TABLE verdict (
                        batch INTEGER NOT NULL REFERENCES batch ON DELETE CASCADE,
                        name TEXT NOT NULL,
                        count INTEGER NOT NULL,
                        PRIMARY KEY (batch, name)
                    );
                    CREATE TABLE judgement (
                        seq INTEGER PRIMARY KEY,
                        key TEXT NOT NULL UNIQUE,
                        bytes INTEGER NOT NULL,
                        json TEXT NOT NULL
                    );
                    CREATE TABLE usage (
                        one INTEGER PRIMARY KEY CHECK (one = 1), batch_bytes INTEGER NOT NULL, judgement_bytes INTEGER NOT NULL
                    );
                    INSERT INTO usage VALUES (1, 0, 0);
                    CREATE TRIGGER batch_grown AFTER UPDATE OF bytes ON batch BEGIN
                        UPDATE usage SET batch_bytes = batch_bytes - old.bytes + new.bytes;
                    END;
                    CREATE TRIGGER batch_removed AFTER DELETE ON batch BEGIN
                        UPDATE usage SET batch_bytes = batch_bytes - old.bytes;
                    END;
                    CREATE TRIGGER judgement_added AFTER INSERT ON judgement BEGIN
                        UPDATE usage SET judgement_bytes = judgement_bytes + new.bytes;
                    END;
                    CREATE TRIGGER judgement_removed AFTER DELETE ON judgement BEGIN
                        UPDATE usage SET judgement_bytes = judgement_bytes - old.bytes;
                    END;
                    """)
        }
        return migrator
    }
}
