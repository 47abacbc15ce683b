// SPDX-License-Identifier: Apache-2.0

/// What `strongest` means where a driver is asked for by name.
public enum StrongestIsolation {
    public static let word = "strongest"
    /// Strongest first: a kernel of the sandbox's own, then one in user space, then the host's behind the more walls.
    public static let order = ["microvm", "gvisor", "namespace", "crun", "runc"]

    /// The driver that a name means: itself, or for `strongest` the strongest of those that work. Nil when none of them does. A driver
    /// that the operator added is never chosen: nothing is known of its walls.
    public static func driver(for name: String, among available: some Sequence<String>) -> String? {
        guard name == word else { return name }
        let available = Set(available)
        return order.first(where: available.contains)
    }
}
