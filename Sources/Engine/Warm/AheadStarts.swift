// SPDX-License-Identifier: Apache-2.0
import Isolation
import Synchronization

/// Starts interpreters ahead, and for a while no more of a kind that it does not work for: one with too little memory, for one.
final class AheadStarts: Sendable {
    /// What has failed is missing or broken on the machine; somebody may mend it.
    private static let retry = Duration.seconds(300)
    /// Failures beyond it push out the others.
    private static let mostFailures = 64

    private struct State {
        var starts = 0
        var failed: [SandboxKind: SuspendingClock.Instant] = [:]
        var lastFailure: String?
        var isClosed = false
    }

    private let driver: any IsolationDriver
    private let name: String
    private let clock = SuspendingClock()
    private let state = Mutex(State())

    /// - Parameter name: In metrics.
    init(driver: any IsolationDriver, name: String) {
        self.driver = driver
        self.name = name
    }

    /// False for some minutes after a failure.
    func isUsable(_ kind: SandboxKind) -> Bool {
        let now = clock.now
        return state.withLock { state in state.failed[kind].map { $0 <= now } ?? true }
    }

    /// The interpreter of a kind, started in a new sandbox of that kind; nil for a kind without.
    ///
    /// - Throws: ``IsolationError``; the sandbox should not be used any more.
    func start(_ kind: SandboxKind, in sandbox: any Sandbox) async throws(IsolationError) -> AdoptedProgram? {
        guard let start = kind.ahead else { return nil }
        do throws(IsolationError) {
            let adopted = try await driver.startAhead(start, in: sandbox)
            state.withLock { state in
                state.starts += 1
                state.failed[kind] = nil
                state.lastFailure = nil
            }
            return adopted
        } catch {
            // The end of the server, not of the interpreter.
            if Task.isCancelled { throw error }
            let until = clock.now.advanced(by: Self.retry)
            state.withLock { state in
                if state.failed.count >= Self.mostFailures { state.failed = [:] }
                state.failed[kind] = until
                state.lastFailure = error.message
            }
            throw error
        }
    }

    /// Nothing is started any more.
    func close() { state.withLock { $0.isClosed = true } }

    /// Among the zygotes: it is ready unless the last start failed, or the server ends.
    var status: ZygoteStatus {
        state.withLock { state in
            ZygoteStatus(
                name: name, isReady: state.lastFailure == nil && !state.isClosed, births: state.starts,
                failure: state.lastFailure)
        }
    }
}
