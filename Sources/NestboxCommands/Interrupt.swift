// SPDX-License-Identifier: Apache-2.0
import Foundation
import UnixSignals

/// A signal that asks a command to stop.
enum Interrupt: Int32, Sendable {
    case interrupt = 2
    case terminate = 15

    var exitStatus: CommandExit { CommandExit(rawValue: 128 + rawValue) }

    var signalName: String {
        switch self {
        case .interrupt: "SIGINT"
        case .terminate: "SIGTERM"
        }
    }
}

/// Where a command hears that it should stop: the process's signals, or a test.
protocol InterruptSource: Sendable {
    /// Every interrupt from now on.
    func interrupts() async -> AsyncStream<Interrupt>

    /// Ends the process at once; called for the second interrupt, when the first one's cleaning up takes too long for the
    /// user. What a run leaves behind then is removed by the next sweep.
    func exitNow(_ status: CommandExit)
}

/// SIGINT and SIGTERM of this process.
struct ProcessInterrupts: InterruptSource {
    func interrupts() async -> AsyncStream<Interrupt> {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return AsyncStream { continuation in
            // The boundary between signals and the task tree: it ends with the stream.
            let task = Task {
                for await signal in signals { continuation.yield(signal == .sigint ? .interrupt : .terminate) }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    func exitNow(_ status: CommandExit) { exit(status.rawValue) }
}

/// Runs `operation` so that the first interrupt cancels it and the second one ends the process.
///
/// - Returns: What the operation came to, and the interrupt that cancelled it, if any. It returns only when the operation
///   has ended: cleaning up is part of it.
func interruptible<T: Sendable>(
    by source: any InterruptSource, _ operation: @escaping @Sendable () async throws -> T
) async -> (result: Result<T, any Error>, interrupt: Interrupt?) {
    let interrupts = await source.interrupts()
    // A boundary: the operation needs a handle that the watcher can cancel without ending itself.
    let work = Task { try await operation() }
    let watcher = Task { () -> Interrupt? in
        var first: Interrupt?
        for await interrupt in interrupts {
            guard first == nil else {
                source.exitNow(interrupt.exitStatus)
                continue
            }
            first = interrupt
            work.cancel()
        }
        return first
    }
    let result = await withTaskCancellationHandler {
        await work.result
    } onCancel: {
        work.cancel()
    }
    watcher.cancel()
    return (result, await watcher.value)
}
