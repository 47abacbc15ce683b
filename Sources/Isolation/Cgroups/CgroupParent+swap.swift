// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

extension CgroupParent {
    /// Refuses a host where memory could escape its limit into swap.
    ///
    /// Without swap accounting only a host without swap is safe.
    public func requireSwapControl() throws(IsolationError) {
        guard !limitsSwap, Self.hostHasSwap else { return }
        throw IsolationError(
            .unavailable, step: "limit swap",
            message: "this host swaps and its \(hierarchy.version.rawValue) does not account for it; boot with "
                + "'swapaccount=1', or turn swap off")
    }

    public static var hostHasSwap: Bool {
        // The first line is the heading (proc(5), /proc/swaps).
        ((try? Files.readText("/proc/swaps")) ?? "").split(separator: "\n").count > 1
    }
}
