// SPDX-License-Identifier: Apache-2.0
import CLinux

/// A TCP server on 127.0.0.1.
public struct LoopbackListener: ~Copyable {
    private let socket: OwnedDescriptor

    /// - Throws: ``SystemError``: EADDRINUSE when somebody listens there already.
    public init(port: UInt16) throws(SystemError) {
        socket = OwnedDescriptor(owning: try retrying("bind") { nb_listen_loopback(port) })
    }

    /// Waits for the next connection. Reading from it and writing to it fail after `seconds` without progress.
    public func accept(seconds: Int32) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("accept") { nb_accept(socket.raw, seconds) })
    }
}
