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
    /// Milliseconds since 1970, from 0 on.
    public var unixMilliseconds: Int
    /// It stands still; otherwise it begins there and goes on.
    public var isFrozen: Bool

    public init(unixMilliseconds: Int, isFrozen: Bool = false) {
        self.unixMilliseconds = unixMilliseconds
        self.isFrozen = isFrozen
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case unixMilliseconds = "unix_ms"
        case isFrozen = "frozen"
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        unixMilliseconds = try container.decode(Int.self, forKey: .unixMilliseconds)
        isFrozen = try container.decodeIfPresent(Bool.self, forKey: .isFrozen) ?? false
        if !(0...Self.mostMilliseconds).contains(unixMilliseconds) {
            throw decoder.invalid("has unix_ms \(unixMilliseconds); it must be from 0 to \(Self.mostMilliseconds)")
        }
    }

    /// The end of the year 9999.
    public static let mostMilliseconds = 253_402_300_799_999
}
