// SPDX-License-Identifier: Apache-2.0
import CLinux

/// In a virtual machine: listens for connections of its host (vsock(7)).
public struct HostListener: ~Copyable {
    private let socket: OwnedDescriptor

    /// - Throws: ``SystemError``: EAFNOSUPPORT or ENODEV where there is no such socket.
    public init(port: UInt32) throws(SystemError) {
        socket = OwnedDescriptor(owning: try retrying("listen on vsock") { nb_listen_vsock(port) })
    }

    /// Waits for the next connection of the host. Its socket is blocking.
    ///
    /// - Throws: ``SystemError`` ECONNRESET when the connection is not the host's.
    public func accept() throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("accept on vsock") { nb_accept_vsock(socket.raw) })
    }

    /// Waits until the other end has said something, which stays to be read. False: it has ended without a word.
    public static func waitForWord(on connection: Int32) throws(SystemError) -> Bool {
        try retrying("recv") { nb_peek(connection) } > 0
    }
}
