// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NestboxCore

/// Who a request to the control plane comes from.
struct E2BKeys: Sendable {
    let keys: [String]
    /// Those that have rules of their own. Computers could not hold what is about runs, so such a key makes none.
    var rules: [String: KeyRules] = [:]
    /// Whether only this machine can connect. Without configured keys any key of the right form is one then, so that the
    /// SDKs, which insist on a key, can be used at once.
    let isLoopback: Bool

    struct Owner: Sendable, Equatable {
        /// Does not give the key away.
        let name: String
        /// Isolation drivers that it may use, its default first; nil for all.
        let isolation: [String]?
    }

    /// The owner of the key that is shown.
    ///
    /// - Throws: ``E2BError`` 401; 403 for a key with rules of its own.
    func owner(_ headers: HTTPFields) throws(E2BError) -> Owner {
        guard let key = headers[.apiKey] else {
            throw E2BError(.unauthorized, "API key is missing: send it in the header X-API-KEY")
        }
        var isKnown = false
        for known in keys where Secret.isEqual(key, known) { isKnown = true }
        if keys.isEmpty { isKnown = isLoopback && Self.isWellFormed(key) }
        guard isKnown else {
            let hint = keys.isEmpty ? " (a key is e2b_ and hexadecimal digits)" : ""
            throw E2BError(.unauthorized, "Invalid API key\(hint)")
        }
        if rules[key]?.concernsRuns == true {
            throw E2BError(.forbidden, "this API key has rules of its own, which sandboxes of this API could not hold")
        }
        return Owner(name: SHA256.hexadecimal(key.utf8), isolation: rules[key]?.isolation)
    }

    private static func isWellFormed(_ key: String) -> Bool {
        key.hasPrefix("e2b_") && (5...200).contains(key.utf8.count)
            && key.dropFirst(4).utf8.allSatisfy { byte in
                (48...57).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }
}
