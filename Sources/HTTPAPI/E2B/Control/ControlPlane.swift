// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// E2B's REST API (section 2 of the wire): which path and method is which call.
struct ControlPlane: Sendable {
    static let maximumBodyBytes = 4 << 20

    private let service: any ComputerService
    private let keys: E2BKeys
    private let domain: String?
    private let created = IdempotencyTable()

    init(service: any ComputerService, keys: E2BKeys, domain: String?) {
        self.service = service
        self.keys = keys
        self.domain = domain
    }

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let path = Self.segments(request.uri.path)
        if path == ["health"] { return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "OK"))) }
        let owner = try keys.owner(request.headers)
        let call = ControlCall(
            request: request, channel: context.channel, owner: owner.name, isolation: owner.isolation, service: service,
            domain: domain ?? Self.domain(host: request.head.authority))
        let version = ["v2", "v3"].contains(path.first) ? path.first : nil
        let rest = Array(version == nil ? path[...] : path.dropFirst())
        guard let response = try await respond(call, version: version, path: rest) else {
            throw E2BError(
                .notFound, "there is no \(request.method.rawValue) \(Self.name(of: request.uri.path).dropFirst(4))")
        }
        return response
    }

    private func respond(_ call: ControlCall, version: String?, path: [String]) async throws -> Response? {
        switch path.first {
        case "sandboxes": return try await sandboxes(call, version: version, path: Array(path.dropFirst()))
        case "snapshots" where path.count == 1 && call.method == .get: return try await SnapshotCalls(call).list()
        case "templates", "default-templates":
            return try await TemplateCalls(call).respond(version: version, path: path)
        case "volumes", "volumecontent": throw E2BError.unavailable("volumes")
        case "secrets": throw E2BError.unavailable("secrets")
        case "teams", "nodes", "admin", "api-keys", "access-tokens", "events":
            throw E2BError.unavailable("teams, nodes and the keeping of keys")
        default: return nil
        }
    }

    private func sandboxes(_ call: ControlCall, version: String?, path: [String]) async throws -> Response? {
        let sandboxes = SandboxCalls(call)
        guard let first = path.first else {
            switch (call.method, version) {
            case (.post, _): return try await sandboxes.create(isV2: version != nil, created: created)
            case (.get, nil): return try await SandboxList(call).running()
            case (.get, _): return try await SandboxList(call).page()
            default: return nil
            }
        }
        if path == ["metrics"], call.method == .get { return try await SandboxReports(call).allMetrics() }
        let id = try call.identifier(first)
        guard path.count > 1 else {
            switch call.method {
            case .get: return try await sandboxes.info(id)
            case .delete: return try await sandboxes.kill(id)
            default: return nil
            }
        }
        guard path.count == 2 else { return nil }
        switch (call.method, path[1]) {
        case (.post, "connect"): return try await sandboxes.connect(id)
        case (.post, "resume"): return try await sandboxes.resume(id)
        case (.post, "timeout"): return try await sandboxes.setTimeout(id)
        case (.post, "refreshes"): return try await sandboxes.refresh(id)
        case (.post, "pause"): return try await sandboxes.pause(id)
        case (.post, "fork"): return try await sandboxes.fork(id)
        case (.put, "network"): return try await sandboxes.setNetwork(id)
        case (.post, "snapshots"): return try await SnapshotCalls(call).create(id)
        case (.get, "metrics"): return try await SandboxReports(call).metrics(id)
        case (.get, "logs"): return try await SandboxReports(call).logs(id, isV2: version != nil)
        default: return nil
        }
    }

    private static func segments(_ path: String) -> [String] {
        path.split(separator: "/").map { QueryItems.percentDecoded($0) }
    }

    private static let words: Set<String> = [
        "v2", "v3", "sandboxes", "metrics", "connect", "resume", "timeout", "refreshes", "pause", "fork", "network",
        "snapshots", "logs", "templates", "default-templates", "aliases", "tags", "builds", "files", "status",
        "volumes",
        "volumecontent", "secrets", "teams", "nodes", "admin", "api-keys", "access-tokens", "events", "health",
    ]

    /// What clients are told when no domain is configured: the name they called, so that what they send to `PORT-ID.domain`
    /// comes here and not to the domain that is built into them. Nil for an address, below which there are no names.
    static func domain(host: String?) -> String? {
        guard let host = host?.lowercased(),
            let parts = try? ListenAddress(parsing: host.contains(":") ? host : host + ":80"),
            case .tcp(let name, let port) = parts
        else { return nil }
        let suffix = host.contains(":") ? ":\(port)" : ""
        if ListenAddress.isLoopback(host: name) { return "localhost" + suffix }
        if name.contains(":") || name.allSatisfy({ $0.isNumber || $0 == "." }) { return nil }
        let domain = name.hasPrefix("api.") ? String(name.dropFirst(4)) : name
        return domain.isEmpty ? nil : domain + suffix
    }

    /// The path with `*` for everything that is a client's own.
    static func name(of path: String) -> String {
        let parts = segments(path).prefix(6).map { words.contains($0) ? $0 : "*" }
        return "e2b /" + parts.joined(separator: "/")
    }
}

/// One call of the control plane, by whom its key says.
struct ControlCall: Sendable {
    let request: Request
    let channel: any Channel
    let owner: String
    /// Drivers that the owner may use; nil for all.
    let isolation: [String]?
    let service: any ComputerService
    let domain: String?

    var method: HTTPRequest.Method { request.method }
    var query: QueryItems { QueryItems(request.uri.query) }

    /// - Throws: ``E2BError`` 404 for what no identifier can be.
    func identifier(_ text: String) throws(E2BError) -> String {
        guard let id = E2BTarget.identifier(text) else { throw E2BError.noAccess(text, name: "Sandbox") }
        return id
    }

    func body() async throws -> ByteBuffer {
        try await E2BBody.collect(request, on: channel, atMost: ControlPlane.maximumBodyBytes)
    }

    /// The body; nothing is an empty object.
    func decoded<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        try Self.decode(type, try await body())
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ body: ByteBuffer) throws(E2BError) -> Value {
        let data = body.readableBytes == 0 ? Data("{}".utf8) : Data(body.readableBytesView)
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw E2BError(.badRequest, "the body cannot be read: \(RPCCall.reason(error))")
        }
    }

    func noContent() -> Response { Response(status: .noContent) }

    /// What the service says of a sandbox, in the words that clients know.
    func about<Value: Sendable>(
        _ id: String, _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let error as ComputerError where error.code == .notFound || error.code == .gone {
            throw E2BError.noAccess(id, name: "Sandbox")
        }
    }
}
