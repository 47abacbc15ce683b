// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Whether the server still takes requests.
final class ShutdownState: Sendable {
    private let draining = Atomic(false)

    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func beginDraining() { draining.store(true, ordering: .relaxed) }
}
