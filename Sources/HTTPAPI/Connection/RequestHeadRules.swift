// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOHTTP1

/// What a request's header must keep to before anything looks at it. Whatever two parties could read differently, and so
/// smuggle one request within another, is refused (RFC 9112, sections 3.2, 6.1 and 6.3).
enum RequestHeadRules {
    /// What is wrong with `head`; nil when nothing is.
    static func problem(with head: HTTPRequestHead) -> Problem? {
        if head.method == .CONNECT {
            return .malformed("this is no proxy; CONNECT is not served", status: .methodNotAllowed)
        }
        return target(head) ?? host(head) ?? framing(head)
    }

    private static func target(_ head: HTTPRequestHead) -> Problem? {
        let uri = head.uri
        if uri.hasPrefix("/") || uri.hasPrefix("http://") || uri.hasPrefix("https://") { return nil }
        if uri == "*", head.method == .OPTIONS { return nil }
        return .malformed("the request's target must begin with '/'")
    }

    private static func host(_ head: HTTPRequestHead) -> Problem? {
        let hosts = head.headers["host"]
        if hosts.count > 1 { return .malformed("there are \(hosts.count) Host fields") }
        guard let host = hosts.first else {
            return head.isLatestVersion ? .malformed("the Host field is missing") : nil
        }
        let isProper = host.utf8.allSatisfy { byte in
            (0x21..<0x7F).contains(byte) && !"/\\?#@,\"<>{}|^`".utf8.contains(byte)
        }
        return isProper ? nil : .malformed("the Host field is no host name")
    }

    private static func framing(_ head: HTTPRequestHead) -> Problem? {
        let lengths = head.headers["content-length"]
        let encodings = head.headers["transfer-encoding"]
        if !encodings.isEmpty {
            if !lengths.isEmpty { return .malformed("there is both a Content-Length and a Transfer-Encoding") }
            if !head.isLatestVersion { return .malformed("HTTP/1.0 has no Transfer-Encoding") }
            guard encodings.count == 1, encodings[0].lowercasedASCII() == "chunked" else {
                return .malformed("the only Transfer-Encoding served is 'chunked'", status: .notImplemented)
            }
        }
        if lengths.count > 1 { return .malformed("there are \(lengths.count) Content-Length fields") }
        if let length = lengths.first {
            let isNumber = (1...18).contains(length.utf8.count) && length.utf8.allSatisfy { (48...57).contains($0) }
            if !isNumber { return .malformed("the Content-Length is not a number") }
        }
        return nil
    }

    /// The problem that a parser's error is answered with.
    static func problem(for error: any Error) -> Problem {
        switch error as? HTTPParserError {
        case .headerOverflow:
            .malformed("the request's header is too large", status: .requestHeaderFieldsTooLarge)
        case .invalidVersion: .malformed("only HTTP/1.0 and HTTP/1.1 are served", status: .httpVersionNotSupported)
        case .invalidEOFState: .malformed("the connection ended within the request")
        case .invalidContentLength: .malformed("the Content-Length is not a number")
        case .unexpectedContentLength: .malformed("there is both a Content-Length and a Transfer-Encoding")
        case .invalidChunkSize: .malformed("the size of a chunk is not a number")
        case .invalidMethod: .malformed("the method is unknown")
        case .invalidURL, .invalidHost, .invalidPort, .invalidPath, .invalidQueryString, .invalidFragment:
            .malformed("the request's target is not valid")
        case .invalidHeaderToken: .malformed("a header field is not valid")
        default: .malformed("the bytes sent are not an HTTP request")
        }
    }
}

extension HTTPRequestHead {
    /// HTTP/1.1, not HTTP/1.0, which has no chunks, no `100 Continue` and no connections that last.
    var isLatestVersion: Bool { version != .http1_0 }
}
