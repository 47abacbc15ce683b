// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import Isolation

@Suite(.timeLimit(.minutes(1))) struct SandboxEndTests {
    private final class Counted: Sendable {
        let begun = Atomic(0)
        let done = Atomic(0)
    }

    @Test func everybodyWaitsForTheOneEnd() async throws {
        let end = SandboxEnd(lease: nil)
        let counted = Counted()
        let error = IsolationError(.cleanupFailed, step: "end", message: "it cannot be")
        let callers = (0..<8).map { _ in
            Task { () -> IsolationError? in
                do throws(IsolationError) {
                    try await end.once { () throws(IsolationError) in
                        counted.begun.add(1, ordering: .relaxed)
                        try? await Task.sleep(for: .milliseconds(30))
                        counted.done.add(1, ordering: .relaxed)
                        throw error
                    }
                    return nil
                } catch {
                    return counted.done.load(ordering: .relaxed) == 1 ? error : nil
                }
            }
        }
        for caller in callers.prefix(4) { caller.cancel() }
        for caller in callers { #expect(await caller.value?.message == "it cannot be") }
        #expect(counted.begun.load(ordering: .relaxed) == 1)
    }
}
