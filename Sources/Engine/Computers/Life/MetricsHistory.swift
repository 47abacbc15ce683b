// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// What one computer used, every 5 s, for an hour.
struct MetricsHistory {
    static let interval = Duration.seconds(5)
    static let most = 720

    private(set) var points: [ComputerMetrics] = []
    private var before: (moment: Duration, cpu: Duration)?

    /// - Parameter moment: Now, on the clock that never jumps.
    mutating func add(_ usage: BodyUsage, at moment: Duration, date: Date, _ configuration: ComputerConfiguration) {
        let point = point(usage, at: moment, date: date, configuration)
        before = (moment, usage.cpu)
        if points.count >= Self.most { points.removeFirst(points.count - Self.most + 1) }
        points.append(point)
    }

    /// What is used now, its CPU since the newest of ``points``; nothing is added.
    func point(_ usage: BodyUsage, at moment: Duration, date: Date, _ configuration: ComputerConfiguration)
        -> ComputerMetrics
    {
        var percent = 0.0
        if let before, moment > before.moment, usage.cpu >= before.cpu {
            percent = (usage.cpu - before.cpu) / (moment - before.moment) / Double(configuration.processors) * 100
        }
        return ComputerMetrics(
            time: date, processors: configuration.processors, cpuPercent: min(100, max(0, percent)),
            memoryUsedBytes: usage.memoryBytes, memoryTotalBytes: configuration.limits.memoryBytes,
            diskUsedBytes: usage.diskBytes, diskTotalBytes: configuration.limits.diskBytes)
    }

    /// After a pause the next interval begins anew.
    mutating func interrupt() { before = nil }

    func points(from: Date?, to: Date?) -> [ComputerMetrics] {
        points.filter { ($0.time >= from ?? .distantPast) && ($0.time <= to ?? .distantFuture) }
    }
}
