// SPDX-License-Identifier: Apache-2.0

/// Where what a judge does waits for its turn.
struct JudgePlaces: Sendable {
    let queue: RunQueue
    /// Bounds what goes on for one batch at one time; nil bounds it by the server's places only.
    var own: Places?
    /// Waits however many wait before; otherwise a full queue is an error, as for a run.
    var isPatient = true

    /// - Throws: What `body` throws; `CancellationError`; ``RequestError`` `shutting_down`, or `queue_full`.
    func within<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        if let own {
            guard await own.enter() else { throw CancellationError() }
        }
        defer { own?.leave() }
        if isPatient { try await queue.enterPatiently() } else { try await queue.enter() }
        defer { queue.leave() }
        return try await body()
    }
}
