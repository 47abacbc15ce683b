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
    /// Least `memory_bytes` of a sandbox: what its own kernel takes.
    public var leastMemoryBytes: Int

    public init(
        kernel: Kernel = .host, profiles: [String] = ["run"], landlock: Bool = false, zygotes: Bool = false,
        startsAhead: Bool = false, leastMemoryBytes: Int = 0
    ) {
        self.kernel = kernel
        self.profiles = profiles
        self.landlock = landlock
        self.zygotes = zygotes
        self.startsAhead = startsAhead
        self.leastMemoryBytes = leastMemoryBytes
    }

    enum CodingKeys: String, CodingKey {
        case kernel, profiles, landlock, zygotes
        case startsAhead = "starts_ahead"
        case leastMemoryBytes = "least_memory_bytes"
    }
}
