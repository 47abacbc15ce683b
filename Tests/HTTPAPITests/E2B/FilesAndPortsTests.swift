// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Testing

@testable import HTTPAPI

@Suite(.timeLimit(.minutes(2))) struct FilesAndPortsTests {
    // MARK: Uploads

    @Test func multipartUploads() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let type = "Content-Type: multipart/form-data; boundary=B"
            func part(_ name: String, _ text: String) -> String {
                "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n\(text)\r\n"
            }
            let two = try await client.data(
                computer, "POST", "/files", part("a/b.txt", "one") + part("/tmp/c", "") + "--B--\r\n",
                headers: [type, "X-Metadata-Author: me"])
            #expect(two.status == 200)
            #expect(try two.json()[0]?["path"] == .string("/home/user/a/b.txt"))
            #expect(try two.json()[0]?["metadata"]?["author"] == .string("me"))
            #expect(try two.json()[1]?["path"] == .string("/tmp/c"))
            #expect(computer.store["/home/user/a/b.txt"]?.bytes == Array("one".utf8))
            let named = try await client.data(
                computer, "POST", "/files?path=x&username=root", part("ignored", "two") + "--B--\r\n", headers: [type])
            let path = try #require(try named.json()[0]?["path"]?.text)
            #expect(path.hasPrefix("/root/") && path.hasSuffix("/x"))
            #expect(computer.store[path]?.user == .root)
            let twice = try await client.data(
                computer, "POST", "/files", part("x", "1") + part("~/x", "2") + "--B--\r\n", headers: [type])
            #expect(twice.status == 400)
            let broken = try await client.data(computer, "POST", "/files", part("x", "1"), headers: [type])
            #expect(broken.status == 400)
            let full = try await client.data(
                computer, "POST", "/files", part("full", "1") + "--B--\r\n", headers: [type])
            #expect(full.status == 507)
            #expect(full.text == #"{"code":507,"message":"not enough disk space available"}"#)
            let user = try await client.data(computer, "POST", "/files?username=no", part("x", "1"), headers: [type])
            #expect(user.status == 401)
        }
    }

    @Test func octetStreamsAndGzip() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let type = "Content-Type: application/octet-stream"
            let plain = try await client.data(computer, "POST", "/files?path=a", "hello", headers: [type])
            #expect(plain.status == 200 && computer.store["/home/user/a"]?.bytes == Array("hello".utf8))
            let deflater = try Deflater()
            let packed = try deflater.compress(Array(repeating: 0x61, count: 500_000)) + (try deflater.finish())
            let connection = try await client.server.connect()
            try await connection.send(
                TestServer.text(
                    "POST", "/files?path=b",
                    headers: E2BClient.headers(computer) + [
                        type, "Content-Encoding: gzip", "Content-Length: \(packed.count)",
                    ]))
            try await connection.send(packed)
            #expect(try await connection.response().status == 200)
            #expect(computer.store["/home/user/b"]?.bytes.count == 500_000)
            for (encoding, body) in [("br", "x"), ("gzip", "not gzip")] {
                let response = try await client.data(
                    computer, "POST", "/files?path=c", body, headers: [type, "Content-Encoding: \(encoding)"])
                #expect(response.status == 400)
            }
            #expect(try await client.data(computer, "POST", "/files", "x", headers: [type]).status == 400)
            let large = try await client.data(
                computer, "POST", "/files?path=c", "x",
                headers: [type, "X-Metadata-a: \(String(repeating: "v", count: 4087))"])
            #expect(large.status == 400)
        }
    }

    // MARK: Downloads

    @Test func downloads() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            computer.store["/home/user/a b.txt"] = FakeFiles.File(bytes: Array("0123456789".utf8))
            computer.store["/home/user/empty"] = FakeFiles.File(bytes: [])
            computer.store["/home/user/d"] = FakeFiles.File(bytes: [], isDirectory: true)
            func get(_ path: String, _ headers: String...) async throws -> RawResponse {
                try await client.data(computer, "GET", "/files?path=\(path)", headers: headers)
            }
            let whole = try await get("a+b.txt", "Accept-Encoding: gzip, deflate")
            #expect(whole.status == 200 && whole.text == "0123456789" && whole.headers["content-length"] == "10")
            #expect(whole.headers["content-type"] == "application/octet-stream")
            #expect(whole.headers["content-disposition"] == "inline; filename*=utf-8''a%20b.txt")
            #expect(whole.headers["last-modified"] == "Sun, 09 Sep 2001 01:46:40 GMT")
            let part = try await get("a+b.txt", "Range: bytes=2-4")
            #expect(part.status == 206 && part.text == "234")
            #expect(part.headers["content-range"] == "bytes 2-4/10")
            #expect(try await get("a+b.txt", "Range: bytes=10-").status == 416)
            let same = try await get("a+b.txt", "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT")
            #expect(same.status == 304)
            let packed = try await get("a+b.txt", "Accept-Encoding: gzip")
            #expect(packed.headers["content-encoding"] == "gzip")
            var unpacked: [UInt8] = []
            try await (try Inflater()).inflate(Array(packed.body)) { unpacked += $0 }
            #expect(unpacked == Array("0123456789".utf8))
            #expect(try await get("empty").headers["content-length"] == "0")
            #expect(try await get("a+b.txt", "Accept-Encoding: identity;q=0").status == 406)
            let directory = try await get("d")
            #expect(directory.status == 400)
            #expect(directory.text == #"{"code":400,"message":"path '/home/user/d' is a directory"}"#)
            #expect(try await get("none").text == #"{"code":404,"message":"path '/home/user/none' does not exist"}"#)
        }
    }

    @Test func signedURLsNeedNoToken() async throws {
        try await E2BClient.run { client in
            _ = try await client.create()
            let computer = try await client.create()
            computer.store["/home/user/a"] = FakeFiles.File(bytes: Array("secret".utf8))
            func url(_ expiration: Int?) -> String {
                let query = "path=a" + (expiration.map { "&signature_expiration=\($0)" } ?? "")
                let signature = FileSignature(QueryItems(query)).expected(.read, token: computer.accessToken)
                return "/files?\(query)&signature="
                    + signature.replacing("+", with: "%2B").replacing("/", with: "%2F")
            }
            let good = try await client.server.request("GET", url(nil))
            #expect(good.status == 200 && good.text == "secret")
            let expired = try await client.server.request("GET", url(1))
            #expect(expired.status == 401)
            #expect(expired.text == #"{"code":401,"message":"signature is already expired"}"#)
            let wrong = try await client.server.request("GET", "/files?path=b&signature=v1_x")
            #expect(wrong.text == #"{"code":401,"message":"invalid signature"}"#)
            let none = try await client.server.request(
                "GET", "/files?path=a", headers: ["E2b-Sandbox-Id: \(computer.id)"])
            #expect(none.text == #"{"code":401,"message":"missing signature query parameter"}"#)
            // For reading only.
            let write = try await client.server.request(
                "POST", url(nil), headers: ["Content-Type: application/octet-stream"], body: "x")
            #expect(write.status == 401)
        }
    }

    // MARK: Ports

    @Test func requestsAreRelayed() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            computer.serve { connection in
                let request = await connection.receive(until: "4\r\nbody\r\n0\r\n\r\n")
                let lines = request.components(separatedBy: "\r\n")
                let isRight =
                    lines[0] == "PUT /x?y=%20z HTTP/1.1" && lines.contains("X-Mine: 1")
                    && lines.contains("Connection: close")
                    && lines.contains("Transfer-Encoding: chunked") && !request.lowercased().contains("te: trailers")
                await connection.send(
                    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 \(isRight ? 201 : 500) Made\r\n")
                await connection.send("X-Powered-By: me\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r")
                await connection.send("\n3\r\ntwo\r\n0\r\n\r\n")
            }
            let connection = try await client.server.connect()
            try await connection.send(
                """
                PUT /x?y=%20z HTTP/1.1\r\nHost: 80-\(computer.id).localhost:1\r\nX-Mine: 1\r\nTE: trailers\r\n\
                Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n
                """)
            let response = try await connection.response()
            #expect(response.status == 201 && response.text == "onetwo")
            #expect(response.headers["x-powered-by"] == "me")
            // It is the program's own answer; nothing is added to it.
            #expect(response.headers["cache-control"] == nil && response.headers["x-content-type-options"] == nil)
        }
    }

    @Test func answersOfEveryFraming() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let answer = HTTPAPI.Latch<Void>()
            computer.serve { connection in
                let request = await connection.receive(until: "\r\n\r\n")
                switch request.split(separator: " ")[1] {
                case "/length": await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
                case "/end":
                    await connection.send("HTTP/1.0 200 OK\r\n\r\nhel")
                    await connection.send("lo")
                    connection.end()
                case "/cut":
                    await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
                    connection.end()
                case "/nothing": connection.end()
                case "/slow":
                    await connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
                    await answer.value()
                    await connection.send("data: 2\n\n")
                    connection.end()
                default: await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")
                }
            }
            func get(_ path: String, method: String = "GET") async throws -> RawResponse {
                try await client.data(computer, method, path, port: 80)
            }
            #expect(try await get("/length").text == "hello")
            #expect(try await get("/end").text == "hello")
            let head = try await get("/head", method: "HEAD")
            #expect(head.status == 200 && head.headers["content-length"] == "7")
            #expect(try await get("/nothing").status == 502)
            // What breaks off must not look whole.
            let cut = try await client.server.connect()
            try await cut.send(TestServer.text("GET", "/cut", headers: E2BClient.headers(computer, port: 80)))
            #expect(try await cut.readToEnd().hasSuffix("hello") == true || cut.wasReset)
            #expect(cut.wasReset)
            let slow = try await client.server.connect()
            try await slow.send(TestServer.text("GET", "/slow", headers: E2BClient.headers(computer, port: 80)))
            _ = try await slow.read(until: "data: 1\n\n")
            answer.open(())
            _ = try await slow.read(until: "data: 2\n\n")
        }
    }

    @Test func closedPortsAndPrivateOnes() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let closed = try await client.data(computer, "GET", "/", port: 81)
            #expect(closed.status == 502)
            #expect(
                closed.text
                    == #"{"code":502,"message":"The sandbox is running but port is not open","port":81,"sandboxId":"\#(computer.id)"}"#
            )
            let secret = try await client.create(#"{"templateID":"base","network":{"allowPublicTraffic":false}}"#)
            secret.serve { connection in
                let request = await connection.receive(until: "\r\n\r\n").lowercased()
                let status = request.contains("e2b-traffic-access-token") ? 500 : 200
                await connection.send("HTTP/1.1 \(status) OK\r\nContent-Length: 0\r\n\r\n")
            }
            for headers in [[], ["E2b-Traffic-Access-Token: wrong"]] {
                let refused = try await client.data(secret, "GET", "/", headers: headers, port: 80)
                #expect(refused.status == 403)
                #expect(try refused.json()["message"]?.text?.contains("e2b-traffic-access-token") == true)
            }
            let token = try #require(secret.trafficToken)
            let headers = ["E2b-Traffic-Access-Token: \(token)"]
            #expect(try await client.data(secret, "GET", "/", headers: headers, port: 80).status == 200)
            // envd has a token of its own.
            #expect(try await client.data(secret, "GET", "/health").status == 204)
            #expect(try await client.data(secret, "GET", "/contexts", port: 49_999).status == 403)
        }
    }

    @Test func webSocketsAreBytesBothWays() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            computer.serve { connection in
                let request = await connection.receive(until: "\r\n\r\n")
                let isRight = request.contains("Upgrade: websocket\r\n") && request.contains("Connection: Upgrade\r\n")
                await connection.send(
                    "HTTP/1.1 \(isRight ? 101 : 500) Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: abc\r\n\r\nfirst")
                await connection.send("echo " + (await connection.receive(until: "!")))
                _ = await connection.receive()
                await connection.send("bye")
                connection.end()
            }
            let connection = try await client.server.connect()
            try await connection.send(
                """
                GET /ws HTTP/1.1\r\nHost: 80-\(computer.id).localhost\r\nConnection: keep-alive, Upgrade\r\n\
                Upgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n
                """)
            let head = try await connection.read(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            #expect(head.contains("sec-websocket-accept: abc") || head.contains("Sec-WebSocket-Accept: abc"))
            #expect(try await connection.read(until: "first") == "first")
            // No HTTP, and it passes.
            try await connection.send([0x01, 0x00, 0x21])
            #expect(try await connection.read(until: "!") == "echo \u{1}\0!")
            try await connection.closeOutput()
            #expect(try await connection.readToEnd() == "bye")
        }
    }

    @Test func aSandboxThatGoesResetsWhatItsProgramsServe() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            computer.serve { connection in
                _ = await connection.receive(until: "\r\n\r\n")
                await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin")
            }
            let connection = try await client.server.connect()
            try await connection.send(TestServer.text("GET", "/", headers: E2BClient.headers(computer, port: 80)))
            _ = try await connection.read(until: "begin")
            _ = try await client.control("DELETE", "/sandboxes/\(computer.id)")
            try await connection.waitForEnd()
            #expect(connection.wasReset)
        }
    }
}
