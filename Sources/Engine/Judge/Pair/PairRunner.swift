// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// A program of a pair.
struct PairedProgram: Sendable {
    /// Without input of its own: what it reads is what the other prints.
    let program: PreparedProgram
    /// How much it may say to the other in all, in bytes; more is `output_limit`. Its standard error has `limits.output_bytes`.
    var mostBytes: Int
    /// How much of what it said is `stdout` of its report, in bytes. What is beyond is marked as cut off.
    var keptBytes: Int
    /// How long it may go on when the other has ended; nil: as long as its limits allow.
    var grace: Duration?
    /// What its compiler made, for whoever runs it more than once.
    var held: HeldCompilation?

    /// Nil for a bound: the program's own `output_bytes`.
    init(
        _ program: PreparedProgram, mostBytes: Int? = nil, keptBytes: Int? = nil, grace: Duration? = .milliseconds(500)
    ) {
        self.program = program
        self.mostBytes = mostBytes ?? program.limits.outputBytes
        self.keptBytes = min(keptBytes ?? program.limits.outputBytes, program.limits.outputBytes)
        self.grace = grace
    }
}

/// What came of a pair. A program that never began because the other could not, and one that was ended because the other had,
/// are `cancelled`.
struct PairReport: Sendable {
    let first: RunReport
    let second: RunReport
    let endedFirst: PairLink.Side
}

/// Runs two programs at one time, each in a sandbox of its own, with its own limits and its own verdict, and gives each what the
/// other prints.
///
/// A pair takes one place of the queue: its programs mostly wait for each other, and with two places each, pairs could wait for
/// places that other pairs hold.
struct PairRunner: Sendable {
    let runner: ProgramRunner

    /// - Throws: What ``ProgramRunner`` throws for either, after the other was ended.
    func run(_ first: PairedProgram, _ second: PairedProgram, queued: Duration = .zero) async throws -> PairReport {
        let link = PairLink(grace: first.grace, second.grace)
        return try await withThrowingTaskGroup(of: (PairLink.Side, RunReport).self) { group in
            for (side, paired) in [(PairLink.Side.first, first), (.second, second)] {
                group.addTask {
                    defer { link.end(side) }
                    let place = PairPlace(
                        link: link, side: side, mostBytes: paired.mostBytes, keptBytes: paired.keptBytes)
                    let report = try await runner.run(
                        paired.program, id: Identifier.make(prefix: "run"), input: place.input, place: place,
                        held: paired.held, queued: queued
                    ) { _ in }
                    return (side, report)
                }
            }
            var reports: [PairLink.Side: RunReport] = [:]
            for try await (side, report) in group { reports[side] = report }
            guard let first = reports[.first], let second = reports[.second] else {
                throw ServiceError(.internalError, "a program of a pair has no report")
            }
            return PairReport(first: first, second: second, endedFirst: link.endedFirst ?? .first)
        }
    }
}
