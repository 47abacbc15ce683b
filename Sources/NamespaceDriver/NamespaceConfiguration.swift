// SPDX-License-Identifier: Apache-2.0

/// Settings of the namespace driver, from the configuration's `isolation` section.
public struct NamespaceConfiguration: Sendable, Hashable {
    /// The guest agent's executable; nil looks beside this executable and in `../libexec/nestbox`.
    public var guestExecutable: String?
    /// Run with resource limits alone where no control group can be used. Weaker, see docs/threat-model.md; the
    /// report says `rlimit`. Never assumed.
    public var acceptRlimitOnly: Bool
    /// Control group below which sandboxes get theirs; nil is the default of `CgroupParent`.
    public var cgroupParent: String?
    /// Further host paths to show read-only at the same place, such as `/opt/toolchain`.
    public var extraPaths: [String]
    /// Entries of the host's `/etc` that toolchains read, to be shown read-only beside the built-in ones; `*` matches
    /// within one name. An entry that others may not read is never shown.
    public var configurationEntries: [String]

    public init(
        guestExecutable: String? = nil, acceptRlimitOnly: Bool = false, cgroupParent: String? = nil,
        extraPaths: [String] = [], configurationEntries: [String] = []
    ) {
        self.guestExecutable = guestExecutable
        self.acceptRlimitOnly = acceptRlimitOnly
        self.cgroupParent = cgroupParent
        self.extraPaths = extraPaths
        self.configurationEntries = configurationEntries
    }
}
