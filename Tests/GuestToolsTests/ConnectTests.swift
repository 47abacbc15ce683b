// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import LinuxSystem
import Testing

@Suite struct ConnectTests {
    /// A listening socket on loopback.
    private struct Server: ~Copyable {
        let socket: OwnedDescriptor
        let port: UInt16

        init(six: Bool = false) throws {
            let socket = OwnedDescriptor(
                owning: Foundation.socket(six ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            self.port = try Self.listen(socket.raw, six: six)
            self.socket = socket
        }

        private static func listen(_ socket: Int32, six: Bool) throws -> UInt16 {
            var storage = sockaddr_storage()
            storage.ss_family = sa_family_t(six ? AF_INET6 : AF_INET)
            var length = socklen_t(six ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
            return try withUnsafeMutableBytes(of: &storage) { bytes in
                // The address is in network order: bytes 4 to 7 of IPv4, the last of bytes 8 to 23 of IPv6.
                if six {
                    bytes[23] = 1
                } else {
                    bytes.copyBytes(
                        from: [127, 0, 0, 1].enumerated().reduce(into: Array(bytes.prefix(4))) { $0.append($1.element) }
                    )
                }
                let address = try #require(bytes.baseAddress).assumingMemoryBound(to: sockaddr.self)
                try #require(bind(socket, address, length) == 0)
                try #require(Foundation.listen(socket, 8) == 0)
                try #require(getsockname(socket, address, &length) == 0)
                return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
            }
        }

        func accept() throws -> OwnedDescriptor {
            let connection = Foundation.accept(socket.raw, nil, nil)
            try #require(connection >= 0)
            return OwnedDescriptor(owning: connection)
        }
    }

    @Test(arguments: [false, true]) func bothDirectionsAndHalfClose(six: Bool) throws {
        let server = try Server(six: six)
        let run = try ToolRun(["connect", "\(server.port)"])
        #expect(try run.next() == .ready)
        let connection = try server.accept()
        try run.write(Array("to the server".utf8))
        #expect(try Files.read(connection.raw, upTo: 100) == Array("to the server".utf8))
        try Files.writeAll(connection.raw, Array("to the host".utf8))
        #expect(try run.next() == .data(Array("to the host".utf8)))
        // The host writes no more; the server still answers.
        try run.closeInput()
        #expect(try Files.read(connection.raw, upTo: 100) == [])
        try Files.writeAll(connection.raw, Array("late".utf8))
        #expect(try run.next() == .data(Array("late".utf8)))
        shutdown(connection.raw, Int32(SHUT_WR))
        #expect(try run.next() == .end)
        #expect(try run.next() == nil)
    }

    @Test func theServerMayEndFirst() throws {
        let server = try Server()
        let run = try ToolRun(["connect", "\(server.port)"])
        #expect(try run.next() == .ready)
        let connection = try server.accept()
        shutdown(connection.raw, Int32(SHUT_WR))
        #expect(try run.next() == .end)
        try run.write(Array("still".utf8))
        #expect(try Files.read(connection.raw, upTo: 100) == Array("still".utf8))
        #expect(try run.finish() == [])
        #expect(try Files.read(connection.raw, upTo: 100) == [])
    }

    @Test func muchInBothDirectionsAtOnce() throws {
        let server = try Server()
        let run = try ToolRun(["connect", "\(server.port)"])
        #expect(try run.next() == .ready)
        let connection = SharedDescriptor(try server.accept())
        let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        // An echo that reads on while it writes; the host's side writes all before it reads.
        try startThread(name: "echo") {
            while let bytes = try? Files.read(connection.raw, upTo: 65536), !bytes.isEmpty {
                guard (try? Files.writeAll(connection.raw, bytes)) != nil else { return }
            }
            shutdown(connection.raw, Int32(SHUT_WR))
        }
        try startThread(name: "sender") {
            try? run.write(content)
            try? run.closeInput()
        }
        var received: [UInt8] = []
        while let message = try run.next(), message != .end {
            guard case .data(let bytes) = message else { throw ToolRun.Unexpected(messages: [message]) }
            received += bytes
        }
        #expect(received == content)
    }

    @Test func nothingListens() throws {
        let port = try Server().port
        #expect(try ToolRun.failure(["connect", "\(port)"]) == "ECONNREFUSED")
        #expect(try ToolRun.failure(["connect", "0"]) == "EINVAL")
        #expect(try ToolRun.failure(["connect", "65536"]) == "EINVAL")
    }

    @Test func aResetIsAnError() throws {
        let server = try Server()
        let run = try ToolRun(["connect", "\(server.port)"])
        #expect(try run.next() == .ready)
        do {
            let connection = try server.accept()
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection.raw, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
        guard case .failed(let name, _)? = try run.next() else { throw ToolRun.Unexpected(messages: []) }
        #expect(name == "ECONNRESET")
    }
}

/// What says inside a sandbox that the code interpreter is there.
@Suite struct HealthTests {
    @Test func answersWhoeverAsks() throws {
        // A port that was free a moment ago; another one, should somebody have taken it.
        var run: ToolRun?, port: UInt16 = 0
        for _ in 0..<20 where run == nil {
            port = UInt16.random(in: 20000..<30000)
            let candidate = try ToolRun(["health", "\(port)"])
            if try candidate.next() == .ready { run = candidate }
        }
        let server = try #require(run)
        for _ in 0..<3 {
            let socket = try LoopbackConnection.open(.four, port: port, milliseconds: 5000)
            // One that says nothing does not keep the next ones waiting for long.
            let silent = try LoopbackConnection.open(.four, port: port, milliseconds: 5000)
            _ = try Descriptors.send(Array("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)[...], to: socket.raw)
            let epoll = try Epoll()
            try epoll.add(socket.raw, token: 0, events: .readable)
            #expect(try !epoll.wait(milliseconds: 30_000).isEmpty)
            let answer = String(decoding: try Files.read(socket.raw, upTo: 4096) ?? [], as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\n\"OK\""))
            withExtendedLifetime(silent) {}
        }
        withExtendedLifetime(server) {}
    }
}
