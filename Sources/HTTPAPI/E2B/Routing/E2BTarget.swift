// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// Whom a request is for.
enum E2BTarget: Equatable, Sendable {
    /// A port of a computer: by host or by headers.
    case port(id: String, port: Int)
    /// `/files` of the computer whose token makes the signature.
    case signedFile
    /// The computer that has this token.
    case token(String, port: Int)
    case control
    /// What E2B's clients ask of a computer, without a word about which.
    case nobody
    /// Not E2B: this server's own API.
    case native

    static let envdPort = 49_983
    static let interpreterPort = 49_999

    /// Decides by the order that serves every version of the SDKs on one port (section 1.5 of the wire).
    ///
    /// - Throws: ``E2BError`` 400 for an identifier or a port that is none.
    init(authority: String?, path: String, query: QueryItems, headers: HTTPFields) throws(E2BError) {
        if let authority, let target = try Self.named(by: authority) {
            self = target
        } else if headers.contains(.apiKey), Self.isControl(path) {
            self = .control
        } else if let id = headers[.sandboxID] {
            self = try Self.named(id: id, port: headers[.sandboxPort])
        } else if path == "/files", query["signature"] != nil {
            self = .signedFile
        } else if let token = headers[.accessToken], !Self.isNative(path) {
            self = .token(token, port: Self.isInterpreter(path) ? Self.interpreterPort : Self.envdPort)
        } else if Self.isControl(path) {
            self = .control
        } else if Self.isDataPlane(path) {
            self = .nobody
        } else {
            self = .native
        }
    }

    /// `{port}-{id}.anything`, where some old clients add a client's identifier to the computer's.
    private static func named(by authority: String) throws(E2BError) -> E2BTarget? {
        guard let dot = authority.firstIndex(of: ".") else { return nil }
        let parts = authority[..<dot].lowercased().split(separator: "-", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), !parts[0].isEmpty, parts[0].utf8.allSatisfy({ (48...57).contains($0) }),
            parts.dropFirst().allSatisfy(isIdentifier)
        else { return nil }
        return .port(id: String(parts[1]), port: try port(parts[0]))
    }

    private static func named(id: String, port text: String?) throws(E2BError) -> E2BTarget {
        guard let id = Self.identifier(id) else { throw E2BError(.badRequest, "invalid sandbox ID") }
        return .port(id: id, port: try text.map { text throws(E2BError) in try port(text[...]) } ?? envdPort)
    }

    private static func port(_ digits: Substring) throws(E2BError) -> Int {
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits), (1...65_535).contains(port)
        else { throw E2BError(.badRequest, "invalid sandbox port") }
        return port
    }

    /// The identifier in `text`, which may carry a client's behind a dash; nil when it is none.
    static func identifier(_ text: String) -> String? {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        return isIdentifier(parts[0]) && text.utf8.count <= 100 ? String(parts[0]) : nil
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (48...57).contains(byte)
            }
    }

    // MARK: Paths

    private static let controlRoots: Set<Substring> = [
        "sandboxes", "snapshots", "templates", "default-templates", "volumes", "volumecontent", "secrets", "teams",
        "nodes",
        "admin", "api-keys", "access-tokens", "events", "health",
    ]

    static func isControl(_ path: String) -> Bool {
        var parts = path.split(separator: "/", maxSplits: 2)[...]
        if parts.first == "v2" || parts.first == "v3" { parts = parts.dropFirst() }
        return parts.first.map(controlRoots.contains) ?? false
    }

    private static func isNative(_ path: String) -> Bool { path.hasPrefix("/v1/") }

    private static func isInterpreter(_ path: String) -> Bool {
        path == "/execute" || path == "/contexts" || path.hasPrefix("/contexts/")
    }

    private static func isDataPlane(_ path: String) -> Bool {
        isInterpreter(path) || path == "/files" || path.hasPrefix("/files/") || path == "/envs" || path == "/metrics"
            || path.hasPrefix("/process.Process/") || path.hasPrefix("/filesystem.Filesystem/")
    }
}
