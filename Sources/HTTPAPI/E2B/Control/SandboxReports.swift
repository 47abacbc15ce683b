// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird

/// Measurements and logs of sandboxes.
struct SandboxReports: Sendable {
    private static let mostLines = 1000

    private let call: ControlCall

    init(_ call: ControlCall) { self.call = call }

    private struct Metric: Encodable {
        var timestamp: String
        var timestampUnix: Int
        var cpuCount: Int
        var cpuUsedPct: Double
        var memUsed: Int
        var memTotal: Int
        var memCache = 0
        var diskUsed: Int
        var diskTotal: Int

        init(_ metrics: ComputerMetrics) {
            timestamp = Timestamp.text(metrics.time)
            timestampUnix = Int(metrics.time.timeIntervalSince1970.rounded(.down))
            cpuCount = metrics.processors
            cpuUsedPct = metrics.cpuPercent
            memUsed = metrics.memoryUsedBytes
            memTotal = metrics.memoryTotalBytes
            diskUsed = metrics.diskUsedBytes
            diskTotal = metrics.diskTotalBytes
        }
    }

    private func time(_ name: String) throws(E2BError) -> Date? {
        guard let text = call.query[name], !text.isEmpty else { return nil }
        guard let seconds = Double(text), seconds.isFinite, seconds >= 0 else {
            throw E2BError(.badRequest, "\(name) is no number of seconds since 1970")
        }
        return Date(timeIntervalSince1970: seconds)
    }

    func metrics(_ id: String) async throws -> Response {
        let from = try time("start")
        let to = try time("end")
        let metrics = try await call.about(id) {
            try await call.service.metrics(id, owner: call.owner, from: from, to: to)
        }
        return try JSONOutput.response(metrics.map(Metric.init))
    }

    private struct AllMetrics: Encodable {
        var sandboxes: [String: Metric]
    }

    func allMetrics() async throws -> Response {
        var latest: [String: Metric] = [:]
        for name in (call.query["sandbox_ids"] ?? "").split(separator: ",").prefix(Self.mostLines) {
            guard let id = E2BTarget.identifier(String(name)) else { continue }
            // One that has gone is missing in the answer.
            let metrics = try? await call.service.metrics(id, owner: call.owner, from: nil, to: nil)
            if let last = metrics?.last { latest[id] = Metric(last) }
        }
        return try JSONOutput.response(AllMetrics(sandboxes: latest))
    }

    // MARK: Logs

    private struct Line: Encodable {
        var timestamp: String
        var line: String
    }

    private struct Entry: Encodable {
        var timestamp: String
        var message: String
        var level = "info"
        var fields: [String: String] = [:]
    }

    private struct Logs: Encodable {
        var logs: [Line]
        var logEntries: [Entry]
    }

    private struct LogPage: Encodable {
        var logs: [Entry]
    }

    func logs(_ id: String, isV2: Bool) async throws -> Response {
        let query = call.query
        guard let limit = Int(query["limit"] ?? "\(Self.mostLines)"), limit >= 0 else {
            throw E2BError(.badRequest, "limit must be a number")
        }
        let start = query[isV2 ? "cursor" : "start"].flatMap { Int64($0) }
        let isBackward = query["direction"] == "backward"
        let search = query["search"].flatMap { $0.isEmpty ? nil : $0 }
        var lines = try await call.about(id) { try await call.service.logs(id, owner: call.owner) }
        lines = lines.filter { line in
            let time = Timestamp.milliseconds(line.time)
            let isInTime = start.map { isBackward ? time <= $0 : time >= $0 } ?? true
            return isInTime && (search.map(line.message.contains) ?? true)
        }
        if isBackward { lines.reverse() }
        lines = Array(lines.prefix(min(limit, Self.mostLines)))
        let entries = lines.map { Entry(timestamp: Timestamp.text($0.time), message: $0.message) }
        if isV2 { return try JSONOutput.response(LogPage(logs: entries)) }
        let plain = lines.map { Line(timestamp: Timestamp.text($0.time), line: $0.message) }
        return try JSONOutput.response(Logs(logs: plain, logEntries: entries))
    }
}
