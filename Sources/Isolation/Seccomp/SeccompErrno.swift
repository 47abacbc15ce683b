// SPDX-License-Identifier: Apache-2.0

/// An error that a refused call may return: one that the kernel itself gives for something it does not offer, so that
/// programs have a way to go on. Numbers are those of <asm-generic/errno.h>, equal on all architectures here.
public enum SeccompErrno: UInt16, Sendable, Hashable, CaseIterable {
    case EPERM = 1
    case ENOMEM = 12
    case EACCES = 13
    case EINVAL = 22
    case ENOTTY = 25
    case ENOSYS = 38
    case ENOPROTOOPT = 92
    case EPROTONOSUPPORT = 93
    case EOPNOTSUPP = 95
    case EAFNOSUPPORT = 97

    /// Such as `EPERM`.
    public var name: String { String(describing: self) }

    init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}
