// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Store
import Synchronization

/// Problems of batches at work, each read once while it stays: their checkers are compiled once, too.
final class ProblemShelf: Sendable {
    /// Bytes of JSON text, and about what checkers take; the problem that was asked for last stays even when it alone is larger.
    private static let mostBytes = 64 << 20

    private struct Key: Hashable {
        let batch: String
        let name: String
    }

    private struct Kept {
        let problem: PreparedProblem
        let bytes: Int
        var used: UInt64
    }

    private struct State {
        var kept: [Key: Kept] = [:]
        var clock: UInt64 = 0
    }

    private let store: BatchStore
    private let preparation: RunPreparation
    private let state = Mutex(State())
    /// One reads at a time, so that what many submissions wait for is in memory once.
    private let reading = Places(1)

    init(store: BatchStore, preparation: RunPreparation) {
        self.store = store
        self.preparation = preparation
    }

    /// Nil when the batch is gone.
    func problem(_ name: String, of batch: String, rules: KeyRules?) async throws -> PreparedProblem? {
        let key = Key(batch: batch, name: name)
        if let known = find(key) { return known }
        guard await reading.enter() else { throw CancellationError() }
        defer { reading.leave() }
        if let known = find(key) { return known }
        guard let json = try await store.problem(name, of: batch) else { return nil }
        let problem = try PreparedProblem(
            JSONDecoder().decode(JudgeProblem.self, from: Data(json.utf8)),
            at: name.isEmpty ? "problem" : "problems.\(name)", preparation, rules: rules)
        keep(problem, key, json.utf8.count + problem.weight)
        return problem
    }

    private func find(_ key: Key) -> PreparedProblem? {
        state.withLock { state in
            state.clock += 1
            state.kept[key]?.used = state.clock
            return state.kept[key]?.problem
        }
    }

    private func keep(_ problem: PreparedProblem, _ key: Key, _ bytes: Int) {
        state.withLock { state in
            state.clock += 1
            var total = state.kept.values.reduce(bytes) { $0 + $1.bytes }
            while total > Self.mostBytes, let oldest = state.kept.min(by: { $0.value.used < $1.value.used }) {
                state.kept[oldest.key] = nil
                total -= oldest.value.bytes
            }
            state.kept[key] = Kept(problem: problem, bytes: bytes, used: state.clock)
        }
    }

    func forget(_ batch: String) {
        state.withLock { state in state.kept = state.kept.filter { $0.key.batch != batch } }
    }
}
