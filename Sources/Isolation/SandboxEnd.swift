// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The end of what a driver made, which happens once, whoever asks for it and how often.
package final class SandboxEnd: Sendable {
    /// Ids of what could not be removed: what may still run keeps them, nobody else gets them from this process.
    private static let quarantine = Mutex<[IDRangeLease]>([])

    private let lease: IDRangeLease?
    private let task = Mutex<Task<Result<Void, IsolationError>, Never>?>(nil)

    /// - Parameter lease: The ids of its processes; nil when they have none of their own.
    package init(lease: IDRangeLease?) {
        self.lease = lease
    }

    /// Does `body` the first time. Returns when it is done, whoever began it, and goes on when the caller's task is cancelled.
    ///
    /// - Throws: What `body` threw, to everybody who asks.
    package func once(_ body: @escaping @Sendable () async throws(IsolationError) -> Void) async throws(IsolationError)
    {
        let task = task.withLock { task in
            let begun =
                task
                ?? Task { [lease] () -> Result<Void, IsolationError> in
                    do throws(IsolationError) {
                        try await body()
                        return .success(())
                    } catch {
                        if let lease { Self.quarantine.withLock { $0.append(lease) } }
                        return .failure(error)
                    }
                }
            task = begun
            return begun
        }
        try await task.value.get()
    }
}
