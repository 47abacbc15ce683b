// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Testing

@testable import HTTPAPI

@Suite(.timeLimit(.minutes(2))) struct EnvdTests {
    private static let start = "process.Process/Start"
    private static let connect = "process.Process/Connect"

    private func command(_ name: String, _ arguments: String = "", more: String = "") -> String {
        #"{"process":{"cmd":"\#(name)","args":["\#(arguments)"]}\#(more)}"#
    }

    @Test func aProcessIsAStreamOfEvents() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let stream = try await client.stream(computer, Self.start, command("say", "hello"))
            #expect(stream.head.status == 200)
            #expect(stream.head.headers["content-type"] == "application/connect+json")
            #expect(stream.head.headers["content-encoding"] == nil)
            #expect(
                try await stream.all() == [
                    #"{"event":{"start":{"pid":10}}}"#, #"{"event":{"data":{"stdout":"aGVsbG8="}}}"#,
                    #"{"event":{"end":{"exited":true,"status":"exit status 0"}}}"#, "2:{}",
                ])
            let failed = try await client.stream(computer, Self.start, command("fail", "3")).all()
            #expect(failed[1] == #"{"event":{"data":{"stderr":"/w=="}}}"#)
            #expect(
                failed[2]
                    == #"{"event":{"end":{"exitCode":3,"exited":true,"status":"exit status 3","error":"exit status 3"}}}"#
            )
            let killed = try await client.stream(computer, Self.start, command("killed", "9")).all()
            #expect(
                killed[1] == #"{"event":{"end":{"exitCode":-1,"status":"signal: killed","error":"signal: killed"}}}"#)
            // 70,000 bytes in pieces of at most 32 KiB.
            #expect(try await client.stream(computer, Self.start, command("big", "70000")).all().count == 6)
        }
    }

    @Test func errorsEndTheStream() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let missing = try await client.stream(computer, Self.connect, #"{"process":{"pid":99}}"#)
            #expect(missing.head.status == 200)
            #expect(try await missing.all() == [#"2:{"error":{"code":"not_found","message":"process not found"}}"#])
            let cwd = try await client.stream(computer, Self.start, #"{"process":{"cmd":"say","cwd":"/nope"}}"#)
            #expect(
                try await cwd.all()
                    == [#"2:{"error":{"code":"invalid_argument","message":"cwd '/nope' does not exist"}}"#])
            let basic = Data("nobody:".utf8).base64EncodedString()
            let user = try await client.data(
                computer, "POST", "/process.Process/List", "{}", headers: ["Authorization: Basic \(basic)"])
            #expect(user.status == 401)
            #expect(user.text == #"{"code":"unauthenticated","message":"invalid username: 'nobody'"}"#)
        }
    }

    @Test func theDeadlineKillsWhatWasStartedOnly() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let other = try await client.stream(computer, Self.start, command("hang"))
            _ = try await other.next()
            let connected = try await client.stream(
                computer, Self.connect, #"{"process":{"pid":10}}"#, headers: ["Connect-Timeout-Ms: 50"])
            #expect(try await connected.all().last?.contains("deadline_exceeded") == true)
            let stream = try await client.stream(
                computer, Self.start, command("flood"), headers: ["Connect-Timeout-Ms: 50"])
            let messages = try await stream.all()
            #expect(messages.first == #"{"event":{"start":{"pid":11}}}"#)
            #expect(messages.last?.contains(#""code":"deadline_exceeded""#) == true)
            let processes = await computer.processes().map(\.pid)
            #expect(processes == [10])
        }
    }

    @Test func theDeadlineHoldsWithoutTheClient() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let stream = try await client.stream(
                computer, Self.start, command("hang"), headers: ["Connect-Timeout-Ms: 60000"])
            _ = try await stream.next()
            let process = try #require(await computer.processes().first as? FakeProcess)
            await stream.connection.close()
            while process.log.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(process.log == ["kill after a minute"])
        }
    }

    @Test func aStreamShowsThatItLives() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let stream = try await client.stream(
                computer, Self.start, command("hang"), headers: ["Keepalive-Ping-Interval: 1"])
            _ = try await stream.next()
            #expect(try await stream.next() == #"{"event":{"keepalive":{}}}"#)
        }
    }

    @Test func aProcessOutlivesItsClient() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let stream = try await client.stream(computer, Self.start, command("cat", more: #","tag":"t""#))
            _ = try await stream.next()
            await stream.connection.close()
            let again = try await client.stream(computer, Self.connect, #"{"process":{"tag":"t"}}"#)
            #expect(try await again.next() == #"{"event":{"start":{"pid":10}}}"#)
            let list = try await client.call(computer, "process.Process/List", "{}").json()
            #expect(list["processes"]?[0]?["pid"] == .integer(10) && list["processes"]?[0]?["tag"] == .string("t"))
            let input = #"{"process":{"pid":10},"input":{"stdin":"aGk="}}"#
            #expect(try await client.call(computer, "process.Process/SendInput", input).text == "{}")
            #expect(try await again.next() == #"{"event":{"data":{"stdout":"aGk="}}}"#)
            #expect(
                try await client.call(computer, "process.Process/CloseStdin", #"{"process":{"pid":10}}"#).status == 200)
            #expect(try await again.all().last == "2:{}")
            let late = #"{"process":{"pid":10},"signal":"SIGNAL_SIGKILL"}"#
            let gone = try await client.call(computer, "process.Process/SendSignal", late)
            #expect(gone.status == 404)
            #expect(gone.text == #"{"code":"not_found","message":"process with pid 10 not found"}"#)
        }
    }

    @Test func terminalsTakeTheirOwnInput() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let message = command("cat", more: #","pty":{"size":{"cols":100,"rows":30}}"#)
            let stream = try await client.stream(computer, Self.start, message)
            _ = try await stream.next()
            let pty = #"{"process":{"pid":10},"input":{"pty":"aGk="}}"#
            #expect(try await client.call(computer, "process.Process/SendInput", pty).status == 200)
            #expect(try await stream.next() == #"{"event":{"data":{"pty":"aGk="}}}"#)
            let stdin = #"{"process":{"pid":10},"input":{"stdin":"aGk="}}"#
            #expect(try await client.call(computer, "process.Process/SendInput", stdin).status == 400)
            let update = #"{"process":{"pid":10},"pty":{"size":{"cols":80,"rows":24}}}"#
            #expect(try await client.call(computer, "process.Process/Update", update).text == "{}")
            let signal = #"{"process":{"pid":10},"signal":15}"#
            #expect(try await client.call(computer, "process.Process/SendSignal", signal).text == "{}")
            let process = try #require(try await computer.process(.pid(10)) as? FakeProcess)
            #expect(process.request.terminal == TerminalSize(columns: 100, rows: 30))
            #expect(process.log == ["write hi", "resize 80x24", "signal 15"])
        }
    }

    @Test func inputIsStreamed() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let stream = try await client.stream(computer, Self.start, command("cat"))
            _ = try await stream.next()
            let connection = try await client.server.connect()
            let head =
                (["POST /process.Process/StreamInput HTTP/1.1", "Host: x", "Content-Type: application/connect+json"]
                + E2BClient.headers(computer) + ["Transfer-Encoding: chunked", "", ""]).joined(separator: "\r\n")
            try await connection.send(head)
            func send(_ message: String) async throws {
                let length = message.utf8.count
                try await connection.send("\(String(length + 5, radix: 16))\r\n")
                try await connection.send([0, 0, 0, 0, UInt8(length)] + Array(message.utf8) + [13, 10])
            }
            try await send(#"{"start":{"process":{"pid":10}}}"#)
            for text in ["YQ==", "Yg=="] {
                try await send(#"{"data":{"input":{"stdin":"\#(text)"}}}"#)
                #expect(try await stream.next() == #"{"event":{"data":{"stdout":"\#(text)"}}}"#)
            }
            try await send(#"{"keepalive":{}}"#)
            // The response comes when the request has ended: clients send no more once it begins.
            try await connection.send("0\r\n\r\n")
            let response = try RawResponse(head: try await connection.read(until: "\r\n\r\n"))
            #expect(response.status == 200)
            let rest = EnvelopeStream(connection: connection, head: response)
            #expect(try await rest.all() == ["{}", "2:{}"])
        }
    }

    @Test func filesAreLookedAt() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            computer.store["/home/user/a"] = FakeFiles.File(bytes: [1, 2, 3])
            let stat = try await client.call(computer, "filesystem.Filesystem/Stat", #"{"path":"a"}"#).json()
            #expect(stat["entry"]?["size"] == .string("3") && stat["entry"]?["type"] == .string("FILE_TYPE_FILE"))
            #expect(stat["entry"]?["permissions"] == .string("-rw-r--r--"))
            #expect(stat["entry"]?["modifiedTime"] == .string("2001-09-09T01:46:40.000000000Z"))
            let missing = try await client.call(computer, "filesystem.Filesystem/Stat", #"{"path":"b"}"#)
            #expect(try missing.status == 404 && missing.json()["code"] == .string("not_found"))
            let make = #"{"path":"~/d"}"#
            #expect(try await client.call(computer, "filesystem.Filesystem/MakeDir", make).status == 200)
            #expect(try await client.call(computer, "filesystem.Filesystem/MakeDir", make).status == 409)
            let move = #"{"source":"a","destination":"/home/user/d/b"}"#
            #expect(try await client.call(computer, "filesystem.Filesystem/Move", move).status == 200)
            let list = try await client.call(computer, "filesystem.Filesystem/ListDir", #"{"path":"","depth":1}"#)
            #expect(list.status == 400)
            let home = try await client.call(computer, "filesystem.Filesystem/ListDir", #"{"path":"~"}"#).json()
            #expect(home["entries"]?[1]?["path"] == .string("/home/user/d/b"))
            #expect(try await client.call(computer, "filesystem.Filesystem/Remove", #"{"path":"d/b"}"#).text == "{}")
            #expect(try await client.call(computer, "filesystem.Filesystem/Nothing", "{}").status == 404)
        }
    }

    @Test func changesAreWatched() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            computer.store["/home/user/a"] = FakeFiles.File(bytes: [])
            let stream = try await client.stream(
                computer, "filesystem.Filesystem/WatchDir", #"{"path":"/home/user","includeEntry":true}"#)
            #expect(try await stream.next() == #"{"start":{}}"#)
            let made = try await client.call(computer, "filesystem.Filesystem/CreateWatcher", #"{"path":"."}"#).json()
            let id = try #require(made["watcherId"]?.text)
            #expect(id.hasPrefix("w"))
            computer.store.change("a", .create)
            computer.store.change("b", .remove)
            let first = try JSON(parsing: try #require(try await stream.next()))
            #expect(first["filesystem"]?["type"] == .string("EVENT_TYPE_CREATE"))
            #expect(first["filesystem"]?["entry"]?["path"] == .string("/home/user/a"))
            let second = try JSON(parsing: try #require(try await stream.next()))
            #expect(second["filesystem"]?["entry"] == nil)
            let ask = #"{"watcherId":"\#(id)"}"#
            let events = try await client.call(computer, "filesystem.Filesystem/GetWatcherEvents", ask).json()
            #expect(events["events"]?[1]?["name"] == .string("b"))
            #expect(
                try await client.call(computer, "filesystem.Filesystem/GetWatcherEvents", ask).text == #"{"events":[]}"#
            )
            #expect(try await client.call(computer, "filesystem.Filesystem/RemoveWatcher", ask).text == "{}")
            let gone = try await client.call(computer, "filesystem.Filesystem/RemoveWatcher", ask)
            #expect(gone.status == 404)
            // The other ends with its client.
            await stream.connection.close()
            try await eventually { computer.store.openWatches == 0 }
        }
    }

    @Test func tokensAndUnknownSandboxes() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            func status(_ path: String, _ headers: [String]) async throws -> Int {
                try await client.server.request("GET", path, headers: headers).status
            }
            let id = "E2b-Sandbox-Id: \(computer.id)"
            #expect(try await status("/health", [id]) == 204)
            #expect(try await status("/health", ["Host: 49983-\(computer.id).localhost"]) == 204)
            #expect(try await status("/health", ["Host: 49983-\(computer.id).evil.example"]) == 204)
            #expect(try await status("/envs", [id]) == 401)
            #expect(try await status("/envs", [id, "X-Access-Token: wrong"]) == 401)
            #expect(try await status("/envs", ["X-Access-Token: \(computer.accessToken)"]) == 200)
            #expect(try await status("/envs", ["X-Access-Token: wrong"]) == 401)
            #expect(try await status("/init", E2BClient.headers(computer)) == 404)
            #expect(try await status("/files", []) == 401)
            let dead = try await client.server.request("GET", "/health", headers: ["E2b-Sandbox-Id: idead"])
            #expect(dead.status == 502)
            #expect(dead.text == #"{"code":502,"message":"The sandbox was not found","sandboxId":"idead"}"#)
            let bad = try await client.server.request("GET", "/health", headers: ["E2b-Sandbox-Id: a/b"])
            #expect(bad.status == 400)
        }
    }

    @Test func aSandboxThatGoesResetsItsConnections() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let stream = try await client.stream(computer, Self.start, command("hang"))
            _ = try await stream.next()
            let watch = try await client.stream(computer, "filesystem.Filesystem/WatchDir", #"{"path":"/home/user"}"#)
            _ = try await watch.next()
            // A connection that is between two requests stays.
            let idle = try await client.server.connect()
            try await idle.send(TestServer.text("GET", "/health", headers: E2BClient.headers(computer)))
            #expect(try await idle.response().status == 204)
            #expect(try await client.control("DELETE", "/sandboxes/\(computer.id)").status == 204)
            try await stream.connection.waitForEnd()
            try await watch.connection.waitForEnd()
            #expect(stream.connection.wasReset && watch.connection.wasReset)
            try await idle.send(TestServer.text("GET", "/health", headers: E2BClient.headers(computer)))
            #expect(try await idle.response().status == 502)
        }
    }
}
