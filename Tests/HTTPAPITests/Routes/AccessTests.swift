// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import NestboxCore
import Testing

@testable import HTTPAPI

/// Keys, pages and log lines.
@Suite struct AccessTests {
    private static let key = "a-key-for-the-tests-0123"

    // MARK: Who may call

    @Test func everyPathButHealthNeedsTheKey() async throws {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.apiKeys = [Self.key]
        try await RouterClient.run(configuration) { (client) async throws in
            #expect(try await client.send(.get, "/healthz").status == .ok)
            for path in ["/v1/languages", "/v1/capabilities", "/openapi.json"] {
                #expect(try await client.send(.get, path).status == .unauthorized)
                #expect(
                    try await client.send(.get, path, headers: [.apiKey: Self.key], documented: false).status == .ok)
            }
            #expect(try await client.run(#"{"code":"x"}"#).status == .unauthorized)
            let right = try await client.run(#"{"code":"x"}"#, headers: [.authorization: "Bearer \(Self.key)"])
            #expect(right.status == .ok)
            for path in ["/nowhere", "/healthz/", "//healthz", "/healthz/x"] {
                #expect(try await client.send(.get, path, documented: false).status == .unauthorized)
            }
        }
    }

    /// Whatever way a run comes, the rules of its key come with it, and nothing that a client says takes their place.
    @Test func everyRunHasTheRulesOfItsKey() async throws {
        let rules = KeyRules(policy: CodePolicy(imports: .init(deny: ["os"])))
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.apiKeys = [Self.key, Self.key + "-ruled"]
        configuration.keyRules = [Self.key + "-ruled": rules]
        let ways: [(path: String, accept: String?, body: String)] = [
            ("/v1/run", nil, #"{"code":"x"}"#), ("/v1/run", "application/x-ndjson", #"{"code":"x"}"#),
            ("/v1/run/", nil, #"{"code":"x"}"#), ("/run_code", nil, #"{"code":"x","language":"python"}"#),
            ("/api/v2/execute", nil, #"{"language":"python","version":"*","files":[{"content":"x"}]}"#),
        ]
        let service = FakeService()
        try await RouterClient.run(configuration, service: service) { (client) async throws in
            for (key, expected) in [(Self.key, nil), (Self.key + "-ruled", rules)] {
                for way in ways {
                    var headers: HTTPFields = [.apiKey: key]
                    if let accept = way.accept { headers[.accept] = accept }
                    let before = service.requests.count
                    let response = try await client.send(.post, way.path, way.body, headers: headers, documented: false)
                    #expect(response.status == .ok, "\(way.path): \(response.text)")
                    #expect(service.requests.count == before + 1 && service.requests.last?.keyRules == expected)
                }
            }
            let forged = #"{"code":"x","keyRules":null}"#
            #expect(try await client.run(forged, headers: [.apiKey: Self.key + "-ruled"]).status == .badRequest)
        }
    }

    /// Computers hold no rules, so a key that has some makes none.
    @Test func aKeyWithRulesMakesNoComputers() throws {
        let rules = KeyRules(limits: .init(memoryBytes: 64 << 20), isolation: ["gvisor"])
        let keys = E2BKeys(keys: [Self.key], rules: [Self.key: rules], isLoopback: true)
        let error = #expect(throws: E2BError.self) { try keys.owner([.apiKey: Self.key]) }
        #expect(error?.message.contains("has rules of its own") == true)
        #expect(throws: Never.self) { try E2BKeys(keys: [Self.key], isLoopback: true).owner([.apiKey: Self.key]) }
        // What is about isolation alone holds for computers too.
        let isolated = E2BKeys(
            keys: [Self.key], rules: [Self.key: KeyRules(isolation: ["gvisor", "crun"])], isLoopback: true)
        #expect(try isolated.owner([.apiKey: Self.key]).isolation == ["gvisor", "crun"])
    }

    @Test func aForeignPageIsRefusedBeforeAnythingIsRead() async throws {
        let service = FakeService()
        try await RouterClient.run(service: service) { (client) async throws in
            let response = try await client.run(#"{"code":"x"}"#, headers: [.origin: "http://evil.example"])
            #expect(response.status == .forbidden)
            #expect(try response.json()["code"] == .string("forbidden_origin"))
            #expect(!response.headers.contains(.accessControlAllowOrigin))
            let own = try await client.run(#"{"code":"x"}"#, headers: [.origin: "http://localhost"])
            #expect(own.status == .ok)
        }
        #expect(service.begun == 1)
    }

    @Test func anAllowedPageIsToldThatItMay() async throws {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.allowedOrigins = ["https://page.example"]
        configuration.apiKeys = [Self.key]
        try await RouterClient.run(configuration) { (client) async throws in
            let preflight = try await client.send(
                .options, "/v1/run",
                headers: [
                    .origin: "https://page.example", .accessControlRequestMethod: "POST",
                    .accessControlRequestHeaders: "authorization, content-type",
                ], documented: false)
            #expect(preflight.status == .noContent)
            #expect(preflight.headers[.accessControlAllowOrigin] == "https://page.example")
            #expect(preflight.headers[.accessControlAllowMethods] == "POST")
            #expect(preflight.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)

            for code in ["x", "fail queue_full"] {
                let response = try await client.run(
                    #"{"code":"\#(code)"}"#,
                    headers: [.origin: "https://page.example", .authorization: "Bearer \(Self.key)"])
                #expect(response.headers[.accessControlAllowOrigin] == "https://page.example")
                #expect(response.headers[.vary] == "Origin")
            }
            let refused = try await client.run("{}", headers: [.origin: "https://page.example"])
            #expect(refused.status == .unauthorized)
            #expect(refused.headers[.accessControlAllowOrigin] == "https://page.example")

            let foreign = try await client.send(
                .options, "/v1/run",
                headers: [.origin: "https://other.example", .accessControlRequestMethod: "POST"], documented: false)
            #expect(foreign.status == .forbidden)
        }
    }

    // MARK: Logs

    @Test func eachRequestIsOneLine() async throws {
        let log = LogLines()
        try await RouterClient.run(log: log) { (client) async throws in
            let id = try #require(try await client.run(#"{"code":"x"}"#).headers[.nestboxRunID])
            _ = try await client.run(#"{"code":"stream"}"#, headers: [.accept: "application/x-ndjson"])
            try await client.send(.get, "/v1/runs/\(id)?secret=1", as: "/v1/runs/{id}")
            try await client.send(.get, "/nowhere/%1B", documented: false)

            // A line is written when its response is done, which the client may see first.
            try await eventually { (try? log.entries("request").count) == 4 }
            let entries = try log.entries("request").compactMap { $0["metadata"] }
            #expect(entries.map { $0["route"]?.text } == ["/v1/run", "/v1/run", "/v1/runs/{id}", "-"])
            #expect(entries.map { $0["status"] } == [200, 200, 200, 404].map(JSON.integer))
            #expect(entries.map { $0["method"]?.text } == ["POST", "POST", "GET", "GET"])
            #expect(entries[0]["run"] == .string(id))
            for entry in entries {
                switch entry["ms"] {
                case .number, .integer: break
                default: Issue.record("ms is \(String(describing: entry["ms"]))")
                }
            }
            #expect(!log.all.contains { $0.contains("secret") })
        }
    }
}
