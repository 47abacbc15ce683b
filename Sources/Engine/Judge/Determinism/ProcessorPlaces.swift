// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Deals processors to programs that are kept on one, so that those which run at the same time do not wait for each other while
/// another processor has none.
final class ProcessorPlaces: Sendable {
    private let users: Mutex<[Int]>

    /// - Parameter count: Processors, at least 1.
    init(count: Int = ProcessInfo.processInfo.activeProcessorCount) {
        users = Mutex(Array(repeating: 0, count: max(1, count)))
    }

    /// One that has the fewest; ``give(back:)`` must follow.
    func take() -> Int {
        users.withLock { users in
            let place = users.indices.min { users[$0] < users[$1] } ?? 0
            users[place] += 1
            return place
        }
    }

    func give(back place: Int) { users.withLock { $0[place] -= 1 } }
}
