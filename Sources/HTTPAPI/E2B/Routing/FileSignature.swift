// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import NestboxCore

/// What makes a URL of `/files` usable without a token (section 3.8 of the wire).
struct FileSignature: Sendable, Equatable {
    enum Operation: String, Sendable { case read, write }

    /// Query values as they were sent, decoded but not resolved.
    var path: String
    var user: String
    var signature: String?
    /// Unix seconds, as text: it is part of what is signed.
    var expiration: String?

    init(_ query: QueryItems) {
        path = query["path"] ?? ""
        user = query["username"] ?? ""
        signature = query["signature"]
        expiration = query["signature_expiration"]
    }

    /// The signature that belongs to these values and a computer's token.
    func expected(_ operation: Operation, token: String) -> String {
        var signed = "\(path):\(operation.rawValue):\(user):\(token)"
        if let expiration { signed += ":\(expiration)" }
        let digest = Data(SHA256.digest(signed.utf8)).base64EncodedString()
        return "v1_" + digest.prefix { $0 != "=" }
    }

    func matches(_ operation: Operation, token: String) -> Bool {
        guard let signature else { return false }
        return Secret.isEqual(signature, expected(operation, token: token))
    }

    /// - Throws: ``E2BError`` 401 that says what is missing, wrong or over.
    func check(_ operation: Operation, token: String, now: Date = Date()) throws(E2BError) {
        guard signature != nil else { throw E2BError(.unauthorized, "missing signature query parameter") }
        guard matches(operation, token: token) else { throw E2BError(.unauthorized, "invalid signature") }
        guard let expiration else { return }
        guard let seconds = Int64(expiration) else { throw E2BError(.unauthorized, "invalid signature") }
        if seconds < Int64(now.timeIntervalSince1970.rounded(.down)) {
            throw E2BError(.unauthorized, "signature is already expired")
        }
    }
}
