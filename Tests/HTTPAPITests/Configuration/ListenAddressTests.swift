// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import NestboxCore
import Testing

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8686", ListenAddress.tcp(host: "127.0.0.1", port: 8686)),
        ("[::1]:8686", .tcp(host: "::1", port: 8686)),
        ("localhost:0", .tcp(host: "localhost", port: 0)),
        ("0.0.0.0:65535", .tcp(host: "0.0.0.0", port: 65_535)),
        ("unix:/run/nestbox.sock", .unix(path: "/run/nestbox.sock")),
        ("unix:relative.sock", .unix(path: "relative.sock")),
    ])
    func reads(text: String, address: ListenAddress) throws {
        #expect(try ListenAddress(parsing: text) == address)
        #expect(address.description == text)
    }

    @Test(arguments: [
        ("", "the port is missing"),
        ("8686", "the port is missing"),
        (":8686", "the host is empty"),
        ("localhost", "the port is missing"),
        ("localhost:", "'' is no port"),
        ("localhost:http", "'http' is no port"),
        ("localhost:65536", "'65536' is no port"),
        ("localhost:-1", "'-1' is no port"),
        ("localhost:99999999999999999999", "is no port"),
        ("::1:8686", "needs brackets"),
        ("[::1]", "the port is missing"),
        ("[::1:8686", "the bracket is not closed"),
        ("[localhost]:8686", "brackets are for IPv6"),
        ("http://localhost:8686", "needs brackets"),
        ("local host:8686", "is no host name"),
        ("unix:", "the path after 'unix:' is empty"),
        ("unix:/run/", "names a folder"),
        ("unix:/a\u{0}b", "NUL"),
        ("unix:/" + String(repeating: "x", count: 107), "108 bytes"),
    ])
    func refuses(text: String, reason: String) throws {
        let error = #expect(throws: RequestError.self) { try ListenAddress(parsing: text) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("127.0.0.1:1", true), ("127.255.3.4:1", true), ("[::1]:1", true), ("localhost:1", true), ("LOCALHOST:1", true),
        ("unix:s", true), ("0.0.0.0:1", false), ("[::]:1", false), ("192.168.0.1:1", false),
        ("127.0.0.1.evil.org:1", false),
        ("127.1:1", false), ("localhost.evil.org:1", false), ("127.0.0.999:1", false),
    ])
    func knowsLoopback(text: String, isLoopback: Bool) throws {
        #expect(try ListenAddress(parsing: text).isLoopback == isLoopback)
    }
}
