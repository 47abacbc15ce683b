// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOHTTP1
import Testing

@testable import HTTPAPI

@Suite struct RequestHeadRulesTests {
    private func status(
        _ headers: [(String, String)], version: HTTPVersion = .http1_1, method: HTTPMethod = .POST,
        uri: String = "/v1/run"
    ) -> Int? {
        let head = HTTPRequestHead(version: version, method: method, uri: uri, headers: HTTPHeaders(headers))
        return RequestHeadRules.problem(with: head)?.status.code
    }

    @Test func takesOrdinaryHeaders() {
        #expect(status([("Host", "localhost")]) == nil)
        #expect(status([("Host", "[::1]:8686"), ("Content-Length", "0")]) == nil)
        #expect(status([("Host", "a"), ("Transfer-Encoding", "Chunked")]) == nil)
        #expect(status([("Host", "")]) == nil)
        #expect(status([], version: .http1_0) == nil)
        #expect(status([("Host", "a")], uri: "http://a/v1/run") == nil)
        #expect(status([("Host", "a")], method: .OPTIONS, uri: "*") == nil)
    }

    @Test(arguments: [
        [],
        [("Host", "a"), ("Host", "a")],
        [("Host", "a b")],
        [("Host", "a/b")],
        [("Host", "user@a")],
        [("Host", "ä")],
        [("Host", "a"), ("Content-Length", "1"), ("Transfer-Encoding", "chunked")],
        [("Host", "a"), ("Content-Length", "1"), ("Content-Length", "1")],
        [("Host", "a"), ("Content-Length", "1, 1")],
        [("Host", "a"), ("Content-Length", "-1")],
        [("Host", "a"), ("Content-Length", "+1")],
        [("Host", "a"), ("Content-Length", "0x10")],
        [("Host", "a"), ("Content-Length", "")],
        [("Host", "a"), ("Content-Length", "99999999999999999999")],
    ])
    func refuses(headers: [(String, String)]) {
        #expect(status(headers) == 400)
    }

    @Test(arguments: [
        [("Transfer-Encoding", "gzip, chunked")],
        [("Transfer-Encoding", "chunked, chunked")],
        [("Transfer-Encoding", "identity")],
        [("Transfer-Encoding", "xchunked")],
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
    ])
    func servesNoOtherEncodingThanChunks(headers: [(String, String)]) {
        #expect(status([("Host", "a")] + headers) == 501)
    }

    @Test func refusesOtherTargets() {
        #expect(status([("Host", "a")], method: .CONNECT, uri: "a:443") == 405)
        #expect(status([("Host", "a")], uri: "v1/run") == 400)
        #expect(status([("Host", "a")], uri: "*") == 400)
        #expect(status([("Host", "a"), ("Transfer-Encoding", "chunked")], version: .http1_0) == 400)
    }
}
