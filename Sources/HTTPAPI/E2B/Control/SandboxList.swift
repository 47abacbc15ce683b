// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird

/// Lists of sandboxes (section 2.4 of the wire).
struct SandboxList: Sendable {
    private static let largestPage = 100

    private let call: ControlCall

    init(_ call: ControlCall) { self.call = call }

    /// The first version: everything that runs.
    func running() async throws -> Response {
        let metadata = Self.metadata(call.query["metadata"])
        let sandboxes = await call.service.list(owner: call.owner)
            .filter { $0.state == .running && Self.has(metadata, $0) }
        return try JSONOutput.response(sandboxes.map { SandboxDetail(listed: $0) })
    }

    func page() async throws -> Response {
        let query = call.query
        let limit = try Page.limit(query["limit"])
        let isAscending = try Self.isAscending(query["order"])
        let states = try Self.states(query["state"])
        let metadata = Self.metadata(query["metadata"])
        let startedAfter = try query["startedAfter"].map { text throws(E2BError) in
            guard let time = Timestamp.milliseconds(parsing: text) else {
                throw E2BError(.badRequest, "startedAfter is no time; write it as RFC 3339 does")
            }
            return time
        }
        let all = await call.service.list(owner: call.owner)
        let sandboxes = all.filter { info in
            states.contains(info.state) && Self.has(metadata, info)
                && (startedAfter.map { Timestamp.milliseconds(info.started) >= $0 } ?? true)
                && (query["template"].map { [info.templateID, info.request.template].contains($0) } ?? true)
        }
        let (page, token) = try Page.of(sandboxes, limit: limit, token: query["nextToken"], isAscending: isAscending) {
            (Timestamp.milliseconds($0.started), $0.id)
        }
        var headers: HTTPFields = [.totalRunning: String(all.count { $0.state == .running })]
        headers[.nextToken] = token
        return try JSONOutput.response(page.map { SandboxDetail(listed: $0) }, headers: headers)
    }

    // MARK: Filters

    private static func states(_ text: String?) throws(E2BError) -> Set<ComputerInfo.State> {
        guard let text, !text.isEmpty else { return [.running, .paused] }
        var states: Set<ComputerInfo.State> = []
        for name in text.split(separator: ",") {
            guard let state = ComputerInfo.State(rawValue: String(name)) else {
                throw E2BError(.badRequest, "state is 'running' or 'paused', not '\(name.prefix(40))'")
            }
            states.insert(state)
        }
        return states
    }

    private static func isAscending(_ text: String?) throws(E2BError) -> Bool {
        switch text {
        case nil, "", "desc": return false
        case "asc": return true
        case .some(let other): throw E2BError(.badRequest, "order is 'asc' or 'desc', not '\(other.prefix(40))'")
        }
    }

    private static func has(_ metadata: [(name: String, value: String)], _ info: ComputerInfo) -> Bool {
        metadata.allSatisfy { info.request.metadata[$0.name] == $0.value }
    }

    /// The pairs of a value that was encoded three times; the query's own decoding is done.
    static func metadata(_ value: String?) -> [(name: String, value: String)] {
        QueryItems(value).pairs.map { pair in
            (QueryItems.percentDecoded(pair.name), QueryItems.percentDecoded(pair.value))
        }
    }
}

/// Pages of a list that is sorted by time and identifier; the token is the place of the last element shown.
enum Page {
    static let largest = 100

    static func limit(_ text: String?) throws(E2BError) -> Int {
        guard let text else { return largest }
        guard let limit = Int(text), (1...largest).contains(limit) else {
            throw E2BError(.badRequest, "limit must be 1 to \(largest)")
        }
        return limit
    }

    /// - Returns: The page and, when more follows, the token of the next.
    static func of<Item>(
        _ items: [Item], limit: Int, token: String?, isAscending: Bool, place: (Item) -> (time: Int64, id: String)
    ) throws(E2BError) -> ([Item], String?) {
        func precedes(_ one: (time: Int64, id: String), _ other: (time: Int64, id: String)) -> Bool {
            isAscending ? one < other : one > other
        }
        var sorted = items.sorted { precedes(place($0), place($1)) }
        if let token, !token.isEmpty {
            let last = try read(token)
            sorted = sorted.filter { precedes(last, place($0)) }
        }
        let page = Array(sorted.prefix(limit))
        guard sorted.count > limit, let last = page.last.map(place) else { return (page, nil) }
        return (page, write(last))
    }

    private static func write(_ place: (time: Int64, id: String)) -> String {
        Data("\(place.time)__\(place.id)".utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func read(_ token: String) throws(E2BError) -> (time: Int64, id: String) {
        var text = token.replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let parts = (Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) } ?? "").split(
            separator: "__", maxSplits: 1)
        guard parts.count == 2, let time = Int64(parts[0]) else {
            throw E2BError(.badRequest, "nextToken is not one of this server")
        }
        return (time, String(parts[1]))
    }
}
