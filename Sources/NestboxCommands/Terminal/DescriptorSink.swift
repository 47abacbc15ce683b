// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Foundation
import Synchronization

/// A standard stream as an output sink.
///
/// Writing may block for as long as the reader likes, so it happens on a queue of its own: on a machine with one CPU a
/// blocked thread of the cooperative pool would also stop the clocks that end a run.
final class DescriptorSink: OutputSink {
    let isTerminal: Bool
    private let descriptor: Descriptor
    private let name: String
    private let queue: DispatchQueue

    /// - Parameter name: What errors call the stream, such as `standard output`.
    init(_ descriptor: Int32, name: String) {
        self.descriptor = Descriptor(number: descriptor)
        self.name = name
        isTerminal = self.descriptor.isTerminal
        queue = DispatchQueue(label: "nestbox.\(name)")
    }

    func write(_ bytes: [UInt8]) async throws {
        let stop = StopFlag()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                queue.async { continuation.resume(with: Result { try self.writeAll(bytes, stop: stop) }) }
            }
        } onCancel: {
            stop.raise()
        }
    }

    /// After poll(2) a pipe has room for `PIPE_BUF` bytes, so a piece of that size never blocks (pipe(7)).
    private static let piece = 4096
    private static let pollMilliseconds: Int32 = 100

    private func writeAll(_ bytes: [UInt8], stop: StopFlag) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard descriptor.wait(for: Int16(POLLOUT), milliseconds: Self.pollMilliseconds) else {
                if stop.isRaised { throw CancellationError() }
                continue
            }
            do {
                rest = rest.dropFirst(try descriptor.write(rest.prefix(Self.piece)))
            } catch let error where error.code == EPIPE {
                throw BrokenPipe()
            } catch {
                throw CommandError.failure("cannot write \(name): \(error)")
            }
        }
    }
}

/// Tells a thread outside the task tree that its task was cancelled.
private final class StopFlag: Sendable {
    private let raised = Atomic(false)

    var isRaised: Bool { raised.load(ordering: .relaxed) }

    func raise() { raised.store(true, ordering: .relaxed) }
}
