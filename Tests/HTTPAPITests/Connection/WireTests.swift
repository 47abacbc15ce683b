// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import HTTPAPI

/// What goes over a real socket: framing, keep-alive, limits.
@Suite(.timeLimit(.minutes(1))) struct WireTests {
    private static let run = #"{"code":"x"}"#

    // MARK: One connection, many requests

    @Test func aConnectionServesOneRequestAfterTheOther() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            for number in 0..<20 {
                try await connection.send(TestServer.text(body: #"{"code":"\#(number)"}"#))
                let response = try await connection.response()
                #expect(response.status == 200)
                #expect(response.headers["connection"] == nil)
                #expect(try response.json()["stdout"] == .string("\(number)"))
                try await connection.send(TestServer.text("GET", "/nowhere"))
                #expect(try await connection.response().status == 404)
            }
            await connection.close()
        }
    }

    @Test func pipelinedRequestsAreAnsweredInTheirOrderAndRunOneAtATime() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            let requests = ["sleep 30", "b", "c"].map { TestServer.text(body: #"{"code":"\#($0)"}"#) }
            try await connection.send(requests.joined())
            try await eventually { server.service.begun == 1 }
            for expected in ["slept", "b", "c"] {
                #expect(try await connection.response().json()["stdout"] == .string(expected))
            }
            #expect(server.service.requests.map(\.code) == ["sleep 30", "b", "c"])
            await connection.close()
        }
    }

    @Test func aStreamLeavesTheConnectionUsable() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            for _ in 0..<3 {
                try await connection.send(
                    TestServer.text(headers: ["Accept: application/x-ndjson"], body: #"{"code":"stream"}"#))
                let response = try await connection.response()
                #expect(response.text.split(separator: "\n").count == 7)
            }
            await connection.close()
        }
    }

    @Test func aClientMayAskToClose() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(TestServer.text(headers: ["Connection: close"], body: Self.run))
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(response.headers["connection"] == "close")
            #expect(try await connection.readToEnd().isEmpty)
        }
    }

    @Test func anOldClientGetsWhatItUnderstands() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            let body = #"{"code":"stream"}"#
            try await connection.send(
                "POST /v1/run HTTP/1.0\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            let text = try await connection.readToEnd()
            #expect(text.hasPrefix("HTTP/1.0 200"))
            #expect(!text.lowercased().contains("transfer-encoding"))
            #expect(text.hasSuffix("}}\n"))
        }
    }

    @Test func headHasNoBodyOnTheWire() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            for path in ["/healthz", "/nowhere"] {
                try await connection.send(TestServer.text("HEAD", path))
                #expect(try await connection.response(isHead: true).headers["content-length"] != "0")
            }
            try await connection.send(TestServer.text("GET", "/healthz"))
            #expect(try await connection.response().text == #"{"status":"ok"}"#)
            await connection.close()
        }
    }

    // MARK: Bodies

    @Test func aBodyMayComeInChunks() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(
                TestServer.text(headers: ["Content-Type: application/json", "Transfer-Encoding: chunked"]))
            for part in [#"{"co"#, #"de":"#, #""y"}"#] {
                try await connection.send("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n")
            }
            try await connection.send("0\r\nTrailer: ignored\r\n\r\n")
            #expect(try await connection.response().json()["stdout"] == .string("y"))
            await connection.close()
        }
    }

    @Test func aClientThatAsksFirstIsToldToGoOn() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            let header = ["Content-Type: application/json", "Content-Length: 12", "Expect: 100-continue"]
            try await connection.send(TestServer.text(headers: header))
            #expect(try await connection.response().status == 100)
            try await connection.send(Self.run)
            #expect(try await connection.response().status == 200)

            try await connection.send(TestServer.text(headers: ["Content-Type: text/plain"] + header.dropFirst()))
            let refused = try await connection.response()
            #expect(refused.status == 415)
            #expect(refused.headers["connection"] == "close")
            try await connection.waitForEnd()
        }
    }

    @Test func aBodyThatIsSaidToBeTooLargeIsRefusedUnread() async throws {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.maximumBodyBytes = 1000
        try await TestServer.run(configuration) { (server) async throws in
            for headers in [[], ["Expect: 100-continue"]] {
                let connection = try await server.connect()
                try await connection.send(
                    TestServer.text(
                        headers: ["Content-Type: application/json", "Content-Length: 104857600"] + headers))
                let response = try await connection.response()
                #expect(response.status == 413)
                #expect(try response.code() == "payload_too_large")
                #expect(response.headers["connection"] == "close")
                try await connection.waitForEnd()
            }
        }
    }

    @Test func aChunkedBodyIsRefusedWhereItBecomesTooLarge() async throws {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.maximumBodyBytes = 100_000
        try await TestServer.run(configuration) { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(
                TestServer.text(headers: ["Content-Type: application/json", "Transfer-Encoding: chunked"]))
            let chunk = Array("8000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x8000) + Array("\r\n".utf8)
            for _ in 0..<1000 { connection.sendInBackground(chunk) }
            let response = try await connection.response()
            #expect(response.status == 413)
            #expect(try response.code() == "payload_too_large")
            try await connection.waitForEnd()
            #expect(server.service.begun == 0)
        }
    }

    @Test func theRestOfARefusedBodyIsReadSoThatTheConnectionStays() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(
                TestServer.text(headers: ["Content-Type: text/plain", "Content-Length: 100000"]) + "x")
            #expect(try await connection.response().status == 415)
            try await connection.send(String(repeating: "x", count: 99_999) + TestServer.text("GET", "/healthz"))
            #expect(try await connection.response().status == 200)
            await connection.close()
        }
    }

    @Test func aBodyThatBreaksOffDoesNotRun() async throws {
        let service = FakeService()
        try await TestServer.run(service: service) { (server) async throws in
            let connection = try await server.connect()
            // What has arrived would be a whole request.
            try await connection.send(
                TestServer.text(headers: ["Content-Type: application/json", "Content-Length: 100"]) + Self.run)
            try await connection.closeOutput()
            let response = try await connection.response()
            #expect(response.status == 400)
            #expect(try response.code() == "malformed_request")
            try await connection.waitForEnd()
        }
        #expect(service.begun == 0)
    }

    @Test func bodiesTogetherAreLimited() async throws {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.maximumBodyBytes = 1000
        configuration.maximumBufferedBytes = 1500
        try await TestServer.run(configuration) { (server) async throws in
            let first = try await server.connect()
            let padding = String(repeating: " ", count: 980)
            try await first.send(TestServer.text(body: #"{"code":"hang"}"# + padding))
            try await eventually { server.service.running == 1 }
            let second = try await server.request(body: Self.run + padding)
            #expect(second.status == 429)
            #expect(second.headers["retry-after"] == "1")
            await first.close()
            try await eventually { server.service.running == 0 }
            #expect(try await server.request(body: Self.run + padding).status == 200)
        }
    }

    @Test func aLargeReportArrivesWhole() async throws {
        try await TestServer.run { (server) async throws in
            let response = try await server.request(body: #"{"code":"big 20000000"}"#)
            #expect(response.status == 200)
            #expect(try response.json()["stdout"]?.text?.utf8.count == 20_000_000)
        }
    }

    // MARK: What is no HTTP

    @Test(arguments: [
        (
            "POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400
        ),
        (
            "POST /v1/run HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
            400
        ),
        ("POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400),
        ("POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
        ("POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1_0\r\n\r\n", 400),
        ("POST /v1/run HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("POST /v1/run HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /v1/run HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: \u{1}\u{0}\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n", 400),
        ("GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
        ("GET  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("get /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("NONSENSE\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}", 400),
        ("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n", 405),
    ])
    func isRefusedAndTheConnectionCloses(text: String, status: Int) async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            // A second request within must never be answered.
            try await connection.send(text + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let response = try await connection.response()
            #expect(response.status == status, "\(response.text)")
            #expect(response.headers["content-type"] == "application/problem+json")
            #expect(try response.code() == "malformed_request")
            #expect(response.headers["connection"] == "close")
            #expect(try await connection.readToEnd().isEmpty)
            #expect(server.service.begun == 0)
        }
    }

    @Test func aBrokenChunkIsRefusedAndDoesNotRun() async throws {
        let service = FakeService()
        try await TestServer.run(service: service) { (server) async throws in
            for size in ["FFFFFFFFFFFFFFFF1", "-1", "x", "0x10"] {
                let connection = try await server.connect()
                try await connection.send(
                    TestServer.text(headers: ["Content-Type: application/json", "Transfer-Encoding: chunked"]))
                try await connection.send("c\r\n\(Self.run)\r\n\(size)\r\n")
                #expect(try await connection.response().status == 400, "\(size)")
                await connection.close()
            }
        }
        #expect(service.begun == 0)
    }

    @Test func garbageAfterARequestDoesNotDisturbItsAnswer() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(TestServer.text(body: #"{"code":"sleep 20"}"#) + "\u{0}\u{1}garbage\r\n\r\n")
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(try await connection.readToEnd().isEmpty)
        }
    }

    @Test(arguments: [
        "X-A: " + String(repeating: "a", count: 1 << 20),
        (0..<20_000).map { "X-\($0): 1" }.joined(separator: "\r\n"),
        (0..<101).map { "X-\($0): 1" }.joined(separator: "\r\n"),
    ])
    func tooLargeAHeaderIsRefused(field: String) async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            connection.sendInBackground(Array(TestServer.text("GET", "/healthz", headers: [field]).utf8))
            let response = try await connection.response()
            #expect(response.status == 431)
            try await connection.waitForEnd()
        }
    }

    @Test func tooLongATargetIsRefused() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            connection.sendInBackground(
                Array(TestServer.text("GET", "/" + String(repeating: "a", count: 1 << 20)).utf8))
            #expect(try await connection.response().status == 431)
            try await connection.waitForEnd()
        }
    }

    @Test(arguments: ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example"])
    func aForeignHostIsRefused(host: String) async throws {
        try await TestServer.run { (server) async throws in
            let response = try await server.request(headers: ["Host: \(host)"], body: Self.run)
            #expect([400, 403].contains(response.status))
            #expect(server.service.begun == 0)
        }
    }
}
