// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPTypes
import Synchronization

/// What was made for which `Idempotency-Key`, so that a repeated request makes nothing more.
final class IdempotencyTable: Sendable {
    private struct Entry {
        let fingerprint: String
        let task: Task<ComputerInfo, any Error>
    }

    private struct Key: Hashable {
        let owner: String
        let key: String
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Oldest first.
        var order: [Key] = []
    }

    private static let most = 1000

    private let state = Mutex(State())

    /// The value for `key`, made by `make` the first time.
    ///
    /// - Throws: ``E2BError`` 400 for a key that is none, 422 when it was used for something else; what `make` throws, after
    ///   which the key is free again.
    func value(
        for key: String, owner: String, fingerprint: String,
        _ make: @escaping @Sendable () async throws -> ComputerInfo
    ) async throws -> ComputerInfo {
        let isProper =
            (1...255).contains(key.utf8.count)
            && key.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "-")
            }
        guard isProper else {
            throw E2BError(.badRequest, "an Idempotency-Key has 1 to 255 characters of a-z, 0-9 and -")
        }
        let key = Key(owner: owner, key: key)
        let entry = state.withLock { state in
            if let entry = state.entries[key] { return entry }
            // A task of its own: a client that leaves does not undo what another request with its key waits for.
            let entry = Entry(fingerprint: fingerprint, task: Task { try await make() })
            state.entries[key] = entry
            state.order.append(key)
            if state.order.count > Self.most { state.entries[state.order.removeFirst()] = nil }
            return entry
        }
        guard entry.fingerprint == fingerprint else {
            throw E2BError(.unprocessableContent, "this Idempotency-Key was used for another request")
        }
        do {
            return try await entry.task.value
        } catch {
            state.withLock { state in
                state.entries[key] = nil
                state.order.removeAll { $0 == key }
            }
            throw error
        }
    }
}
