// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

/// A response of HTTP/1.1, read to its end.
struct HTTPResponse: Sendable {
    let status: Int
    /// By lower-case name.
    let headers: [String: String]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a report; fails the test when it is something else.
    func report() throws -> RunReport {
        try #require(status == 200, "\(status): \(text)")
        return try JSONDecoder().decode(RunReport.self, from: body)
    }

    /// The body as a JSON object.
    func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any], "not an object: \(text)")
    }

    /// Code of a problem document.
    func problemCode() throws -> String? { try object()["code"] as? String }
}

/// Reads a response as its bytes come.
struct HTTPResponseReader: ~Copyable {
    private let connection: Connection
    private var buffer = Data()

    init(_ connection: Connection) { self.connection = connection }

    private mutating func fill() throws -> Bool {
        let more = try connection.receive()
        buffer.append(more)
        return !more.isEmpty
    }

    private mutating func line() throws -> String {
        while true {
            if let end = buffer.firstRange(of: Data("\r\n".utf8)) {
                let text = String(decoding: buffer[buffer.startIndex..<end.lowerBound], as: UTF8.self)
                buffer = Data(buffer[end.upperBound...])
                return text
            }
            guard try fill() else { throw SocketFailure("the response ended within its head") }
        }
    }

    private mutating func take(_ count: Int) throws -> Data {
        while buffer.count < count {
            guard try fill() else { throw SocketFailure("the response ended \(count - buffer.count) bytes early") }
        }
        defer { buffer = Data(buffer.dropFirst(count)) }
        return Data(buffer.prefix(count))
    }

    mutating func head() throws -> (status: Int, headers: [String: String]) {
        let words = try line().split(separator: " ")
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw SocketFailure("not a response: \(words)")
        }
        var headers: [String: String] = [:]
        while case let field = try line(), !field.isEmpty {
            let parts = field.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return (status, headers)
    }

    /// The next chunk of a chunked body; nil at the end.
    mutating func chunk() throws -> Data? {
        guard let size = Int(try line().prefix { $0 != ";" }, radix: 16) else { throw SocketFailure("not a chunk") }
        if size == 0 {
            while try !line().isEmpty {}
            return nil
        }
        let data = try take(size)
        _ = try line()
        return data
    }

    mutating func response() throws -> HTTPResponse {
        let (status, headers) = try head()
        var body = Data()
        if headers["transfer-encoding"]?.lowercased() == "chunked" {
            while let more = try chunk() { body.append(more) }
        } else if let length = headers["content-length"].flatMap({ Int($0) }) {
            body = try take(length)
        } else if status != 204 {
            while try fill() {}
            body = buffer
        }
        return HTTPResponse(status: status, headers: headers, body: body)
    }
}

/// A request as it goes over the wire.
struct HTTPRequest: Sendable {
    var method = "GET"
    var path: String
    var headers: [(name: String, value: String)] = []
    var body: Data?

    static func post(json: String, headers: [(name: String, value: String)] = []) -> HTTPRequest {
        HTTPRequest(
            method: "POST", path: "/v1/run", headers: [("Content-Type", "application/json")] + headers,
            body: Data(json.utf8))
    }

    static func run(_ request: RunRequest, headers: [(name: String, value: String)] = []) throws -> HTTPRequest {
        post(json: String(decoding: try JSONEncoder().encode(request), as: UTF8.self), headers: headers)
    }

    var bytes: Data {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Data((head + "\r\n").utf8) + (body ?? Data())
    }
}
