// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird
import NestboxCore

/// Asks for an API key where keys are configured, on every path but `/healthz`.
struct APIKeyMiddleware: RouterMiddleware {
    typealias Context = APIContext

    let keys: APIKeys

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        var context = context
        if path != "/healthz" { context.keyRules = try keys.check(request.headers, of: DropIn(path: path)) }
        return try await next(request, context)
    }
}

/// The keys that clients may show.
struct APIKeys: Sendable {
    private let keys: [(bytes: [UInt8], rules: KeyRules?)]

    /// - Parameter rules: By key, of those that have rules of their own.
    init(_ keys: [String], rules: [String: KeyRules] = [:]) { self.keys = keys.map { (Array($0.utf8), rules[$0]) } }

    /// The rules of the key that is shown.
    ///
    /// - Throws: ``RequestError`` `unauthorized` when keys are configured and none of them is shown.
    func check(_ headers: HTTPFields, of dropIn: DropIn? = nil) throws(RequestError) -> KeyRules? {
        if keys.isEmpty { return nil }
        guard let shown = Self.shown(in: headers) ?? dropIn.flatMap({ Self.shown(in: headers, of: $0) }) else {
            throw RequestError(
                .unauthorized, "an API key is needed: send 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")
        }
        guard let index = index(of: Array(shown.utf8)) else {
            throw RequestError(.unauthorized, "the API key is not valid")
        }
        return keys[index].rules
    }

    private static func shown(in headers: HTTPFields) -> Substring? {
        if let key = headers[.apiKey] { return key[...] }
        guard let value = headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        return parts.count == 2 && parts[0].lowercasedASCII() == "bearer" ? parts[1] : nil
    }

    /// Clients of other APIs have ways of their own: Piston's send the bare key, and those that know of no key can have one
    /// in their URL (`http://any:KEY@host`), which their HTTP library sends as a password.
    private static func shown(in headers: HTTPFields, of dropIn: DropIn) -> Substring? {
        guard let value = headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        if dropIn == .piston, parts.count == 1 { return parts[0] }
        guard parts.count == 2, parts[0].lowercasedASCII() == "basic", let pair = Data(base64Encoded: String(parts[1]))
        else { return nil }
        let text = String(decoding: pair, as: UTF8.self)
        return text.firstIndex(of: ":").map { text[text.index(after: $0)...] }
    }

    /// Takes the same time wherever a key differs, so that it cannot be found out byte by byte.
    private func index(of shown: [UInt8]) -> Int? {
        var found: Int?
        for (number, key) in keys.map(\.bytes).enumerated() {
            var difference: UInt8 = key.count == shown.count ? 0 : 1
            for (index, byte) in shown.enumerated() { difference |= byte ^ key[index % key.count] }
            if difference == 0 { found = number }
        }
        return found
    }
}
