// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What the defaults depend on, read once at start.
struct Machine: Sendable {
    var environment: [String: String]
    var isRoot: Bool
    var cores: Int

    static func current() -> Machine {
        let process = ProcessInfo.processInfo
        return Machine(environment: process.environment, isRoot: geteuid() == 0, cores: process.activeProcessorCount)
    }

    /// Where reports are kept by default: `/var/lib/nestbox` for root, else below `XDG_STATE_HOME`
    /// (XDG Base Directory Specification: relative values are ignored, `~/.local/state` is the default).
    var stateDirectory: String {
        if isRoot { return "/var/lib/nestbox" }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/nestbox" }
        return (environment["HOME"] ?? "") + "/.local/state/nestbox"
    }

    /// Where what can be found out again is remembered: `/var/cache/nestbox` for root, else below `XDG_CACHE_HOME`.
    var cacheDirectory: String {
        if isRoot { return "/var/cache/nestbox" }
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/nestbox" }
        return (environment["HOME"] ?? "") + "/.cache/nestbox"
    }
}
