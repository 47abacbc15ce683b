// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import NestboxCore
import Testing

@testable import HTTPAPI

/// Every route, without sockets.
@Suite(.timeLimit(.minutes(1))) struct RouterTests {
    // MARK: Runs

    @Test func aRunIsAnsweredWithItsReport() async throws {
        let service = FakeService()
        try await RouterClient.run(service: service) { (client) async throws in
            let response = try await client.run(#"{"code":"print(1)","language":"python","args":["a/b"]}"#)
            #expect(response.status == .ok)
            let id = try #require(response.headers[.nestboxRunID])
            #expect(Identifier.isValid(id, prefix: "run"))
            #expect(response.headers[.location] == "/v1/runs/\(id)")
            let json = try response.json()
            #expect(json["id"] == .string(id))
            #expect(json["stdout"] == .string("print(1)"))
            #expect(service.requests == [RunRequest(code: "print(1)", language: "python", args: ["a/b"])])

            let again = try await client.send(.get, "/v1/runs/\(id)", as: "/v1/runs/{id}")
            #expect(again.text == response.text)
        }
    }

    @Test func keysAreSortedAndSlashesAreNotEscaped() async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.run(#"{"code":"a/b"}"#)
            let text = response.text
            #expect(text.hasPrefix(#"{"compile":null,"cpu_ms":1,"error":null,"exit_code":0,"files":["#))
            #expect(text.contains(#""stdout":"a/b""#))
        }
    }

    @Test(arguments: [#"{"markdown":"text"}"#, #"{"code":"compile"}"#, #"{"code":"big 1000000"}"#])
    func everyShapeOfReportIsDocumented(body: String) async throws {
        try await RouterClient.run { (client) async throws in
            #expect(try await client.run(body).status == .ok)
            let events = try await client.run(body, headers: [.accept: "application/x-ndjson"])
            #expect(events.status == .ok)
        }
    }

    @Test(arguments: RequestError.Code.allCases)
    func everyErrorHasItsStatusAndIsDocumented(code: RequestError.Code) async throws {
        let statuses: [RequestError.Code: HTTPResponse.Status] = [
            .queueFull: .tooManyRequests, .shuttingDown: .serviceUnavailable,
            .batchesUnavailable: .serviceUnavailable, .payloadTooLarge: .contentTooLarge,
            .unsupportedMediaType: .unsupportedMediaType, .methodNotAllowed: .methodNotAllowed,
            .requestTimeout: .requestTimeout, .unauthorized: .unauthorized, .forbiddenOrigin: .forbidden,
            .notFound: .notFound, .invalidConfiguration: .internalServerError, .invalidJSON: .badRequest,
            .invalidField: .badRequest, .unknownField: .badRequest, .missingCode: .badRequest,
            .conflictingFields: .badRequest,
        ]
        try await RouterClient.run { (client) async throws in
            for headers in [HTTPFields(), [.accept: "application/x-ndjson"]] {
                // A service throws none of these two; they are met elsewhere.
                let isOwn = [.methodNotAllowed, .notFound].contains(code)
                let response = try await client.send(
                    .post, "/v1/run", #"{"code":"fail \#(code.rawValue)"}"#, headers: headers, documented: !isOwn)
                #expect(response.status == statuses[code, default: .unprocessableContent])
                let json = try response.json()
                #expect(json["code"] == .string(code.rawValue))
                #expect(json["type"] == .string("urn:nestbox:problem:\(code.rawValue)"))
                #expect(json["detail"] == .string("as asked for"))
                #expect(json["field"] == .string("code"))
                #expect(json["status"] == .integer(response.status.code))
            }
        }
    }

    @Test func anUnclearLanguageHasItsCandidates() async throws {
        try await RouterClient.run { (client) async throws in
            let problem = try await client.run(#"{"code":"unclear"}"#).json()
            #expect(problem["code"] == .string("ambiguous_language"))
            let candidates: JSON = .array([
                .object(["name": .string("c"), "confidence": .number(0.48)]),
                .object(["name": .string("cpp"), "confidence": .number(0.41)]),
            ])
            #expect(problem["candidates"] == candidates)
            #expect(try await client.run(#"{"code":"fail queue_full"}"#).json()["candidates"] == nil)
        }
    }

    @Test(arguments: [("broken", "internal_error"), ("isolation", "isolation_failed")])
    func ourOwnFailuresAreLoggedAndNotTold(body: String, code: String) async throws {
        let log = LogLines()
        try await RouterClient.run(log: log) { (client) async throws in
            let response = try await client.run(#"{"code":"\#(body)"}"#)
            #expect(response.status == .internalServerError)
            let text = response.text
            #expect(try response.json()["code"] == .string(code))
            #expect(!text.contains("hunter2") && !text.contains("EPERM") && !text.contains("Secret"))
            let id = try #require(response.headers[.nestboxRunID])
            #expect(text.contains(id))
            let entry = try #require(try log.entries("request failed").first)
            #expect(entry["metadata"]?["run"] == .string(id))
            #expect(entry["metadata"]?["error"]?.text?.contains(body == "broken" ? "hunter2" : "EPERM") == true)
        }
    }

    @Test(arguments: ["", "[", "[]", "{\"code\":1}", "{\"a\":1}", String(repeating: "[", count: 100_000)])
    func badBodiesAreTold(body: String) async throws {
        let service = FakeService()
        try await RouterClient.run(service: service) { (client) async throws in
            #expect(try await client.run(body).status == .badRequest)
        }
        #expect(service.begun == 0)
    }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", "text/json", "",
    ])
    func onlyJSONIsTaken(type: String) async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.run(#"{"code":"x"}"#, headers: [.contentType: type])
            #expect(response.status == .unsupportedMediaType)
        }
    }

    @Test(arguments: ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=UTF-8"])
    func parametersOfTheTypeDoNotMatter(type: String) async throws {
        try await RouterClient.run { (client) async throws in
            #expect(try await client.run(#"{"code":"x"}"#, headers: [.contentType: type]).status == .ok)
        }
    }

    @Test func anEncodedBodyIsRefused() async throws {
        try await RouterClient.run { (client) async throws in
            #expect(try await client.run("{}", headers: [.contentEncoding: "gzip"]).status == .unsupportedMediaType)
        }
    }

    @Test func aBodyBeyondTheLimitIsRefused() async throws {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.maximumBodyBytes = 100
        try await RouterClient.run(configuration) { (client) async throws in
            let exact = #"{"code":"\#(String(repeating: "x", count: 89))"}"#
            #expect(exact.utf8.count == 100)
            #expect(try await client.run(exact).status == .ok)
            #expect(try await client.run(exact + " ").status == .contentTooLarge)
        }
    }

    // MARK: Events

    @Test func eventsAreLinesInTheirOrder() async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.run(
                #"{"code":"stream"}"#, headers: [.accept: "text/html, application/x-ndjson;q=0.9"])
            #expect(response.headers[.contentType] == "application/x-ndjson")
            let id = try #require(response.headers[.nestboxRunID])
            let lines = try response.text.split(separator: "\n").map { try JSON(parsing: String($0)) }
            #expect(lines.first == .object(["event": .string("started"), "id": .string(id)]))
            #expect(
                lines.dropFirst().dropLast().elementsEqual([
                    .object(["event": "stdout", "stage": "run", "text": "gr"].mapValues(JSON.string)),
                    .object(["event": "stdout", "stage": "run", "text": "üß"].mapValues(JSON.string)),
                    .object(["event": "stderr", "stage": "run", "base64": "/wBB"].mapValues(JSON.string)),
                    .object(["event": "stdout", "stage": "run", "base64": "4oI="].mapValues(JSON.string)),
                    .object([
                        "event": .string("result"), "stage": .string("run"), "verdict": .string("ok"),
                        "exit_code": .integer(0), "signal": .null,
                    ]),
                ]))
            #expect(lines.last?["report"]?["id"] == .string(id))
        }
    }

    @Test func theCompileStageIsNamed() async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.run(#"{"code":"compile"}"#, headers: [.accept: "application/x-ndjson"])
            let lines = try response.text.split(separator: "\n").map { try JSON(parsing: String($0)) }
            #expect(lines.map { $0["stage"]?.text } == [nil, "compile", "compile", nil])
        }
    }

    @Test func anErrorAfterTheBeginningIsALine() async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.run(
                #"{"code":"late isolation_unavailable"}"#, headers: [.accept: "application/x-ndjson"])
            #expect(response.status == .ok)
            let lines = try response.text.split(separator: "\n").map { try JSON(parsing: String($0)) }
            #expect(lines.map { $0["event"]?.text } == ["started", "stdout", "error"])
            #expect(lines.last?["problem"]?["code"] == .string("isolation_unavailable"))
        }
    }

    @Test(arguments: ["application/json", "*/*", "application/x-ndjson;q=0", "application/x-ndjsonx", "text/x-ndjson"])
    func withoutAskingThereAreNoEvents(accept: String) async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.run(#"{"code":"x"}"#, headers: [.accept: accept])
            #expect(response.headers[.contentType] == "application/json")
        }
    }

    // MARK: Reports and cancelling

    @Test(arguments: [
        "/v1/runs/run_aaaaaaaaaaaaaaaaaaaaaaaaaa", "/v1/runs/x", "/v1/runs/..%2F..", "/v1/runs/run_%00",
        "/v1/runs/RUN_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    ])
    func unknownRunsAreNotFound(uri: String) async throws {
        try await RouterClient.run { (client) async throws in
            for method in [HTTPRequest.Method.get, .delete] {
                let response = try await client.send(method, uri, as: "/v1/runs/{id}")
                #expect(response.status == .notFound)
                #expect(try response.json()["code"] == .string("not_found"))
            }
        }
    }

    @Test func aRunThatHasEndedCannotBeCancelled() async throws {
        try await RouterClient.run { (client) async throws in
            let id = try #require(try await client.run(#"{"code":"x"}"#).headers[.nestboxRunID])
            let response = try await client.send(.delete, "/v1/runs/\(id)", as: "/v1/runs/{id}")
            #expect(response.status == .conflict)
            #expect(try response.json()["code"] == .string("already_finished"))
        }
    }

    @Test(arguments: [nil, "application/x-ndjson"])
    func aRunThatIsCancelledBeforeItBeginsIsAConflict(accept: String?) async throws {
        let service = FakeService()
        try await RouterClient.run(service: service) { (client) async throws in
            async let answer = client.run(#"{"code":"wait"}"#, headers: accept.map { [.accept: $0] } ?? [:])
            try await eventually { service.running == 1 }
            let id = try #require(service.runningIDs.first)
            let response = try await client.send(.delete, "/v1/runs/\(id)", as: "/v1/runs/{id}")
            #expect(response.status == .accepted)
            #expect(response.text == #"{"id":"\#(id)","status":"cancelled"}"#)
            let text = try await answer.text
            #expect(text.contains(#""code":"cancelled""#))
        }
    }

    @Test func aRunningRunCanBeCancelled() async throws {
        let service = FakeService()
        try await RouterClient.run(service: service) { (client) async throws in
            async let answer = client.run(#"{"code":"hang"}"#)
            try await eventually { service.running == 1 }
            let id = try #require(service.runningIDs.first)
            #expect(try await client.send(.delete, "/v1/runs/\(id)", as: "/v1/runs/{id}").status == .accepted)
            let report = try await answer.json()
            #expect(report["verdict"] == .string("cancelled"))
            #expect(report["id"] == .string(id))
        }
    }

    // MARK: The server

    @Test(arguments: ["/v1/languages", "/v1/capabilities", "/healthz"])
    func informationIsServed(path: String) async throws {
        try await RouterClient.run { (client) async throws in
            #expect(try await client.send(.get, path).status == .ok)
        }
    }

    @Test func theDocumentIsServedAsItIs() async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.send(.get, "/openapi.json", documented: false)
            #expect(try response.json()["openapi"] == .string("3.1.0"))
            #expect(response.headers[.contentType] == "application/json")
        }
    }

    @Test(arguments: ["/", "/v1", "/v1/run/x", "/v2/run", "/v1/runs", "/%2e%2e/etc/passwd", "/v1/RUN"])
    func otherPathsAreNotFound(path: String) async throws {
        try await RouterClient.run { (client) async throws in
            for method in [HTTPRequest.Method.get, .post, .delete] {
                let response = try await client.send(method, path, documented: false)
                #expect(response.status == .notFound)
                #expect(response.headers[.contentType] == "application/problem+json")
            }
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/v1/run", "/v1/run", "POST"),
        (.delete, "/v1/run", "/v1/run", "POST"),
        (.post, "/v1/runs/run_aaaaaaaaaaaaaaaaaaaaaaaaaa", "/v1/runs/{id}", "DELETE, GET, HEAD"),
        (.post, "/healthz", "/healthz", "GET, HEAD"),
        (.put, "/v1/languages", "/v1/languages", "GET, HEAD"),
        (.trace, "/v1/run", "/v1/run", "POST"),
    ])
    func otherMethodsAreToldWhichAreAllowed(
        method: HTTPRequest.Method, uri: String, path: String, allowed: String
    ) async throws {
        try await RouterClient.run { (client) async throws in
            let response = try await client.send(method, uri, documented: false)
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == allowed)
            #expect(try response.json()["code"] == .string("method_not_allowed"))
        }
    }

    @Test func headIsGetWithoutABody() async throws {
        try await RouterClient.run { (client) async throws in
            for (path, status) in [("/healthz", 200), ("/nowhere", 404), ("/v1/run", 405)] {
                let response = try await client.send(.head, path, documented: false)
                #expect(response.status.code == status)
                #expect(response.text.isEmpty)
            }
        }
    }
}
