// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import NestboxCore

/// What a program finds the same in every run; docs/judge.md says for each language what that comes to.
struct DeterminismOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Seed of hashes and random generators, as far as the language takes one.", valueName: "number"),
        transform: DeterminismOptions.seed)
    var seed: Int?

    @Option(
        help: ArgumentHelp("Time that the program is told, standing still: 2024-02-29T12:00:00Z.", valueName: "time"),
        transform: DeterminismOptions.time)
    var clock: ClockTime?

    @Flag(help: "The clock of --clock begins there and goes on.") var clockRuns = false

    func validate() throws {
        if clockRuns, clock == nil { throw ValidationError("--clock-runs needs --clock, which says where it begins") }
    }

    /// Nil when nothing is asked for.
    var request: Determinism? {
        guard seed != nil || clock != nil else { return nil }
        return Determinism(
            seed: seed, clock: clock.map { FixedClock(at: $0, mode: clockRuns ? .running : .frozen) })
    }

    private static let seed: @Sendable (String) throws -> Int = { text in
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let seed = Int(text), seed <= Determinism.mostSeed else {
            throw ValidationError("'\(text)' is not a whole number from 0 to \(Determinism.mostSeed)")
        }
        return seed
    }

    private static let time: @Sendable (String) throws -> ClockTime = { text in
        guard let time = ClockTime(text) else { throw ValidationError("'\(text)' is not \(ClockTime.requirement)") }
        return time
    }
}
