// SPDX-License-Identifier: Apache-2.0

/// Bounds waiting for a guest, which may be stuck or hostile.
public enum Deadline {
    /// What `body` returns, when it does so in time. `body` is cancelled otherwise, and must end then.
    ///
    /// - Throws: ``IsolationError`` `guest_failed` when time is up; what `body` throws.
    public static func within<Value: Sendable>(
        _ time: Duration, _ step: String, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                throw IsolationError(.guestFailed, step: step, message: "the guest agent did not answer within \(time)")
            }
            return value
        }
    }
}
