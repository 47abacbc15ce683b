// SPDX-License-Identifier: Apache-2.0

/// Which system calls a sandbox may make: a strict allow-list, read from a data file and compiled to a BPF program.
///
/// A call is named by exactly one rule, so rules mean the same in any order. Reading is in `SeccompProfileReader`,
/// compiling in ``compile(for:)``; `docs/seccomp.md` has the format.
public struct SeccompProfile: Sendable, Hashable {
    /// Such as `run`.
    public let name: String
    /// What the profile is for.
    public let why: String
    /// What a call returns that no rule names.
    public let unlisted: SeccompErrno
    /// What happens to calls of another architecture's ABI, i386 and x32 for example.
    public let otherABI: OtherABI
    /// In the order of the file.
    public let rules: [SeccompRule]
    /// Numbers of calls that libseccomp may not know, valid on every architecture that the call's rule applies to.
    public let newerCalls: [String: Int32]
    /// Where the profile was read from, for error messages.
    public let file: String

    public enum OtherABI: Sendable, Hashable {
        /// The process ends with SIGSYS.
        case killProcess
        case refuse(SeccompErrno)
    }

    /// The profile of that name that is compiled into this executable.
    ///
    /// - Throws: ``SeccompError`` `unknown_profile`, or what ``init(yaml:file:)`` throws.
    public static func bundled(_ name: String) throws(SeccompError) -> SeccompProfile {
        let folder = "Seccomp/Profiles/"
        guard let resource = EmbeddedResources.files.first(where: { $0.path == "\(folder)\(name).yaml" }) else {
            let known = EmbeddedResources.files.map(\.path)
                .filter { $0.hasPrefix(folder) }
                .map { $0.dropFirst(folder.count).dropLast(".yaml".count) }
            throw SeccompError(
                .unknownProfile, "there is no profile '\(name)'; there is \(known.joined(separator: ", "))")
        }
        return try SeccompProfile(yaml: resource.text, file: "\(name).yaml")
    }

    /// The rule that names a call on an architecture; nil when the profile says nothing about it.
    public func rule(for call: String, on architecture: SeccompArchitecture) -> SeccompRule? {
        rules.first { $0.calls.contains(call) && $0.applies(to: architecture) }
    }

    /// One sentence for `nestbox explain`.
    public func summary(for architecture: SeccompArchitecture = .native) -> String {
        var counts = (allowed: 0, conditional: 0, denied: 0)
        for rule in rules where rule.applies(to: architecture) {
            switch rule.effect {
            case .allow: counts.allowed += rule.calls.count
            case .allowWhen: counts.conditional += rule.calls.count
            case .deny: counts.denied += rule.calls.count
            }
        }
        let others =
            switch otherABI {
            case .killProcess: "a call of another ABI kills the process"
            case .refuse(let errno): "calls of another ABI fail with \(errno.name)"
            }
        return "profile \(name) on \(architecture.rawValue): \(counts.allowed) system calls allowed, "
            + "\(counts.conditional) for some arguments only, \(counts.denied) denied, "
            + "all others fail with \(unlisted.name); \(others)"
    }
}

/// What one entry of a profile says about some calls.
public struct SeccompRule: Sendable, Hashable {
    /// The heading it stands under, such as `files`.
    public let group: String
    public let calls: [String]
    /// The only architecture that has these calls; nil when all have them.
    public let architecture: SeccompArchitecture?
    public let effect: Effect
    /// Who needs it, or why nobody may have it.
    public let why: String
    /// Line of the file, counted from 1.
    public let line: Int

    public enum Effect: Sendable, Hashable {
        case allow
        /// Allowed when all conditions of at least one alternative hold.
        case allowWhen([[SeccompCondition]], otherwise: SeccompErrno)
        case deny(SeccompErrno)
    }

    public func applies(to architecture: SeccompArchitecture) -> Bool {
        self.architecture == nil || self.architecture == architecture
    }
}

/// Holds when one argument, cut to ``mask``, equals one of the values.
///
/// Only the low 32 bits of an argument are ever looked at: every argument that a profile judges is an `int` or its
/// flags lie there, and the kernel ignores the rest. Comparing 64 bits would let a set high bit pass a rule by
/// (the class of CVE-2019-10063).
public struct SeccompCondition: Sendable, Hashable {
    /// What the argument is, such as `domain`.
    public let name: String
    /// Counted from 0, at most 5.
    public let argument: Int
    public let mask: UInt32
    /// Not empty, no value has bits outside the mask.
    public let values: [UInt32]

    public func holds(for argument: UInt64) -> Bool {
        values.contains(UInt32(truncatingIfNeeded: argument) & mask)
    }
}
