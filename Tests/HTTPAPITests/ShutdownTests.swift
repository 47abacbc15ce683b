// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import HTTPAPI

/// What happens on SIGTERM.
@Suite(.timeLimit(.minutes(1))) struct ShutdownTests {
    private func configuration(drain: Duration) -> HTTPAPI.ServerConfiguration {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.drainTime = drain
        return configuration
    }

    @Test func anIdleServerEndsAtOnceAndSoDoItsConnections() async throws {
        try await TestServer.run(configuration(drain: .seconds(3600))) { (server) async throws in
            let idle = try await server.connect()
            try await idle.send(TestServer.text("GET", "/healthz"))
            #expect(try await idle.response().status == 200)
            await server.shutDown()
            try await idle.waitForEnd()
            await server.waitForEnd()
            await #expect(throws: (any Error).self) { try await server.connect() }
        }
    }

    @Test func aRunThatEndsInTimeIsAnswered() async throws {
        try await TestServer.run(configuration(drain: .seconds(3600))) { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(TestServer.text(body: #"{"code":"sleep 300"}"#))
            try await eventually { server.service.running == 1 }
            await server.shutDown()
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(try response.json()["stdout"] == .string("slept"))
            try await connection.waitForEnd()
            await server.waitForEnd()
            #expect(server.service.cancelled == 0)
        }
    }

    @Test func aRunThatDoesNotEndInTimeIsCancelledAndReported() async throws {
        try await TestServer.run(configuration(drain: .milliseconds(200))) { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(TestServer.text(body: #"{"code":"hang"}"#))
            let waiting = try await server.connect()
            try await waiting.send(TestServer.text(body: #"{"code":"wait"}"#))
            try await eventually { server.service.running == 2 }
            await server.shutDown()
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(try response.json()["verdict"] == .string("cancelled"))
            let refused = try await waiting.response()
            #expect(refused.status == 503)
            #expect(try refused.code() == "shutting_down")
            await server.waitForEnd()
            #expect(try server.log.entries("cancelled what was still running").count == 1)
        }
    }

    @Test func aRequestThatWasOnItsWayIsRefused() async throws {
        try await TestServer.run(configuration(drain: .seconds(3600))) { (server) async throws in
            // Its header has begun, so the connection is not idle.
            let late = try await server.connect()
            try await late.send("POST /v1/run HTTP/1.1\r\nHost: localhost\r\n")
            let busy = try await server.connect()
            try await busy.send(TestServer.text(body: #"{"code":"sleep 3000"}"#))
            try await eventually { server.service.running == 1 }
            // Nothing tells that the server has read the half header; a busy machine needs a moment for it.
            try await Task.sleep(for: .seconds(3))
            await server.shutDown()
            _ = try await server.log.wait(for: "shutting down")
            try await late.send("Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"code\":\"x\"}")
            let response = try await late.response()
            #expect(response.status == 503)
            #expect(try response.code() == "shutting_down")
            #expect(response.headers["retry-after"] == "5")
            try await late.waitForEnd()
            #expect(try await busy.response().status == 200)
            await server.waitForEnd()
            #expect(server.service.begun == 1)
        }
    }
}
