// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Where a server is.
enum Endpoint: Sendable {
    case loopback(port: Int)
    case unix(path: String)
}

struct SocketFailure: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}

/// A blocking stream socket: raw enough to send what no proper HTTP client would.
final class Connection: Sendable {
    private let descriptor: Int32

    /// - Parameter patience: How long one read or write may take.
    init(to endpoint: Endpoint, patience: Int = 100) throws {
        let family = if case .unix = endpoint { AF_UNIX } else { AF_INET }
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFailure("socket") }
        var timeout = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        let status =
            switch endpoint {
            case .loopback(let port): Self.connect(descriptor, port: port)
            case .unix(let path): Self.connect(descriptor, path: path)
            }
        guard status == 0 else { throw SocketFailure("connect to \(endpoint)") }
    }

    deinit { close(descriptor) }

    private static func connect(_ descriptor: Int32, port: Int) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func connect(_ descriptor: Int32, path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    func send(_ data: Data) throws {
        var rest = data[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw SocketFailure("send") }
            rest = rest.dropFirst(sent)
        }
    }

    /// The next bytes; empty at the end.
    func receive() throws -> Data {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw SocketFailure("recv") }
        return Data(buffer.prefix(count))
    }

    /// Everything that still comes until the server ends the connection, be it with a reset.
    ///
    /// - Throws: ``SocketFailure`` when it goes on for longer than `patience`.
    func rest() throws -> Data {
        var all = Data()
        do {
            while case let more = try receive(), !more.isEmpty { all += more }
        } catch  where errno == ECONNRESET {
        }
        return all
    }

    /// Ends the connection at once, both ways, as a client does that was killed.
    func abandon() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Goes away without a word, as a machine does whose power fails: neither an end nor a reset is sent (root only).
    func vanish() -> Bool {
        // A socket under repair is closed silently (kernel's Documentation/networking/tcp_repair, TCP_REPAIR is 19).
        var on: Int32 = 1
        guard setsockopt(descriptor, Int32(IPPROTO_TCP), 19, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            return false
        }
        reset()
        return true
    }

    /// Ends the connection with a reset instead of an orderly end.
    func reset() {
        // Connecting to nowhere is how Linux does that to an open socket (connect(2), "AF_UNSPEC").
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        _ = Foundation.connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }
}

/// A TCP port that is free at this moment.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SocketFailure("socket") }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, size) | getsockname(descriptor, $0, &size)
        }
    }
    guard status == 0 else { throw SocketFailure("bind") }
    return Int(UInt16(bigEndian: address.sin_port))
}
