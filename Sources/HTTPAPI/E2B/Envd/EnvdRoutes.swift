// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NestboxCore

/// Logical port 49983 of a computer: processes and files.
struct EnvdRoutes: Sendable {
    let watchers: WatcherTable

    /// What the log calls a path; no names of files and no identifiers are in it.
    static func name(of path: String) -> String {
        let known = ["/health", "/metrics", "/envs", "/files", "/files/compose", "/init"].contains(path)
        let isCall = (path.hasPrefix(processes) || path.hasPrefix(filesystem)) && path.utf8.count < 64
        return known || isCall ? "envd \(path)" : "envd -"
    }

    private static let processes = "/process.Process/"
    private static let filesystem = "/filesystem.Filesystem/"

    func respond(_ exchange: DataExchange) async throws -> Response {
        let path = exchange.request.uri.path
        switch (exchange.request.method, path) {
        case (.get, "/health"), (.head, "/health"):
            return Response(status: .noContent, headers: [.cacheControl: "no-store"])
        case (.get, "/files"), (.head, "/files"): return try await FileDownloads(exchange).respond()
        case (.post, "/files"): return try await FileUploads(exchange).respond()
        default: break
        }
        guard let token = exchange.request.headers[.accessToken],
            Secret.isEqual(token, exchange.computer.accessToken)
        else { throw E2BError.tokenNeeded }
        switch (exchange.request.method, path) {
        case (.get, "/envs"): return try JSONOutput.response(exchange.computer.environment)
        case (.get, "/metrics"): return try await metrics(exchange.computer)
        case (.post, _) where path.hasPrefix(Self.processes) || path.hasPrefix(Self.filesystem):
            return try await call(exchange, path: path)
        default: throw notFound(path)
        }
    }

    private func call(_ exchange: DataExchange, path: String) async throws -> Response {
        do {
            let call = try RPCCall(exchange)
            let method = path.dropFirst(path.hasPrefix(Self.processes) ? Self.processes.count : Self.filesystem.count)
            let response =
                path.hasPrefix(Self.processes)
                ? try await ProcessService(call: call).respond(to: method)
                : try await FilesystemService(call: call, watchers: watchers).respond(to: method)
            guard let response else { throw notFound(path) }
            return response
        } catch let error as RPCError {
            return Response(error)
        } catch let error as ComputerError where error.code != .gone {
            return Response(RPCError(error))
        }
    }

    private func metrics(_ computer: any Computer) async throws -> Response {
        guard let metrics = await computer.metrics() else { throw E2BError.unavailable("metrics") }
        return try JSONOutput.response(EnvdMetrics(metrics))
    }

    private func notFound(_ path: String) -> E2BError {
        var error = E2BError(.notFound, "not found")
        error.path = path
        return error
    }
}

// Names of the wire.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct EnvdMetrics: Encodable {
    var ts: Int
    var cpu_count: Int
    var cpu_used_pct: Double
    var mem_total: Int
    var mem_used: Int
    var mem_cache: Int
    var mem_total_mib: Int
    var mem_used_mib: Int
    var disk_used: Int
    var disk_total: Int

    init(_ metrics: ComputerMetrics) {
        ts = Int(metrics.time.timeIntervalSince1970)
        cpu_count = metrics.processors
        cpu_used_pct = metrics.cpuPercent
        mem_total = metrics.memoryTotalBytes
        mem_used = metrics.memoryUsedBytes
        mem_cache = 0
        mem_total_mib = metrics.memoryTotalBytes >> 20
        mem_used_mib = metrics.memoryUsedBytes >> 20
        disk_used = metrics.diskUsedBytes
        disk_total = metrics.diskTotalBytes
    }
}
