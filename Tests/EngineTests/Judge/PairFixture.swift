// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Engine

/// A program of a pair as it is asked for.
struct PairedRequest: Sendable {
    var request: RunRequest
    /// See ``PairedProgram``.
    var mostBytes: Int?
    var keptBytes: Int?
    var grace: Duration? = .milliseconds(500)
}

extension Engine {
    /// Waits for one place, then runs two programs that talk to each other; see ``PairRunner``.
    ///
    /// - Throws: ``RequestError`` for a request that cannot be run as asked; ``ServiceError``; `CancellationError`.
    func runPair(_ first: PairedRequest, _ second: PairedRequest) async throws -> PairReport {
        let (one, two) = (try paired(first), try paired(second))
        let clock = SuspendingClock()
        let began = clock.now
        try await queue.enter()
        defer { queue.leave() }
        return try await PairRunner(runner: runner).run(one, two, queued: began.duration(to: clock.now))
    }

    private func paired(_ paired: PairedRequest) throws -> PairedProgram {
        guard case .program(let program) = try preparation.prepare(paired.request) else {
            throw RequestError(.missingCode, "there is no program")
        }
        return PairedProgram(
            program, mostBytes: paired.mostBytes, keptBytes: paired.keptBytes, grace: paired.grace)
    }
}
