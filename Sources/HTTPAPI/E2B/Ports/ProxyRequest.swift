import Foundation
// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird

/// A request as a server inside a computer gets it.
struct ProxyRequest: Sendable {
    /// What this server and its client say to each other, and nobody behind them (RFC 9110, section 7.6.1).
    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "expect", "host", "content-length", "e2b-traffic-access-token",
    ]

    enum Framing: Equatable, Sendable {
        case none
        case length(String)
        case chunked
    }

    let head: [UInt8]
    let framing: Framing
    let wantsUpgrade: Bool

    /// - Parameter host: What the server inside sees as `Host`; nil for what the client sent.
    init(_ request: Request, host: String? = nil) {
        let headers = request.headers
        let options = headers[values: .connection].joined(separator: ",").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        wantsUpgrade = options.contains("upgrade") && headers.contains(.upgrade)
        if headers.contains(.transferEncoding) {
            framing = .chunked
        } else if let length = headers[.contentLength] {
            framing = .length(length)
        } else {
            framing = .none
        }
        var text = "\(request.method.rawValue) \(request.head.path ?? "/") HTTP/1.1\r\n"
        text += "Host: \(host ?? request.head.authority ?? "localhost")\r\n"
        for field in headers {
            let name = field.name.canonicalName
            if Self.hopByHop.contains(name) || options.contains(name) { continue }
            text += "\(field.name.rawName): \(field.value)\r\n"
        }
        switch framing {
        case .none: break
        case .length(let length): text += "Content-Length: \(length)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        }
        if wantsUpgrade {
            text += "Connection: Upgrade\r\n"
            for value in headers[values: .upgrade] { text += "Upgrade: \(value)\r\n" }
        } else {
            text += "Connection: close\r\n"
        }
        head = Array((text + "\r\n").utf8)
    }

    /// One chunk of a chunked body; the last one for no bytes.
    static func chunk(_ bytes: some Collection<UInt8>) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }
}
