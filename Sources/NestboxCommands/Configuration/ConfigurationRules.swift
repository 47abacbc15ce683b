// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import NestboxCore

/// Rules for single values of the configuration.

enum APIKeyRule {
    static let shortest = ServerConfiguration.shortestKey

    /// A key is long enough not to be guessed and can stand in a header and in a comma-separated variable. The message
    /// does not repeat the key: errors end up in logs.
    static func check(_ key: String) throws(ValueError) {
        guard key.utf8.count >= shortest, key.utf8.count <= 512 else {
            throw ValueError("has a key of \(key.utf8.count) characters; keys have \(shortest) to 512")
        }
        guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ",") }) else {
            throw ValueError(
                "has a key with a space, a comma or a character beyond ASCII; use letters, digits and signs")
        }
    }
}

enum NameRule {
    static func check(_ name: String) throws(ValueError) {
        guard name.count <= 64,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        else { throw ValueError("'\(name)' is not a name; names have letters, digits, - and _") }
    }
}

enum CgroupRule {
    static func check(_ path: String) throws(ValueError) {
        let parts = PathText.components(of: path).filter { !$0.isEmpty }
        guard !parts.isEmpty, !parts.contains(where: { $0 == "." || $0 == ".." }) else {
            throw ValueError("'\(path)' is not a cgroup; write its path below the cgroup mount, such as nestbox.slice")
        }
    }
}

enum SandboxPathRule {
    /// Directories that would hand the sandbox more than files to read.
    private static let refused = ["/", "/proc", "/sys", "/dev", "/run", "/etc", "/root"]

    static func check(_ path: String) throws(ValueError) {
        let parts = PathText.components(of: path)
        guard parts.first?.isEmpty == true, parts.count > 1,
            !parts.dropFirst().contains(where: { $0 == "." || $0 == ".." })
        else { throw ValueError("'\(path)' is not an absolute path without . and ..") }
        let normal = "/" + parts.filter { !$0.isEmpty }.joined(separator: "/")
        if let reason = refused.first(where: {
            normal == $0 || ($0 != "/" && normal.utf8.starts(with: ($0 + "/").utf8))
        }) {
            throw ValueError("'\(path)' cannot be shown in a sandbox, because \(reason) holds more than data")
        }
    }
}
