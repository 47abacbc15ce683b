// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import Testing

@testable import MicroVMDriver

/// What is said to Firecracker, and what is made of its answers, without any Firecracker.
@Suite struct FirecrackerConnectionTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func aRequestIsHTTPWithAJSONBody() {
        #expect(
            String(decoding: FirecrackerRequest.restore.bytes, as: UTF8.self)
                == """
                PUT /snapshot/load HTTP/1.1\r
                Host: localhost\r
                Accept: application/json\r
                Content-Type: application/json\r
                Content-Length: 110\r
                \r
                {"snapshot_path":"state","mem_backend":{"backend_type":"File","backend_path":"memory"},"resume_vm":true}
                """.replacingLength(of: "{"))
    }

    /// The parser is asked again with each piece, as they come.
    @Test func anAnswerIsReadFromPieces() throws {
        let whole = Self.bytes(
            "HTTP/1.1 400 Bad Request\r\nServer: Firecracker API\r\ncontent-length: 21\r\n\r\n{\"fault_message\":\"x\"}"
        )
        for count in 0..<whole.count { #expect(try FirecrackerConnection.parsed(Array(whole.prefix(count))) == nil) }
        let answer = try #require(try FirecrackerConnection.parsed(whole))
        #expect(answer.status == 400 && answer.body.elementsEqual(Self.bytes("{\"fault_message\":\"x\"}")))
        let empty = try #require(try FirecrackerConnection.parsed(Self.bytes("HTTP/1.1 204 No Content\r\n\r\n")))
        #expect(empty.status == 204 && empty.body.isEmpty)
    }

    @Test(arguments: [
        "SSH-2.0", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n",
        "HTTP/1.1 999 x\r\n\r\n", "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
    func whatIsNoAnswerIsRefused(_ text: String) {
        #expect(throws: IsolationError.self) { try FirecrackerConnection.parsed(Self.bytes(text)) }
    }

    private static func greeted(by words: String) async throws -> Bool {
        let (host, other) = try Descriptors.makeSocketPair().share()
        try Descriptors.setNonBlocking(host.raw)
        try Descriptors.sendAll(bytes(words), to: other.raw)
        try LoopbackConnection.finishWriting(other.raw)
        defer { withExtendedLifetime(other) {} }
        return try await FirecrackerConnection.greet(on: host)
    }

    @Test func theAgentGreetsBehindFirecrackersWord() async throws {
        #expect(try await Self.greeted(by: "OK 1073741824\nnestbox machine\n"))
        // Nobody listens in the guest.
        #expect(try await !Self.greeted(by: ""))
    }

    @Test(arguments: [
        "NO\n", "OK \n", "OK x\nnestbox machine\n", "OK 1\nwho are you?\n", "OK 1\nnestbox", "OK 1",
        "OK 1\nnestbox machine\nand more", String(repeating: "x", count: 300),
    ])
    func whoeverGreetsOtherwiseIsRefused(_ words: String) async {
        await #expect(throws: IsolationError.self) { try await Self.greeted(by: words) }
    }

    @Test func theProgramsMustBeThereAndRoots() throws {
        func message(_ configuration: FirecrackerConfiguration) throws -> String {
            try #require(throws: IsolationError.self) { try configuration.programs() }.message
        }
        #expect(try message(FirecrackerConfiguration()).contains("isolation.firecracker.binary is not set"))
        #expect(
            try message(FirecrackerConfiguration(binary: "/nonexistent/firecracker")).contains(
                "/nonexistent/firecracker"))
        #expect(try message(FirecrackerConfiguration(binary: "/usr/bin/env")).contains("/usr/bin/jailer"))
        #expect(try message(FirecrackerConfiguration(binary: "/tmp", jailer: "/usr/bin/env")).contains("nobody else's"))
        let programs = try FirecrackerConfiguration(binary: "/usr/bin/env", jailer: "/usr/bin/id").programs()
        #expect(programs.jailer == "/usr/bin/id")
    }
}

extension String {
    /// With the length of what begins with `mark` in place of the one that stands there, so that nobody has to count.
    fileprivate func replacingLength(of mark: Character) -> String {
        guard let start = firstIndex(of: mark) else { return self }
        let length = self[start...].utf8.count
        return split(separator: "\r\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("Content-Length") ? "Content-Length: \(length)" : String($0) }.joined(separator: "\r\n")
    }
}
