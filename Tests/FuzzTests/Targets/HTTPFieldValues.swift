// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NestboxCore

@testable import HTTPAPI

/// Header fields and addresses that this code reads itself.
enum HTTPFieldValues {
    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        switch input.number(below: 6) {
        case 0: try listenAddress(input.textField())
        case 1: try host(input.textField())
        case 2: try origin(input.textField(), host: input.textField())
        case 3: try apiKey(input.textField(), input.textField())
        case 4: try identifier(input.textField())
        default: try route(input.textField())
        }
        try utf8(bytes)
    }

    private static func listenAddress(_ text: String) throws {
        let address: ListenAddress
        do throws(RequestError) {
            address = try ListenAddress(parsing: text)
        } catch {
            try check(error, .invalidConfiguration)
            return
        }
        let again = try ListenAddress(parsing: address.description)
        try hold(address == again, "'\(address)' is read as '\(again)'")
        guard case .tcp(let host, let port) = address else { return }
        try hold((0...65_535).contains(port), "port \(port)")
        try hold(host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "the host '\(host)'")
    }

    /// A server on the loopback interface answers to names of the loopback interface only.
    private static func host(_ text: String) throws {
        do throws(RequestError) {
            try OriginPolicy(ServerConfiguration()).checkHost(text)
        } catch {
            try check(error, .forbiddenOrigin)
            return
        }
        // Not through the same code, and in bytes: what a resolver could make of the name.
        var name = Array(text.utf8).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }[...]
        if name.first == UInt8(ascii: "["), let end = name.firstIndex(of: UInt8(ascii: "]")) {
            name = name[1..<end]
        } else if let colon = name.lastIndex(of: UInt8(ascii: ":")) {
            name = name[..<colon]
        }
        if name.last == UInt8(ascii: ".") { name = name.dropLast() }
        let isLocal = name.elementsEqual("localhost".utf8) || name.elementsEqual("::1".utf8)
        let isAddress = name.starts(with: "127.".utf8) && name.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        try hold(isLocal || isAddress, "the Host '\(text)' is taken for this machine")
    }

    private static func origin(_ origin: String, host: String) throws {
        do throws(RequestError) {
            try OriginPolicy(ServerConfiguration(allowedOrigins: ["https://kiosk.example"])).checkOrigin(
                origin, host: host)
        } catch {
            try check(error, .forbiddenOrigin)
            return
        }
        func small(_ text: String) -> [UInt8] {
            Array(text.utf8).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        }
        let accepted = ["https://kiosk.example", "http://\(host)", "https://\(host)"].map(small)
        try hold(accepted.contains(small(origin)), "the Origin '\(origin)' was accepted for '\(host)'")
    }

    private static func apiKey(_ field: String, _ scheme: String) throws {
        let key = "0123456789abcdef"
        let fields: HTTPFields = field.isEmpty ? [.authorization: scheme] : [.apiKey: field]
        do throws(RequestError) {
            _ = try APIKeys([key]).check(fields)
        } catch {
            try check(error, .unauthorized)
            try hold(!error.message.contains(key), "the key is in the message")
            return
        }
        let shown = fields[.apiKey] ?? fields[.authorization].map { String($0.drop { $0 != " " }.dropFirst()) } ?? ""
        try hold(Array(shown.utf8) == Array(key.utf8), "the key '\(shown)' was accepted")
    }

    private static func identifier(_ text: String) throws {
        guard Identifier.isValid(text, prefix: "run") else { return }
        let rest = text.utf8.dropFirst(4)
        try hold(text.utf8.starts(with: "run_".utf8) && rest.count == 26, "the identifier '\(text)'")
        try hold(
            rest.allSatisfy { (0x61...0x7A).contains($0) || (0x32...0x37).contains($0) }, "the identifier '\(text)'")
    }

    private static func route(_ path: String) throws {
        var table = RouteTable()
        table.add("/v1/run", .post)
        table.add("/v1/runs/{id}", .get)
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
        let isRun = parts == [Array("v1".utf8), Array("run".utf8)]
        let isReport = parts.count == 3 && parts[0] == Array("v1".utf8) && parts[1] == Array("runs".utf8)
        try hold((table.methods(for: path) != nil) == (isRun || isReport), "the path '\(path)'")
    }

    /// Our own reading of UTF-8 against the standard library's.
    private static func utf8(_ bytes: [UInt8]) throws {
        var index = 0
        while index < bytes.count, case .complete(let length) = UTF8Sequence(bytes.span, at: index) { index += length }
        let isText = String(validating: bytes, as: UTF8.self) != nil
        try hold((index == bytes.count) == isText, "\(bytes) is UTF-8: \(isText)")
    }

    private static func check(_ error: RequestError, _ code: RequestError.Code) throws(FuzzFinding) {
        try hold(error.code == code, "\(error.code), not \(code)")
        try Problems.check(error)
    }
}
