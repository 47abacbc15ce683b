// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Rights of landlock(7).
public struct LandlockAccess: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let execute = LandlockAccess(rawValue: 1 << 0)
    public static let writeFile = LandlockAccess(rawValue: 1 << 1)
    public static let readFile = LandlockAccess(rawValue: 1 << 2)
    public static let readDirectory = LandlockAccess(rawValue: 1 << 3)
    public static let removeDirectory = LandlockAccess(rawValue: 1 << 4)
    public static let removeFile = LandlockAccess(rawValue: 1 << 5)
    public static let makeCharacterDevice = LandlockAccess(rawValue: 1 << 6)
    public static let makeDirectory = LandlockAccess(rawValue: 1 << 7)
    public static let makeRegular = LandlockAccess(rawValue: 1 << 8)
    public static let makeSocket = LandlockAccess(rawValue: 1 << 9)
    public static let makeFIFO = LandlockAccess(rawValue: 1 << 10)
    public static let makeBlockDevice = LandlockAccess(rawValue: 1 << 11)
    public static let makeSymlink = LandlockAccess(rawValue: 1 << 12)
    /// Renaming and linking between directories; ABI 2.
    public static let refer = LandlockAccess(rawValue: 1 << 13)
    /// ABI 3.
    public static let truncate = LandlockAccess(rawValue: 1 << 14)
    /// ioctl on devices; ABI 5.
    public static let deviceControl = LandlockAccess(rawValue: 1 << 15)

    /// Everything the given ABI version can restrict.
    public static func all(abi: Int) -> LandlockAccess {
        var bits: UInt64 = (1 << 13) - 1
        if abi >= 2 { bits |= 1 << 13 }
        if abi >= 3 { bits |= 1 << 14 }
        if abi >= 5 { bits |= 1 << 15 }
        return LandlockAccess(rawValue: bits)
    }

    /// The rights that make sense for a file that is not a directory; others are EINVAL there.
    public static let forFiles: LandlockAccess = [.execute, .writeFile, .readFile, .truncate, .deviceControl]
}

/// A Landlock ruleset, not enforced yet.
public enum Landlock {
    /// Version of the running kernel's interface; 0 when Landlock is absent or switched off.
    public static var abi: Int { max(0, Int(nb_landlock_abi())) }

    /// Abstract unix sockets (bit 0) and signals (bit 1) cannot leave the domain; ABI 6.
    public static let scopeAll: UInt64 = 0b11

    public static func makeRuleset(
        handling access: LandlockAccess, scope: UInt64
    ) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(
            owning: try retrying("landlock_create_ruleset") { nb_landlock_create(access.rawValue, 0, scope) })
    }

    public static func allow(
        _ access: LandlockAccess, beneath path: borrowing OwnedDescriptor, in ruleset: borrowing OwnedDescriptor,
        subject: String
    ) throws(SystemError) {
        try retrying("landlock_add_rule", subject) {
            nb_landlock_allow_path(ruleset.raw, path.raw, access.rawValue)
        }
    }
}
