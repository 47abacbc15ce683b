// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Foundation

/// Our standard input, or a test's.
protocol InputSource: Sendable {
    var isTerminal: Bool { get }

    /// Everything up to the end of the input.
    ///
    /// - Parameter whenIdle: Called once when nothing has come for a while, so that waiting is never a riddle.
    /// - Throws: ``CommandError`` when there are more than `limit` bytes or reading fails.
    func readAll(limit: Int, whenIdle: @Sendable () async -> Void) async throws -> [UInt8]
}

/// A descriptor as an input source.
struct DescriptorSource: InputSource {
    private let descriptor: Descriptor
    private let queue = DispatchQueue(label: "nestbox.standard input")
    private static let idleMilliseconds: Int32 = 3000

    init(_ descriptor: Int32) { self.descriptor = Descriptor(number: descriptor) }

    var isTerminal: Bool { descriptor.isTerminal }

    func readAll(limit: Int, whenIdle: @Sendable () async -> Void) async throws -> [UInt8] {
        let descriptor = descriptor
        if await !onQueue({ descriptor.wait(for: Int16(POLLIN), milliseconds: Self.idleMilliseconds) }) {
            await whenIdle()
        }
        return try await onQueue { Result { try HostFile.drain(descriptor, limit: limit, name: "standard input") } }
            .get()
    }

    private func onQueue<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
    }
}
