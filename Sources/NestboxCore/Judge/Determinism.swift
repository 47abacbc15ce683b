// SPDX-License-Identifier: Apache-2.0

/// What a run should find the same each time. docs/judge.md says for each language what that comes to.
public struct Determinism: Sendable, Hashable, Codable {
    /// For hash functions and random generators of the language, from 0 to 4294967295; nil leaves them as they are.
    public var seed: Int?
    /// What the program takes for the time; nil leaves the machine's.
    public var clock: FixedClock?

    public init(seed: Int? = nil, clock: FixedClock? = nil) {
        self.seed = seed
        self.clock = clock
    }

    public enum CodingKeys: String, CodingKey, CaseIterable { case seed, clock }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        seed = try container.decodeIfPresent(Int.self, forKey: .seed)
        clock = try container.decodeIfPresent(FixedClock.self, forKey: .clock)
        if let seed, !(0...Self.mostSeed).contains(seed) {
            throw decoder.invalid("has the seed \(seed); it must be from 0 to \(Self.mostSeed)")
        }
    }

    /// What PYTHONHASHSEED can hold.
    public static let mostSeed = 4_294_967_295
}

/// The time that a program is told.
public struct FixedClock: Sendable, Hashable, Codable {
    public enum Mode: String, Sendable, Hashable, CaseIterable, Codable {
        /// It stands still.
        case frozen
        /// It begins there when the program does, and goes on.
        case running
    }

    public var at: ClockTime
    public var mode: Mode

    public init(at: ClockTime, mode: Mode = .frozen) {
        self.at = at
        self.mode = mode
    }

    public enum CodingKeys: String, CodingKey, CaseIterable { case at, mode }

    /// A moment alone is one at which the clock stands still.
    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            guard let at = ClockTime(text) else {
                throw decoder.invalid("is '\(text.prefix(64))'; it must be \(ClockTime.requirement)")
            }
            (self.at, mode) = (at, .frozen)
            return
        }
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let text = try container.decode(String.self, forKey: .at)
        guard let at = ClockTime(text) else {
            throw decoder.invalid("has at '\(text.prefix(64))'; it must be \(ClockTime.requirement)")
        }
        self.at = at
        mode = .frozen
        if let text = try container.decodeIfPresent(String.self, forKey: .mode) {
            guard let mode = Mode(rawValue: text) else {
                throw decoder.invalid("has the mode '\(text.prefix(64))'; it must be frozen or running")
            }
            self.mode = mode
        }
    }
}
