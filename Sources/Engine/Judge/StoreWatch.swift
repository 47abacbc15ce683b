// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

/// Tells once when the store of batches begins to fail, and once when it works again: everything that is judged tries again and
/// again meanwhile.
final class StoreWatch: Sendable {
    private struct State {
        var isFailing = false
        var failures = 0
    }

    private let logger: Logger
    private let state = Mutex(State())

    init(logger: Logger) { self.logger = logger }

    /// Whether the last thing that was tried failed, and how often something did.
    var counts: (isFailing: Bool, failures: Int) { state.withLock { ($0.isFailing, $0.failures) } }

    func failed(_ error: any Error) {
        let isNew = state.withLock { state in
            defer { state.isFailing = true }
            state.failures += 1
            return !state.isFailing
        }
        if isNew {
            logger.error(
                "batches cannot be read or kept; what is judged waits for it", metadata: ["error": "\(error)"])
        }
    }

    func worked() {
        let isNews = state.withLock { state in
            defer { state.isFailing = false }
            return state.isFailing
        }
        if isNews { logger.notice("batches are kept again") }
    }
}
