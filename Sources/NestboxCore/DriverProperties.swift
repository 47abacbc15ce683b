// SPDX-License-Identifier: Apache-2.0

/// What an isolation driver can do, beside how it holds limits. A driver declares it in one place; what is not declared is refused,
/// shown by `GET /v1/capabilities`, and not asked of it by `IsolationConformance`.
public struct DriverProperties: Sendable, Hashable, Codable {
    /// Which kernel answers the system calls of programs.
    public enum Kernel: String, Sendable, Codable {
        /// The host's, behind a filter.
        case host
        /// One of the sandbox's own, in user space or in a virtual machine. What it shows in `/proc` and `/sys` is its own too.
        case own
    }

    public var kernel: Kernel
    /// Profiles of sandboxes: `run`, `computer`.
    public var profiles: [String]
    /// Programs are confined by Landlock too.
    public var landlock: Bool
    /// Programs can be forked from a zygote.
    public var zygotes: Bool
    /// Interpreters can be started before their program is there.
    public var startsAhead: Bool
    /// Programs can be started at the same addresses each time, for runs that ask to be the same.
    public var fixedAddresses: Bool
    /// In a computer, programs of `user` become root by sudo. Without, a program can only be started as root.
    public var sudo: Bool
    /// Least `memory_bytes` of a sandbox: what its own kernel takes.
    public var leastMemoryBytes: Int
    /// About what a sandbox that is prepared and waits takes of the host's memory; 0 where that is a few megabytes.
    public var preparedBytes: Int

    public init(
        kernel: Kernel = .host, profiles: [String] = ["run"], landlock: Bool = false, zygotes: Bool = false,
        startsAhead: Bool = false, fixedAddresses: Bool = false, sudo: Bool = false, leastMemoryBytes: Int = 0,
        preparedBytes: Int = 0
    ) {
        self.kernel = kernel
        self.profiles = profiles
        self.landlock = landlock
        self.zygotes = zygotes
        self.startsAhead = startsAhead
        self.fixedAddresses = fixedAddresses
        self.sudo = sudo
        self.leastMemoryBytes = leastMemoryBytes
        self.preparedBytes = preparedBytes
    }

    enum CodingKeys: String, CodingKey {
        case kernel, profiles, landlock, zygotes, sudo
        case startsAhead = "starts_ahead"
        case fixedAddresses = "fixed_addresses"
        case leastMemoryBytes = "least_memory_bytes"
        case preparedBytes = "prepared_bytes"
    }
}
