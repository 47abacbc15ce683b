// SPDX-License-Identifier: Apache-2.0

/// Where output goes: a standard stream of the process, or a test's memory.
protocol OutputSink: Sendable {
    var isTerminal: Bool { get }

    /// Writes all of `bytes` and returns when the other side has room again, which is how back-pressure reaches a program.
    ///
    /// - Throws: ``BrokenPipe`` when nobody reads any more, `CancellationError` when the task was cancelled while the
    ///   sink had no room, ``CommandError`` for anything else.
    func write(_ bytes: [UInt8]) async throws
}

/// The reader of our output went away, as `head` does. Not worth a message.
struct BrokenPipe: Error {}
