// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NIOCore
import Testing

@testable import HTTPAPI

@Suite(.timeLimit(.minutes(2))) struct ControlPlaneTests {
    @Test(arguments: [
        ("localhost:8686", "localhost:8686"), ("127.0.0.1:8686", "localhost:8686"), ("[::1]:1", "localhost:1"),
        ("Box.example.org", "box.example.org"), ("api.sb.example.org:8443", "sb.example.org:8443"),
        ("10.0.0.5:8686", nil), ("[2001:db8::1]:80", nil), ("", nil), ("a b", nil), ("api.", nil), ("x:99999", nil),
    ])
    func theDomainIsWhatWasCalled(host: String, domain: String?) {
        #expect(ControlPlane.domain(host: host) == domain)
    }

    /// Clients have no word for it but their own metadata.
    @Test func metadataNamesTheIsolation() throws {
        let body = ByteBuffer(string: #"{"templateID":"base","metadata":{"nestbox.isolation":"gvisor","a":"b"}}"#)
        let request = try ControlCall.decode(NewSandbox.self, body).request(owner: "me", isV2: true)
        #expect(request.isolation == "gvisor" && request.metadata.count == 2)
    }

    @Test func bothGenerationsOfCreateAnswer201() async throws {
        try await E2BClient.run { client in
            for path in ["/sandboxes", "/v2/sandboxes"] {
                let response = try await client.control(
                    "POST", path, #"{"templateID":"base","metadata":{},"envVars":{},"unknown":[1]}"#)
                #expect(response.status == 201)
                let json = try response.json()
                let id = try #require(json["sandboxID"]?.text)
                #expect(json["envdVersion"] == .string("0.6.13"))
                #expect(json["envdAccessToken"] == .string("token-\(id)"))
                #expect(json["domain"]?.text?.hasPrefix("localhost") == true && json["trafficAccessToken"] == .null)
                #expect(json["clientID"] != nil && json["templateID"] == .string("base"))
            }
            let detail = try await client.control("GET", "/sandboxes/i0000000000000000002").json()
            #expect(detail["allowInternetAccess"] == .bool(false))
            #expect(detail["state"] == .string("running"))
            #expect(detail["lifecycle"]?["onTimeout"] == .string("kill"))
        }
    }

    @Test func theDomainIsTold() async throws {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.e2bDomain = "sb.example.org:8443"
        try await E2BClient.run(configuration) { client in
            let response = try await client.control(
                "POST", "/v2/sandboxes", #"{"templateID":"base"}"#, headers: ["Host: api.sb.example.org:8443"])
            #expect(try response.json()["domain"] == .string("sb.example.org:8443"))
        }
    }

    @Test func keysAndHostsAreAskedFor() async throws {
        try await E2BClient.run { client in
            for headers in [[], ["X-API-KEY: wrong"]] {
                let response = try await client.server.request("GET", "/v2/sandboxes", headers: headers)
                #expect(response.status == 401)
                #expect(try response.json()["code"] == .integer(401))
                #expect(try response.json()["message"]?.text?.isEmpty == false)
            }
            // A page that makes its own name point here.
            let rebound = try await client.control("GET", "/v2/sandboxes", headers: ["Host: evil.example"])
            #expect(rebound.status == 403)
            let foreign = try await client.control("GET", "/v2/sandboxes", headers: ["Origin: http://evil.example"])
            #expect(foreign.status == 403)
            let health = try await client.server.request("GET", "/health")
            #expect(health.status == 200)
            // This server's own API is as it was.
            #expect(try await client.server.request("GET", "/healthz").status == 200)
            let other = try await client.server.request("GET", "/healthz", headers: ["Host: evil.example"])
            #expect(other.status == 403)
        }
    }

    @Test func ownersSeeOnlyTheirOwn() async throws {
        try await E2BClient.run { client in
            let computer = try await client.create()
            let other = ["X-API-KEY: e2b_ffff"]
            let response = try await client.server.request("GET", "/sandboxes/\(computer.id)", headers: other)
            #expect(response.status == 404)
            #expect(
                try response.json()["message"]
                    == .string("Sandbox \"\(computer.id)\" doesn't exist or you don't have access to it"))
            #expect(try await client.server.request("GET", "/v2/sandboxes", headers: other).text == "[]")
        }
    }

    @Test(arguments: [
        (#"{"templateID":"none"}"#, 404), (#"{}"#, 400), (#"{"templateID":"base","timeout":0}"#, 400), ("{", 400),
        (#"{"templateID":"base","network":{"allowOut":["1.1.1.1"]}}"#, 400),
        (#"{"templateID":"base","network":{"rules":{"a":[]}}}"#, 400),
        (#"{"templateID":"base","network":{"egressProxy":{"address":"x"}}}"#, 400),
        (#"{"templateID":"base","network":{"denyOut":["0.0.0.0/0"]},"allow_internet_access":true}"#, 201),
        (#"{"templateID":"base","iam":{"tokens":{"a":{}}}}"#, 400),
        (#"{"templateID":"base","volumeMounts":[{"name":"v","path":"/v"}]}"#, 400),
        (#"{"templateID":"base","autoPauseMemory":false}"#, 400),
        (#"{"templateID":"base","autoPause":true,"autoPauseMemory":false}"#, 201),
        (#"{"templateID":"base","metadata":{"full":"1"}}"#, 429),
    ])
    func whatCannotBeHonouredIsRefused(body: String, status: Int) async throws {
        try await E2BClient.run { client in
            let response = try await client.control("POST", "/v2/sandboxes", body)
            #expect(response.status == status, "\(response.text)")
            if status > 201 { #expect(try response.json()["code"] == .integer(status)) }
            if status == 429 { #expect(response.headers["should-retry"] == "false") }
        }
    }

    @Test func aRepeatedKeyMakesNothingMore() async throws {
        try await E2BClient.run { client in
            let body = #"{"templateID":"base"}"#
            let first = try await client.control("POST", "/v2/sandboxes", body, headers: ["Idempotency-Key: a-1"])
            let second = try await client.control("POST", "/v2/sandboxes", body, headers: ["Idempotency-Key: a-1"])
            #expect(first.status == 201 && second.status == 201 && first.text == second.text)
            #expect(client.computers.created == 1)
            let other = try await client.control(
                "POST", "/v2/sandboxes", #"{"templateID":"base","timeout":9}"#, headers: ["Idempotency-Key: a-1"])
            #expect(other.status == 422)
            let bad = try await client.control("POST", "/v2/sandboxes", body, headers: ["Idempotency-Key: A_1"])
            #expect(bad.status == 400)
        }
    }

    @Test func everyCallHasItsOwnSuccess() async throws {
        try await E2BClient.run { client in
            let id = try await client.create().id
            func status(_ method: String, _ path: String, _ body: String? = nil) async throws -> Int {
                try await client.control(method, path, body).status
            }
            #expect(try await status("POST", "/v2/sandboxes/\(id)/connect", #"{"timeout":10}"#) == 200)
            #expect(try await status("POST", "/sandboxes/\(id)/connect", #"{"timeout":10}"#) == 200)
            #expect(try await status("POST", "/sandboxes/\(id)/timeout", #"{"timeout":0}"#) == 204)
            #expect(try await status("POST", "/sandboxes/\(id)/timeout", "{}") == 400)
            #expect(try await status("POST", "/sandboxes/\(id)/refreshes", #"{"duration":60}"#) == 204)
            #expect(try await status("PUT", "/sandboxes/\(id)/network", "{}") == 204)
            #expect(try await status("PUT", "/sandboxes/\(id)/network", #"{"allowOut":["a"]}"#) == 400)
            #expect(try await status("GET", "/sandboxes/\(id)/metrics") == 200)
            #expect(try await client.control("GET", "/sandboxes/\(id)/metrics?start=0&end=1").text == "[]")
            #expect(try await status("GET", "/sandboxes/metrics?sandbox_ids=\(id),ix") == 200)
            #expect(
                try await client.control("GET", "/sandboxes/\(id)/logs").json()["logs"]?[1]?["line"] == .string("two"))
            #expect(try await client.control("GET", "/v2/sandboxes/\(id)/logs?limit=1").json()["logs"]?[1] == nil)
            // As an old SDK sends it.
            #expect(try await status("POST", "/sandboxes/\(id)/pause") == 204)
            #expect(try await status("POST", "/sandboxes/\(id)/pause", "{}") == 409)
            #expect(try await status("POST", "/v2/sandboxes/\(id)/connect", "{}") == 201)
            #expect(try await status("POST", "/sandboxes/\(id)/resume", "{}") == 409)
            #expect(try await status("POST", "/sandboxes/\(id)/pause", #"{"memory":true}"#) == 204)
            #expect(try await status("POST", "/sandboxes/\(id)/resume", "{}") == 201)
            #expect(try await status("POST", "/sandboxes/\(id)/fork", #"{"count":2}"#) == 201)
            #expect(try await status("POST", "/sandboxes/\(id)/fork", #"{"count":21}"#) == 400)
            #expect(try await status("DELETE", "/sandboxes/\(id)") == 204)
            #expect(try await status("DELETE", "/sandboxes/\(id)") == 404)
            for path in ["fork", "pause", "snapshots", "connect"] {
                #expect(try await status("POST", "/sandboxes/\(id)/\(path)", "{}") == 404, "\(path)")
            }
        }
    }

    @Test func snapshotsAreTemplates() async throws {
        try await E2BClient.run { client in
            let id = try await client.create().id
            let made = try await client.control("POST", "/sandboxes/\(id)/snapshots", #"{"name":"mine"}"#)
            #expect(made.status == 201)
            #expect(made.text == #"{"names":["mine:default"],"snapshotID":"mine:default"}"#)
            _ = try await client.control("POST", "/sandboxes/\(id)/snapshots")
            #expect(try await client.control("GET", "/snapshots?limit=1").headers["x-next-token"] != nil)
            let named = try await client.control("GET", "/snapshots?name=mine&sandboxID=\(id)")
            #expect(try named.json()[0]?["snapshotID"] == .string("mine:default") && named.json()[1] == nil)
            _ = try await client.create(#"{"templateID":"mine:default"}"#)
            #expect(try await client.control("GET", "/templates/aliases/mine%3Adefault").status == 200)
            #expect(try await client.control("GET", "/templates/aliases/nothing").status == 404)
            #expect(try await client.control("DELETE", "/templates/mine%3Adefault").status == 204)
            #expect(try await client.control("DELETE", "/templates/mine%3Adefault").status == 404)
            #expect(try await client.control("DELETE", "/templates/base").status == 403)
        }
    }

    @Test func listsAreFilteredAndPaged() async throws {
        try await E2BClient.run { client in
            var ids: [String] = []
            for index in 0..<4 {
                let body = #"{"templateID":"base","metadata":{"n":"\#(index)","a b":"c&d"}}"#
                ids.append(try await client.create(body).id)
            }
            _ = try await client.control("POST", "/sandboxes/\(ids[1])/pause", "{}")
            func list(_ query: String) async throws -> [String] {
                let response = try await client.control("GET", "/v2/sandboxes?\(query)")
                guard case .array(let items) = try response.json() else { return ["\(response.text)"] }
                return items.compactMap { $0["sandboxID"]?.text }
            }
            #expect(try await list("") == ids.reversed())
            #expect(try await list("order=asc") == ids)
            #expect(try await list("state=paused") == [ids[1]])
            #expect(try await list("state=running%2Cpaused").count == 4)
            #expect(try await list("template=nothing").isEmpty)
            #expect(try await list("template=base").count == 4)
            #expect(try await list("metadata=n%3D2%26a%252520b%3Dc%252526d") == [ids[2]])
            let started = Timestamp.text(FakeComputers.beginning.addingTimeInterval(3))
            #expect(try await list("startedAfter=\(started)") == [ids[3], ids[2]])
            #expect(try await list("limit=4").count == 4)
            #expect(try await client.control("GET", "/v2/sandboxes?limit=4").headers["x-next-token"] == nil)
            let page = try await client.control("GET", "/v2/sandboxes?limit=3")
            let token = try #require(page.headers["x-next-token"])
            #expect(try await list("limit=3&nextToken=\(token)") == [ids[0]])
            #expect(try await client.control("GET", "/v2/sandboxes?limit=0").status == 400)
            #expect(try await client.control("GET", "/v2/sandboxes?state=odd").status == 400)
            #expect(try await client.control("GET", "/sandboxes").json()[2]?["sandboxID"] == .string(ids[0]))
        }
    }

    @Test(arguments: [
        ("POST", "/v3/templates"), ("POST", "/v2/templates/t/builds/b"), ("GET", "/templates/t/files/h"),
        ("POST", "/templates/tags"), ("DELETE", "/templates/tags"), ("GET", "/volumes"), ("POST", "/secrets"),
        ("GET", "/teams"),
    ])
    func whatIsNotThereYetSaysSo(method: String, path: String) async throws {
        try await E2BClient.run { client in
            let response = try await client.control(method, path, method == "GET" ? nil : "{}")
            #expect(response.status == 501)
            #expect(try response.json()["code"] == .integer(501))
        }
    }

    @Test func unknownPathsAndMethodsAreJSON() async throws {
        try await E2BClient.run { client in
            for (method, path) in [
                ("PATCH", "/sandboxes"), ("GET", "/sandboxes/i1/nothing"), ("GET", "/v2/snapshots/x"),
            ] {
                let response = try await client.control(method, path)
                #expect(response.status == 404)
                #expect(try response.json()["code"] == .integer(404))
            }
        }
    }

    @Test func theLogNamesRoutesAndNoSecrets() async throws {
        let log = LogLines()
        try await E2BClient.run(log: log) { client in
            let computer = try await client.create()
            _ = try await client.control("GET", "/sandboxes/\(computer.id)")
            _ = try await client.data(computer, "GET", "/files?path=/home/user/private.txt")
            _ = try await client.data(computer, "GET", "/private", port: 81)
        }
        let routes = try log.entries("request").compactMap { $0["metadata"]?["route"]?.text }
        #expect(routes == ["e2b /v2/sandboxes", "e2b /sandboxes/*", "envd /files", "port"])
        for secret in ["i000", "token", "private", E2BClient.key] {
            #expect(!log.all.contains { $0.contains(secret) }, "\(secret)")
        }
    }
}
