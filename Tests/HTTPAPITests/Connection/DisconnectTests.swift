// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import HTTPAPI

/// A client that goes away takes its run with it.
@Suite(.timeLimit(.minutes(1))) struct DisconnectTests {
    enum Goodbye: CaseIterable { case close, reset, halfClose }

    private func leave(_ connection: RawConnection, _ goodbye: Goodbye) async throws {
        switch goodbye {
        case .close: await connection.close()
        case .reset: try await connection.reset()
        case .halfClose: try await connection.closeOutput()
        }
    }

    /// `hang` runs, `wait` is as a run in the queue, `talk` has sent an event before it hangs.
    @Test(arguments: ["hang", "wait", "talk"], Goodbye.allCases)
    func cancelsTheRun(code: String, goodbye: Goodbye) async throws {
        try await TestServer.run { (server) async throws in
            for headers in [[], ["Accept: application/x-ndjson"]] {
                let before = server.service.cancelled
                let connection = try await server.connect()
                try await connection.send(TestServer.text(headers: headers, body: #"{"code":"\#(code)"}"#))
                if code == "talk", !headers.isEmpty {
                    _ = try await connection.read(until: "hello")
                } else {
                    try await eventually { server.service.running == 1 }
                }
                try await leave(connection, goodbye)
                try await eventually { server.service.cancelled == before + 1 }
                try await eventually { server.service.running == 0 }
                await connection.close()
            }
        }
    }

    @Test(arguments: [Goodbye.close, .reset])
    func stopsAProgramInTheMiddleOfItsEvents(goodbye: Goodbye) async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(
                TestServer.text(headers: ["Accept: application/x-ndjson"], body: #"{"code":"flood"}"#))
            _ = try await connection.read(until: "stdout")
            try await leave(connection, goodbye)
            try await eventually { server.service.running == 0 }
        }
    }

    @Test func isNoticedWhileAnotherRequestWaitsBehind() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(
                TestServer.text(body: #"{"code":"hang"}"#) + TestServer.text(body: #"{"code":"x"}"#))
            try await eventually { server.service.running == 1 }
            await connection.close()
            try await eventually { server.service.cancelled == 1 }
            try await eventually { server.service.running == 0 }
        }
    }

    @Test func anEarlierRunsEndDoesNotTouchALaterOne() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(TestServer.text(body: #"{"code":"x"}"#))
            #expect(try await connection.response().status == 200)
            try await connection.send(TestServer.text(body: #"{"code":"sleep 100"}"#))
            #expect(try await connection.response().json()["stdout"] == .string("slept"))
            #expect(server.service.cancelled == 0)
            await connection.close()
        }
    }

    @Test func aStreamsRunCanBeCancelledFromElsewhere() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(
                TestServer.text(headers: ["Accept: application/x-ndjson"], body: #"{"code":"hang"}"#))
            let head = try await connection.read(until: "\r\n\r\n")
            #expect(head.contains("200 OK"))
            // The first line comes although the program is silent.
            let started = try JSON(parsing: String(decoding: try #require(try await connection.chunk()), as: UTF8.self))
            #expect(started["event"] == .string("started"))
            let id = try #require(started["id"]?.text)

            let answer = try await server.request("DELETE", "/v1/runs/\(id)")
            #expect(answer.status == 202)
            let report = try JSON(parsing: String(decoding: try #require(try await connection.chunk()), as: UTF8.self))
            #expect(report["report"]?["verdict"] == .string("cancelled"))
            #expect(try await connection.chunk() == nil)
            await connection.close()
        }
    }

    @Test func eventsArriveAsTheyHappen() async throws {
        try await TestServer.run { (server) async throws in
            let connection = try await server.connect()
            try await connection.send(
                TestServer.text(headers: ["Accept: application/x-ndjson"], body: #"{"code":"talk"}"#))
            _ = try await connection.read(until: "hello")
            #expect(server.service.running == 1)
            await connection.close()
        }
    }
}
