// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Synchronization
import Testing

@testable import Engine

/// The line in which batches wait.
@Suite struct PatientQueueTests {
    private final class Order: Sendable {
        private let names = Mutex("")

        var text: String { names.withLock { $0 } }

        func add(_ name: String) { names.withLock { $0 += name } }
    }

    /// Lets a queue of one place go through everybody who waits and tells their order.
    private func order(runs: Int, patient: Int) async throws -> String {
        let queue = RunQueue(concurrency: 1, length: runs)
        try await queue.enter()
        let order = Order()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...patient {
                group.addTask {
                    try await queue.enterPatiently()
                    order.add("b")
                    queue.leave()
                }
                while queue.patientCount < number { await Task.yield() }
            }
            for number in 1...runs {
                group.addTask {
                    try await queue.enter()
                    order.add("r")
                    queue.leave()
                }
                while queue.counts.waiting < number { await Task.yield() }
            }
            queue.leave()
            try await group.waitForAll()
            return order.text
        }
    }

    @Test func runsGoFirstAndBatchesAreNotForgotten() async throws {
        #expect(try await order(runs: 10, patient: 3) == "rrrrbrrrrbrrb")
    }

    @Test func nobodyIsRefusedInIt() async throws {
        let queue = RunQueue(concurrency: 1, length: 0)
        try await queue.enter()
        await #expect(throws: RequestError.self) { try await queue.enter() }
        let waiting = Task { try await queue.enterPatiently() }
        while queue.patientCount == 0 { await Task.yield() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(queue.patientCount == 0)
        let other = Task { try await queue.enterPatiently() }
        while queue.patientCount == 0 { await Task.yield() }
        queue.close()
        let error = await #expect(throws: RequestError.self) { try await other.value }
        #expect(error?.code == .shuttingDown)
    }
}
