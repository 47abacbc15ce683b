// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOEmbedded
import NestboxCore
import Testing

@testable import HTTPAPI

@Suite struct RequestBodyReaderTests {
    private func read(_ body: RequestBody, length: Int? = nil, budget: BodyBudget = BodyBudget(maximum: 1000))
        async throws -> Data
    {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.contentLength] = length.map(String.init)
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/", headerFields: headers)
        let share = BodyBudget.Share(of: budget)
        let data = try await RequestBodyReader(maximumBytes: 100, timeout: .seconds(30))
            .json(of: Request(head: head, body: body), on: EmbeddedChannel(), share: share)
        #expect(budget.usedBytes == data.count)
        return data
    }

    private func failing(_ error: any Error & Sendable) -> RequestBody {
        RequestBody(
            asyncSequence: AsyncThrowingStream<ByteBuffer, any Error> { continuation in
                continuation.yield(ByteBuffer(string: "{"))
                continuation.finish(throwing: error)
            })
    }

    @Test func readsTheWholeBody() async throws {
        #expect(try await read(RequestBody(buffer: ByteBuffer(string: "{}")), length: 2) == Data("{}".utf8))
    }

    @Test func aBodyShorterThanItsLengthIsBroken() async throws {
        await #expect(throws: BrokenBody.self) {
            try await read(RequestBody(buffer: ByteBuffer(string: "{}")), length: 3)
        }
    }

    @Test func aBodyThatBreaksOffIsBroken() async throws {
        await #expect(throws: BrokenBody.self) { try await read(failing(ConnectionFailure.broken)) }
    }

    @Test func aBodyThatTakesTooLongIsATimeout() async throws {
        let error = await #expect(throws: RequestError.self) { try await read(failing(ConnectionFailure.timedOut)) }
        #expect(error?.code == .requestTimeout)
    }

    @Test func whatWasTakenIsGivenBack() async throws {
        let budget = BodyBudget(maximum: 150)
        let body = RequestBody(buffer: ByteBuffer(repeating: 0x20, count: 100))
        _ = try await read(body, budget: budget)
        _ = try await read(body, budget: budget)
        #expect(budget.usedBytes == 0)
        let held = BodyBudget.Share(of: budget)
        try held.take(100)
        let error = await #expect(throws: RequestError.self) { try await read(body, budget: budget) }
        #expect(error?.code == .queueFull)
        #expect(budget.usedBytes == 100)
        withExtendedLifetime(held) {}
    }
}
