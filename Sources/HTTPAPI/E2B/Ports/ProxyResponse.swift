import Foundation
// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// The head of a response from a server inside a computer, which is trusted in nothing.
struct ProxyResponseHead: Sendable, Equatable {
    enum Framing: Equatable, Sendable {
        case none
        case length(Int)
        case chunked
        case untilClose

        var length: Int? {
            if case .length(let length) = self { length } else { nil }
        }
    }

    static let mostBytes = 64 << 10

    var status: HTTPResponse.Status
    var headers: HTTPFields
    var framing: Framing

    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "content-length",
    ]

    /// - Parameter text: From the status line to the blank line, without it.
    /// - Returns: nil for what is no HTTP/1 response.
    init?(_ text: String, method: HTTPRequest.Method) {
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let code = Int(words[1]),
            code >= 100
        else { return nil }
        status = HTTPResponse.Status(code: code)
        headers = [:]
        var length: Int?
        var isChunked = false
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
                return nil
            }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch name.canonicalName {
            case "content-length":
                guard !value.isEmpty, value.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(value) else {
                    return nil
                }
                if let length, length != number { return nil }
                length = number
            case "transfer-encoding":
                isChunked = value.lowercased().split(separator: ",").last?.hasSuffix("chunked") ?? false
            case let name where Self.hopByHop.contains(name): break
            default: if HTTPField.isValidValue(value) { headers.append(HTTPField(name: name, value: value)) }
            }
        }
        if method == .head || code == 204 || code == 304 || code < 200 {
            framing = .none
            if method == .head, let length { headers[.contentLength] = String(length) }
        } else if isChunked {
            framing = .chunked
        } else if let length {
            framing = .length(length)
        } else {
            framing = .untilClose
        }
    }
}

/// Takes a chunked body (RFC 9112, section 7.1) apart as it arrives.
struct ChunkedReader: Sendable {
    private enum State {
        case size
        case data(Int)
        case dataEnd
        case trailer
        case end
    }

    private static let longestLine = 4096

    private var state = State.size
    private var line: [UInt8] = []

    var hasEnded: Bool {
        if case .end = state { true } else { false }
    }

    /// The content in `bytes`.
    ///
    /// - Throws: ``ProxyError`` `malformed`.
    mutating func content(of bytes: [UInt8]) throws(ProxyError) -> [UInt8] {
        var content: [UInt8] = []
        var index = 0
        while index < bytes.count {
            switch state {
            case .data(let rest):
                let count = min(rest, bytes.count - index)
                content += bytes[index..<index + count]
                index += count
                state = count == rest ? .dataEnd : .data(rest - count)
            case .end: return content
            case .size, .dataEnd, .trailer:
                let byte = bytes[index]
                index += 1
                if byte != 0x0A {
                    line.append(byte)
                    if line.count > Self.longestLine { throw .malformed }
                    continue
                }
                try lineEnded()
            }
        }
        return content
    }

    private mutating func lineEnded() throws(ProxyError) {
        if line.last == 0x0D { line.removeLast() }
        defer { line = [] }
        switch state {
        case .size:
            let digits = String(decoding: line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }, as: UTF8.self)
            guard digits.utf8.count <= 15, let size = Int(digits, radix: 16), size >= 0 else { throw .malformed }
            state = size == 0 ? .trailer : .data(size)
        case .dataEnd:
            guard line.isEmpty else { throw .malformed }
            state = .size
        case .trailer: if line.isEmpty { state = .end }
        case .data, .end: break
        }
    }
}

enum ProxyError: Error, Sendable {
    /// What the server inside sent is no HTTP/1 response, or broke off.
    case malformed
}
