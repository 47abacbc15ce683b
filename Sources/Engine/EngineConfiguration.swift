// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// How an engine runs things. Values come from the configuration file and the command line; see docs/configuration.md.
public struct EngineConfiguration: Sendable, Hashable {
    /// Runs at one time.
    public var concurrency: Int
    /// Runs that may wait for a free place; beyond it a run is refused with `queue_full`.
    public var queueLength: Int
    /// Limits of a run stage when the request names none.
    public var defaultLimits: Limits
    /// Limits of a compile stage; a request may lower them.
    public var compileLimits: Limits
    /// The most a request may ask for.
    public var maximumLimits: Limits
    /// Most bytes of collected files in one report, and most files.
    public var collectBytes: Int
    public var collectFiles: Int
    /// Driver used when a request names none.
    public var isolation: String
    /// Driver of what is made from a template, where the request names none, by the template's name.
    public var templateIsolation: [String: String]
    /// How many of the newest reports the store keeps.
    public var reportsKept: Int
    /// Directory for what is expensive to find out again, such as toolchain versions; nil keeps nothing.
    public var cacheDirectory: String?
    /// Warm starts; nil starts every run cold, as a command line does that runs one program.
    public var warm: WarmConfiguration?
    /// What no run's text may say, beside the run's own policy.
    public var policy: CodePolicy

    public init(
        concurrency: Int, queueLength: Int = 256, defaultLimits: Limits = .standard,
        compileLimits: Limits = .standardCompile, maximumLimits: Limits = .standardMaximum,
        collectBytes: Int = 32 << 20, collectFiles: Int = 256, isolation: String = "namespace",
        templateIsolation: [String: String] = [:],
        reportsKept: Int = 1000, cacheDirectory: String? = nil,
        warm: WarmConfiguration? = nil, policy: CodePolicy = CodePolicy()
    ) {
        self.concurrency = concurrency
        self.queueLength = queueLength
        self.defaultLimits = defaultLimits
        self.compileLimits = compileLimits
        self.maximumLimits = maximumLimits
        self.collectBytes = collectBytes
        self.collectFiles = collectFiles
        self.isolation = isolation
        self.templateIsolation = templateIsolation
        self.reportsKept = reportsKept
        self.cacheDirectory = cacheDirectory
        self.warm = warm
        self.policy = policy
    }
}
