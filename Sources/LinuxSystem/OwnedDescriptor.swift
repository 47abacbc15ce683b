// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file descriptor that somebody owns: it is closed exactly once, when its owner goes away.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, for calls. Valid as long as this value lives.
    public let raw: Int32

    /// Takes ownership of `raw`, which must be open and owned by nobody else.
    public init(owning raw: Int32) {
        self.raw = raw
    }

    /// Gives ownership away: the caller must close the returned number.
    public consuming func release() -> Int32 {
        let number = raw
        discard self
        return number
    }

    /// A second descriptor for the same open file, close-on-exec (fcntl(2), `F_DUPFD_CLOEXEC`).
    public func duplicate() throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("fcntl F_DUPFD_CLOEXEC") { fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }

    deinit {
        close(raw)
    }
}

/// A descriptor with several owners: closed when the last of them goes away.
public final class SharedDescriptor: Sendable {
    private let owned: OwnedDescriptor

    public init(_ descriptor: consuming OwnedDescriptor) {
        owned = descriptor
    }

    public convenience init(owning raw: Int32) {
        self.init(OwnedDescriptor(owning: raw))
    }

    /// The number, for calls. Valid as long as this object lives.
    public var raw: Int32 { owned.raw }
}

/// Descriptor that means "the current directory" in calls with a directory argument (openat(2)).
public let currentDirectory: Int32 = AT_FDCWD
