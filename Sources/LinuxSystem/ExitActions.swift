// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Work to do when the process ends by exit(3), in reverse order. Not done when it is killed: whatever needs certainty
/// is swept by the next start.
public enum ExitActions {
    private static let actions = Mutex<[@Sendable () -> Void]>([])

    public static func add(_ action: @escaping @Sendable () -> Void) {
        let isFirst = actions.withLock { actions in
            actions.append(action)
            return actions.count == 1
        }
        if isFirst { atexit { ExitActions.run() } }
    }

    private static func run() {
        let all = actions.withLock { actions in
            defer { actions = [] }
            return actions
        }
        for action in all.reversed() { action() }
    }
}
