// SPDX-License-Identifier: Apache-2.0
import Engine
import NestboxCore
import Testing

/// Bounded concurrency, bounded queue, cancellation of what waits.
@Suite struct QueueTests {
    private func engine(concurrency: Int, queue: Int) throws -> Engine {
        try EngineFixture.make(EngineConfiguration(concurrency: concurrency, queueLength: queue))
    }

    private static let sleeping = RunRequest(code: "import time; time.sleep(0.6); print('done')", language: "python")

    @Test func whatDoesNotFitIsRefusedAtOnce() async throws {
        let engine = try engine(concurrency: 1, queue: 1)
        let outcomes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        return try await engine.report(Self.sleeping).verdict.rawValue
                    } catch let error as RequestError {
                        return error.code.rawValue
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.sorted() == ["ok", "ok", "queue_full", "queue_full"])
    }

    @Test func aWaitingRunCanBeCancelledAndGivesItsPlaceBack() async throws {
        let engine = try engine(concurrency: 1, queue: 5)
        let first = Task { try await engine.report(Self.sleeping) }
        try await Task.sleep(for: .milliseconds(150))
        let id = Identifier.make(prefix: "run")
        let second = Task { try await engine.run(Self.sleeping, id: id) { _ in } }
        try await Task.sleep(for: .milliseconds(100))
        #expect(await engine.cancel(id: id) == .cancelled)
        #expect(try await second.value.verdict == .cancelled)
        #expect(try await first.value.verdict == .ok)
        #expect(try await engine.report(Self.sleeping).verdict == .ok)
    }

    @Test func aRunningRunCanBeCancelledByItsIdentifier() async throws {
        let engine = try EngineFixture.engine.get()
        let id = Identifier.make(prefix: "run")
        let run = Task {
            try await engine.run(RunRequest(code: "import time; time.sleep(60)", language: "python"), id: id) { _ in }
        }
        try await Task.sleep(for: .milliseconds(400))
        #expect(await engine.cancel(id: id) == .cancelled)
        #expect(try await run.value.verdict == .cancelled)
        #expect(await engine.cancel(id: id) == .unknown)
    }

    @Test func afterShutdownNothingIsTaken() async throws {
        let engine = try engine(concurrency: 1, queue: 5)
        let run = Task { try await engine.report(RunRequest(code: "import time; time.sleep(60)", language: "python")) }
        try await Task.sleep(for: .milliseconds(400))
        await engine.shutDown()
        #expect(try await run.value.verdict == .cancelled)
        let error = await #expect(throws: RequestError.self) { try await engine.report(Self.sleeping) }
        #expect(error?.code == .shuttingDown)
    }
}
