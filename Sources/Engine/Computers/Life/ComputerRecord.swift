// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// What the manager knows of one computer. Touched by the manager only.
final class ComputerRecord {
    enum State {
        case running(LivingComputer)
        /// Paused with everything in memory.
        case frozen(LivingComputer)
        /// On its way to ``stored(_:)``: its files are being read.
        case storing(LivingComputer)
        /// Paused, files only; there is no sandbox.
        case stored(StoredArchive)
        case gone
    }

    let id: String
    let accessToken: String
    let trafficToken: String?
    /// As granted, which can be less than was asked for.
    let request: ComputerRequest
    let templateID: String
    let started: Date
    let log: ComputerLog
    /// Held by whoever changes ``state`` across an await.
    let gate = Places(1)

    var state = State.gone
    /// When the time is up, on the clock that never jumps, and the same for people.
    var deadline: Duration
    var ends: Date
    var timer: Task<Void, Never>?
    /// Set first when a computer is killed: it is not in the table any more, and whoever works on it stops.
    var isKilled = false
    var metrics = MetricsHistory()
    /// How many sandboxes it has had.
    var generation = 0

    init(
        id: String, accessToken: String, trafficToken: String?, request: ComputerRequest, templateID: String,
        started: Date,
        deadline: Duration, log: ComputerLog
    ) {
        self.id = id
        self.accessToken = accessToken
        self.trafficToken = trafficToken
        self.request = request
        self.templateID = templateID
        self.started = started
        self.deadline = deadline
        self.log = log
        ends = started.addingTimeInterval(Double(request.timeoutSeconds))
    }

    /// Its sandbox, if it has one.
    var living: LivingComputer? {
        switch state {
        case .running(let computer), .frozen(let computer), .storing(let computer): computer
        case .stored, .gone: nil
        }
    }

    var isRunning: Bool {
        if case .running = state { true } else { false }
    }

    func info(_ configuration: ComputerConfiguration) -> ComputerInfo {
        var keepsMemory = true
        switch state {
        case .storing, .stored: keepsMemory = false
        case .running, .frozen, .gone: break
        }
        return ComputerInfo(
            id: id, request: request, templateID: templateID, state: isRunning ? .running : .paused, started: started,
            ends: ends,
            accessToken: accessToken, trafficToken: trafficToken, processors: configuration.processors,
            memoryBytes: configuration.limits.memoryBytes, diskBytes: configuration.limits.diskBytes,
            keepsMemory: keepsMemory)
    }
}
