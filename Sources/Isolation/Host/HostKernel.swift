// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// What sandboxes with a kernel of their own must not show.
public enum HostKernel {
    /// Such as "6.1.0-18-amd64" (uname(2)).
    public static var release: String { Processes.kernelRelease }
}
