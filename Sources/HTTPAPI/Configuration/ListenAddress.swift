// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// Where the server listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// `host` is an IPv4 or IPv6 address without brackets, or a name. Port 0 lets the system choose.
    case tcp(host: String, port: Int)
    /// A Unix domain socket, made for its owner only.
    case unix(path: String)

    /// 127.0.0.1:8686
    public static let standard = ListenAddress.tcp(host: "127.0.0.1", port: 8686)

    /// `sun_path` of unix(7) holds 108 bytes with the final NUL; the server binds `PATH.new/s` first.
    public static let longestPath = 107 - temporarySuffix.utf8.count
    static let temporarySuffix = ".new/s"

    /// Reads `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
    ///
    /// - Throws: ``RequestError`` `invalid_configuration` that says what a right one looks like.
    public init(parsing text: String) throws(RequestError) {
        if text.hasPrefix("unix:") {
            self = .unix(path: try Self.path(String(text.dropFirst(5)), in: text))
        } else {
            let (host, port) = try Self.split(text)
            self = .tcp(host: host, port: try Self.port(port, in: text))
        }
    }

    private static func path(_ path: String, in text: String) throws(RequestError) -> String {
        if path.isEmpty { throw refusal(text, "the path after 'unix:' is empty") }
        if path.utf8.contains(0) { throw refusal(text, "the path contains a NUL byte") }
        if path.hasSuffix("/") { throw refusal(text, "the path names a folder; name a file in it") }
        if path.utf8.count > longestPath {
            throw refusal(text, "the path has \(path.utf8.count) bytes; a socket's path has at most \(longestPath)")
        }
        return path
    }

    private static func split(_ text: String) throws(RequestError) -> (host: String, port: Substring) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw refusal(text, "the bracket is not closed") }
            let host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard host.contains(":") else { throw refusal(text, "brackets are for IPv6 addresses only") }
            guard rest.hasPrefix(":") else { throw refusal(text, "the port is missing") }
            return (String(host), rest.dropFirst())
        }
        guard let colon = text.lastIndex(of: ":") else { throw refusal(text, "the port is missing") }
        let host = text[..<colon]
        if host.isEmpty { throw refusal(text, "the host is empty (0.0.0.0 means every IPv4 address)") }
        if host.contains(":") { throw refusal(text, "an IPv6 address needs brackets") }
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard allowed else { throw refusal(text, "'\(host)' is no host name or address") }
        return (String(host), text[text.index(after: colon)...])
    }

    private static func port(_ digits: Substring, in text: String) throws(RequestError) -> Int {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
            port <= 65_535
        else { throw refusal(text, "'\(digits)' is no port from 0 to 65535") }
        return port
    }

    private static func refusal(_ text: String, _ reason: String) -> RequestError {
        RequestError(
            .invalidConfiguration,
            "cannot listen on '\(text)': \(reason); write 127.0.0.1:8686, [::1]:8686, localhost:8686 or unix:PATH",
            field: "listen")
    }

    /// Whether only this machine can connect: a Unix socket, 127.0.0.0/8, `::1` or `localhost`.
    public var isLoopback: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): Self.isLoopback(host: host)
        }
    }

    static func isLoopback(host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) } && UInt8(part) != nil
            }
    }

    /// The form that ``init(parsing:)`` reads.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
