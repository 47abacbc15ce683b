// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// What computers get and how many there may be. Values come from the section `computers` of the configuration file; see
/// docs/configuration.md.
public struct ComputerConfiguration: Sendable, Hashable {
    /// Computers at one time that have a sandbox: running ones, and paused ones that keep their memory.
    public var most: Int
    /// The same for one owner.
    public var mostPerOwner: Int
    /// Sandboxes that are being made at one time.
    public var creations: Int
    /// What every computer gets. Times and output do not count here: a computer has no stage.
    public var limits: Limits
    /// Farthest end of a computer from now, in seconds.
    public var mostTimeoutSeconds: Int
    /// Where snapshots and the files of paused computers are kept, for the server only.
    public var directory: String
    /// Bytes of all of them together.
    public var storedBytes: Int

    public init(
        most: Int = 200, mostPerOwner: Int = 200, creations: Int = 4,
        limits: Limits = ComputerConfiguration.standardLimits,
        mostTimeoutSeconds: Int = 30 * 24 * 3600, directory: String, storedBytes: Int = 10 << 30
    ) {
        self.most = most
        self.mostPerOwner = mostPerOwner
        self.creations = creations
        self.limits = limits
        self.mostTimeoutSeconds = mostTimeoutSeconds
        self.directory = directory
        self.storedBytes = storedBytes
    }

    /// Files live in memory and count as such. The disk is the smaller one, so that whoever fills it is told so and nothing dies of it.
    public static let standardLimits = Limits(
        wallMilliseconds: 0, cpuMilliseconds: 0, memoryBytes: 1 << 30, outputBytes: 0, processes: 512,
        diskBytes: 512 << 20, inodes: 200_000, openFiles: 4096, milliCPU: 2000)

    /// CPUs as clients are told: whole ones, at least one.
    var processors: Int { max(1, (limits.milliCPU + 999) / 1000) }
}
