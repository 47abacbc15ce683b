// SPDX-License-Identifier: Apache-2.0

/// What takes the kernel a while.
extension Cgroup {
    private static let freezeAttempts = 5000
    /// How long clean-up keeps trying before it reports what is left.
    private static let removalAttempts = 400

    /// Stops every process of the group; returns when all stand still. Idempotent.
    ///
    /// - Throws: ``IsolationError`` when they do not; they go on then.
    public func freeze() async throws(IsolationError) {
        try setFrozen(true)
        for _ in 0..<Self.freezeAttempts {
            if try isFrozen() { return }
            // Version 1 freezes what is running now; writing again takes what was being forked then.
            if version == .v1 { try setFrozen(true) }
            try? await Task.sleep(for: .milliseconds(1))
        }
        try setFrozen(false)
        throw IsolationError(
            .setupFailed, step: "freeze the sandbox",
            message: "processes still ran after \(Self.freezeAttempts) attempts")
    }

    /// Removes the group whose processes are dead, or are killed here.
    ///
    /// - Throws: ``IsolationError`` `cleanup_failed`.
    public func removeWhenEmpty() async throws(IsolationError) {
        for attempt in 0..<Self.removalAttempts {
            if remove() { return }
            // Its processes are dead but the kernel may still be letting go of them.
            if attempt > 20 { kill() }
            try? await Task.sleep(for: .milliseconds(attempt < 20 ? 1 : 5))
        }
        throw IsolationError(
            .cleanupFailed, step: "remove cgroup", message: "still busy after \(Self.removalAttempts) attempts")
    }
}
