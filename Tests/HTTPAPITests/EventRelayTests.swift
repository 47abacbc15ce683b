// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import HTTPAPI

@Suite(.timeLimit(.minutes(1))) struct EventRelayTests {
    private func event(_ number: UInt8) -> RunEvent { .stdout([number], compile: false) }

    private func number(_ item: EventRelay.Item) -> UInt8? {
        if case .event(.stdout(let bytes, _)) = item { bytes.first } else { nil }
    }

    @Test func sendingWaitsUntilTheEventWasWritten() async throws {
        let relay = EventRelay()
        let written = Latch<Void>()
        let sender = Task {
            try await relay.send(event(1))
            written.open(())
            try await relay.send(event(2))
            relay.finish(.failure(CancellationError()))
        }
        #expect(number(await relay.next()) == 1)
        // Taken, but not written before the next one is asked for.
        async let next = relay.next()
        await written.value()
        #expect(number(await next) == 2)
        guard case .finished = await relay.next() else {
            Issue.record("not finished")
            return
        }
        try await sender.value
    }

    @Test func eventsOfSeveralSendersAllArrive() async throws {
        let relay = EventRelay()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 { group.addTask { try await relay.send(event(UInt8(number))) } }
            var numbers: Set<UInt8> = []
            for _ in 0..<20 { numbers.insert(try #require(number(await relay.next()))) }
            #expect(numbers.count == 20)
            relay.finish(.failure(CancellationError()))
            _ = await relay.next()
            try await group.waitForAll()
        }
    }

    @Test func aCancelledSenderDoesNotWait() async throws {
        let relay = EventRelay()
        let waiting = Task { try await relay.send(event(1)) }
        try await relay.waitForBeginning(atMost: .seconds(60))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }

        let taken = Task { try await relay.send(event(2)) }
        #expect(number(await relay.next()) == 2)
        taken.cancel()
        await #expect(throws: CancellationError.self) { try await taken.value }
    }

    @Test func nobodyWaitsForAResponseThatBrokeOff() async throws {
        let relay = EventRelay()
        let sender = Task { try await relay.send(event(1)) }
        _ = await relay.next()
        relay.abandon()
        await #expect(throws: CancellationError.self) { try await sender.value }
        await #expect(throws: CancellationError.self) { try await relay.send(event(2)) }
    }

    @Test func anErrorBeforeTheFirstEventIsThrown() async throws {
        let relay = EventRelay()
        relay.finish(.failure(RequestError(.queueFull, "full")))
        await #expect(throws: RequestError.self) { try await relay.waitForBeginning(atMost: .seconds(60)) }
    }

    @Test func aSilentRunBeginsAfterAWhile() async throws {
        try await EventRelay().waitForBeginning(atMost: .milliseconds(1))
    }
}
