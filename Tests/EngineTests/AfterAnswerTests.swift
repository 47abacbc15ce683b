// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import Engine

/// What a request leaves behind is done when it is answered, and never put off for long.
@Suite(.timeLimit(.minutes(1))) struct AfterAnswerTests {
    private final class Done: Sendable {
        private let state = Mutex<[String]>([])
        var names: [String] { state.withLock { $0 } }
        func add(_ name: String) { state.withLock { $0.append(name) } }
    }

    @Test func withoutAnAnswerToWaitForItIsDoneAtOnce() {
        let done = Done()
        AfterAnswer.perform { done.add("a") }
        #expect(done.names == ["a"])
    }

    @Test func itIsDoneInOrderWhenTheAnswerIsOnItsWayAndAtOnceAfterwards() {
        let done = Done()
        let after = AfterAnswer()
        AfterAnswer.$current.withValue(after) {
            after.begin()
            AfterAnswer.perform { done.add("late") }
        }
        #expect(done.names == ["late"])

        let next = AfterAnswer()
        AfterAnswer.$current.withValue(next) {
            AfterAnswer.perform { done.add("a") }
            AfterAnswer.perform { done.add("b") }
        }
        next.begin()
        next.begin()
        #expect(done.names == ["late", "a", "b"])
    }

    @Test func aClientThatTakesNoAnswerPutsNothingOffForLong() async throws {
        let done = Done()
        let after = AfterAnswer()
        AfterAnswer.$current.withValue(after) { AfterAnswer.perform { done.add("a") } }
        while done.names.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        // It was not the object's end that did it.
        withExtendedLifetime(after) {}
        #expect(done.names == ["a"])
    }

    @Test func aRequestThatIsNeverAnsweredLeavesNothingUndone() {
        let done = Done()
        do {
            let after = AfterAnswer()
            AfterAnswer.$current.withValue(after) { AfterAnswer.perform { done.add("a") } }
        }
        #expect(done.names == ["a"])
    }
}
