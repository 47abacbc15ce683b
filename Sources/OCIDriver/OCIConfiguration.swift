// SPDX-License-Identifier: Apache-2.0

/// Settings of one OCI driver, from the configuration's `isolation` section.
public struct OCIConfiguration: Sendable, Hashable {
    public var runtime: OCIRuntime
    /// The guest agent's executable; nil looks beside this executable and in `../libexec/nestbox`.
    public var guestExecutable: String?
    /// Control group below which sandboxes get theirs; nil is the default of `CgroupParent`.
    public var cgroupParent: String?
    /// Further host paths to show read-only at the same place.
    public var extraPaths: [String]
    /// Entries of the host's `/etc` to be shown beside the built-in ones; see `NamespaceConfiguration`.
    public var configurationEntries: [String]

    public init(
        runtime: OCIRuntime, guestExecutable: String? = nil, cgroupParent: String? = nil, extraPaths: [String] = [],
        configurationEntries: [String] = []
    ) {
        self.runtime = runtime
        self.guestExecutable = guestExecutable
        self.cgroupParent = cgroupParent
        self.extraPaths = extraPaths
        self.configurationEntries = configurationEntries
    }
}
