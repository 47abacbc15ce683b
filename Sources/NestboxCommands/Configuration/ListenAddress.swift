// SPDX-License-Identifier: Apache-2.0

/// Where the server listens: `127.0.0.1:8686`, `[::1]:8686`, `localhost:8686` or `unix:/run/nestbox.sock`.
enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// Most bytes of a socket path, without the final NUL (unix(7), `sun_path`).
    static let longestSocketPath = 107

    init(parsing text: String) throws(ValueError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard !path.isEmpty, path.utf8.count <= Self.longestSocketPath, !path.utf8.contains(0) else {
                throw ValueError("'\(text)' needs a socket path of 1 to \(Self.longestSocketPath) bytes after 'unix:'")
            }
            self = .unix(path: path)
            return
        }
        let malformed = ValueError("'\(text)' is not an address; write HOST:PORT, [IPV6]:PORT or unix:PATH")
        guard let colon = text.lastIndex(of: ":") else { throw malformed }
        var host = String(text[..<colon])
        let digits = text[text.index(after: colon)...]
        guard digits.count <= 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
            port <= 65_535
        else { throw malformed }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                throw malformed
            }
        } else {
            guard !host.isEmpty,
                host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") })
            else { throw malformed }
        }
        self = .tcp(host: host, port: port)
    }

    /// Whether only this machine can reach the address. Anything that is not certainly loopback is not.
    var isLocal: Bool {
        switch self {
        case .unix: return true
        case .tcp(let host, _):
            if host == "localhost" || host == "::1" { return true }
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        }
    }

    var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
