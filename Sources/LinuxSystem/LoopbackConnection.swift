// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A TCP connection to a server on this machine.
public enum LoopbackConnection {
    public enum Address: Sendable, CaseIterable {
        /// 127.0.0.1
        case four
        /// ::1
        case six
    }

    /// Connects; the socket is non-blocking and close-on-exec.
    ///
    /// - Throws: ``SystemError``: ECONNREFUSED when nothing listens, ETIMEDOUT after `milliseconds`.
    public static func open(
        _ address: Address, port: UInt16, milliseconds: Int32
    ) throws(SystemError) -> OwnedDescriptor {
        let socket = OwnedDescriptor(
            owning: try retrying("connect") { nb_connect_loopback(address == .six ? 1 : 0, port) })
        let epoll = try Epoll()
        try epoll.add(socket.raw, token: 0, events: .writable)
        guard try !epoll.wait(milliseconds: milliseconds).isEmpty else { throw SystemError(ETIMEDOUT, call: "connect") }
        let failure = nb_socket_error(socket.raw)
        guard failure == 0 else { throw SystemError(failure, call: "connect") }
        return socket
    }

    /// Tells the peer that nothing more comes (half close).
    public static func finishWriting(_ socket: Int32) throws(SystemError) {
        try retrying("shutdown") { nb_shutdown_write(socket) }
    }
}

/// How this process was started.
public enum ProcessArguments {
    /// argv; works without /proc.
    public static var all: [String] {
        var found: [String] = []
        while let argument = nb_argument(Int32(found.count)) { found.append(String(cString: argument)) }
        return found
    }
}
