// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird

/// Snapshots: templates that were made of a sandbox.
struct SnapshotCalls: Sendable {
    private let call: ControlCall

    init(_ call: ControlCall) { self.call = call }

    private struct New: Decodable {
        var name: String?
    }

    private struct Answer: Encodable {
        var snapshotID: String
        var names: [String]

        init(_ snapshot: ComputerSnapshot) {
            snapshotID = snapshot.id
            names = snapshot.name == nil ? [] : [snapshot.id]
        }
    }

    func create(_ id: String) async throws -> Response {
        let name = try await call.decoded(New.self).name.flatMap { $0.isEmpty ? nil : $0 }
        let snapshot = try await call.about(id) {
            try await call.service.snapshot(id, owner: call.owner, name: name)
        }
        return try JSONOutput.response(Answer(snapshot), status: .created)
    }

    func list() async throws -> Response {
        let query = call.query
        let limit = try Page.limit(query["limit"])
        let sandbox = query["sandboxID"].map { E2BTarget.identifier($0) ?? $0 }
        let snapshots = await call.service.snapshots(owner: call.owner).filter { snapshot in
            (sandbox.map { $0 == snapshot.computerID } ?? true)
                && (query["name"].map { Self.has($0, snapshot) } ?? true)
        }
        let (page, token) = try Page.of(snapshots, limit: limit, token: query["nextToken"], isAscending: false) {
            (Timestamp.milliseconds($0.created), $0.id)
        }
        var headers: HTTPFields = [:]
        headers[.nextToken] = token
        return try JSONOutput.response(page.map(Answer.init), headers: headers)
    }

    /// With or without its tag.
    private static func has(_ name: String, _ snapshot: ComputerSnapshot) -> Bool {
        name == snapshot.id || name == snapshot.name || "\(name):default" == snapshot.id
    }
}
