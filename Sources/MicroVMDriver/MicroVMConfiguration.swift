// SPDX-License-Identifier: Apache-2.0

/// Settings of the microvm driver, from the configuration's `isolation` section.
public struct MicroVMConfiguration: Sendable, Hashable {
    /// What runs the machine's processor.
    public enum Acceleration: String, Sendable, Hashable, CaseIterable {
        /// KVM where a machine starts with it, else TCG.
        case auto
        /// The processor's own support; refused where it does not work.
        case kvm
        /// Emulation, without any support of the processor: some ten times slower.
        case tcg
    }

    /// Where machines lie that were started ahead of time, when nothing else is said.
    public static let defaultKept = "/var/lib/nestbox/microvm-kept"
    /// Where the kernel lies when nothing else is said.
    public static let defaultKernel = "/var/lib/nestbox/microvm"

    /// Directory with the guest's kernel, `vmlinuz`, and its modules in `modules`, which are loaded in the order of their names.
    public var kernel: String
    public var acceleration: Acceleration
    /// Directory of machines that ``MicroVMDriver/prepare(_:)`` has written, which this process goes on from.
    public var kept: String
    /// What a machine has beside the memory of its programs, for its kernel and its caches, in bytes.
    public var memoryOverhead: Int
    /// The guest agent's executable; nil looks beside this executable and in `../libexec/nestbox`.
    public var guestExecutable: String?
    /// Control group below which sandboxes get theirs; nil is the default of `CgroupParent`.
    public var cgroupParent: String?
    /// Further host paths to show read-only at the same place.
    public var extraPaths: [String]
    /// Entries of the host's `/etc` to be shown beside the built-in ones; see `NamespaceConfiguration`.
    public var configurationEntries: [String]

    /// What KVM is asked through; tests have one that does not work.
    var accelerationDevice = "/dev/kvm"

    /// ``acceleration`` as a word; what is none of its words changes nothing.
    public var accelerationName: String {
        get { acceleration.rawValue }
        set { acceleration = Acceleration(rawValue: newValue) ?? acceleration }
    }

    var common: MachineParts.Settings {
        .init(
            guestExecutable: guestExecutable, cgroupParent: cgroupParent, extraPaths: extraPaths,
            configurationEntries: configurationEntries)
    }

    public init(
        kernel: String = defaultKernel, acceleration: Acceleration = .auto, kept: String = defaultKept,
        memoryOverhead: Int = 128 << 20, guestExecutable: String? = nil, cgroupParent: String? = nil,
        extraPaths: [String] = [], configurationEntries: [String] = []
    ) {
        self.kernel = kernel
        self.acceleration = acceleration
        self.kept = kept
        self.memoryOverhead = memoryOverhead
        self.guestExecutable = guestExecutable
        self.cgroupParent = cgroupParent
        self.extraPaths = extraPaths
        self.configurationEntries = configurationEntries
    }
}
