// SPDX-License-Identifier: Apache-2.0

/// An error that a refused call may return: one that the kernel itself gives for something it does not offer, so that
/// programs have a way to go on. Numbers are those of <asm-generic/errno.h>, equal on all architectures here.
public enum SeccompErrno: UInt16, Sendable, Hashable, CaseIterable {
    case eperm = 1
    case enomem = 12
    case eacces = 13
    case einval = 22
    case enotty = 25
    case enosys = 38
    case enoprotoopt = 92
    case eprotonosupport = 93
    case eopnotsupp = 95
    case eafnosupport = 97

    /// Such as `EPERM`.
    public var name: String { String(describing: self).uppercased() }

    init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}
