// SPDX-License-Identifier: Apache-2.0
internal import CSeccomp

/// A processor architecture that a profile compiles for. The raw value is its name in profiles and in `uname -m`.
public enum SeccompArchitecture: String, Sendable, Hashable, CaseIterable {
    case amd64 = "x86_64"
    case arm64 = "aarch64"

    /// The architecture that this process runs on.
    #if arch(x86_64)
        public static let native = SeccompArchitecture.amd64
    #elseif arch(arm64)
        public static let native = SeccompArchitecture.arm64
    #endif

    /// `AUDIT_ARCH_*` of <linux/audit.h>: how `seccomp_data` and libseccomp name it.
    var token: UInt32 {
        switch self {
        case .amd64: nestbox_arch_x86_64
        case .arm64: nestbox_arch_aarch64
        }
    }
}
