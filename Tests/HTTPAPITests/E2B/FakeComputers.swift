// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Synchronization

/// A service whose computers run nothing; see ``FakeComputer``.
final class FakeComputers: ComputerService {
    private struct State {
        var infos: [ComputerInfo] = []
        var computers: [String: FakeComputer] = [:]
        var snapshots: [ComputerSnapshot] = []
        var created = 0
    }

    private let state = Mutex(State())
    /// All computers are as old as this; each is a second younger than the one before.
    static let beginning = Date(timeIntervalSince1970: 1_800_000_000)

    var created: Int { state.withLock { $0.created } }

    func create(_ request: ComputerRequest) async throws(ComputerError) -> ComputerInfo {
        guard await hasTemplate(request.template, owner: request.owner) else {
            throw ComputerError(.notFound, "no template")
        }
        if request.metadata["full"] != nil { throw ComputerError(.resourceExhausted, "too many") }
        return state.withLock { state in
            state.created += 1
            let id = "i" + String(repeating: "0", count: 19 - String(state.created).count) + String(state.created)
            let traffic = request.allowsPublicTraffic ? nil : "traffic-\(id)"
            let started = Self.beginning.addingTimeInterval(Double(state.created))
            let info = ComputerInfo(
                id: id, request: request, templateID: request.template, state: .running, started: started,
                ends: started.addingTimeInterval(Double(request.timeoutSeconds)), accessToken: "token-\(id)",
                trafficToken: traffic, processors: 2, memoryBytes: 512 << 20, diskBytes: 1 << 30)
            state.infos.append(info)
            state.computers[id] = FakeComputer(info)
            return info
        }
    }

    func list(owner: String) async -> [ComputerInfo] {
        state.withLock { $0.infos.filter { $0.request.owner == owner }.reversed() }
    }

    private func change<Value: Sendable>(
        _ id: String, _ owner: String, _ work: (inout State, Int) -> Result<Value, ComputerError>
    ) throws(ComputerError) -> Value {
        try state.withLock { state -> Result<Value, ComputerError> in
            guard let index = state.infos.firstIndex(where: { $0.id == id && $0.request.owner == owner }) else {
                return .failure(ComputerError(.notFound, "no computer"))
            }
            return work(&state, index)
        }.get()
    }

    func info(_ id: String, owner: String) async throws(ComputerError) -> ComputerInfo {
        try change(id, owner) { .success($0.infos[$1]) }
    }

    func kill(_ id: String, owner: String) async throws(ComputerError) {
        let computer: FakeComputer? = try change(id, owner) { state, index in
            state.infos.remove(at: index)
            return .success(state.computers.removeValue(forKey: id))
        }
        computer?.leave()
    }

    func setTimeout(_ id: String, owner: String, seconds: Int) async throws(ComputerError) {
        try change(id, owner) { state, index in
            state.infos[index].ends = Self.beginning.addingTimeInterval(Double(seconds))
            return .success(())
        }
    }

    func connect(_ id: String, owner: String, seconds: Int) async throws(ComputerError) -> (
        info: ComputerInfo, resumed: Bool
    ) {
        try change(id, owner) { state, index in
            let isPaused = state.infos[index].state == .paused
            state.infos[index].state = .running
            return .success((state.infos[index], isPaused))
        }
    }

    func pause(_ id: String, owner: String, keepsMemory: Bool) async throws(ComputerError) {
        let computer: FakeComputer? = try change(id, owner) { state, index in
            guard state.infos[index].state == .running else { return .failure(ComputerError(.conflict, "paused")) }
            state.infos[index].state = .paused
            return .success(state.computers[id])
        }
        computer?.leave()
    }

    func snapshot(_ id: String, owner: String, name: String?) async throws(ComputerError) -> ComputerSnapshot {
        try change(id, owner) { state, _ in
            let time = Self.beginning.addingTimeInterval(Double(state.snapshots.count))
            let snapshot = ComputerSnapshot(
                id: "\(name ?? "s\(state.snapshots.count)"):default", name: name, computerID: id, created: time)
            state.snapshots.append(snapshot)
            return .success(snapshot)
        }
    }

    func snapshots(owner: String) async -> [ComputerSnapshot] { state.withLock { $0.snapshots.reversed() } }

    func deleteSnapshot(_ id: String, owner: String) async throws(ComputerError) {
        let isThere = state.withLock { state in
            let count = state.snapshots.count
            state.snapshots.removeAll { $0.id == id }
            return state.snapshots.count < count
        }
        if !isThere { throw ComputerError(.notFound, "no snapshot") }
    }

    func fork(_ id: String, owner: String, seconds: Int?) async throws(ComputerError) -> ComputerInfo {
        try await create(try await info(id, owner: owner).request)
    }

    func metrics(
        _ id: String, owner: String, from: Date?, to: Date?
    ) async throws(ComputerError) -> [ComputerMetrics] {
        let info = try await info(id, owner: owner)
        if let to, to < info.started { return [] }
        return [
            ComputerMetrics(
                time: info.started, processors: 2, cpuPercent: 12.5, memoryUsedBytes: 1, memoryTotalBytes: 2,
                diskUsedBytes: 3, diskTotalBytes: 4)
        ]
    }

    func logs(_ id: String, owner: String) async throws(ComputerError) -> [ComputerLogLine] {
        let info = try await info(id, owner: owner)
        return ["one", "two"].map { ComputerLogLine(time: info.started, message: $0) }
    }

    func hasTemplate(_ name: String, owner: String) async -> Bool {
        ["base", "code-interpreter-v1"].contains(name) || state.withLock { $0.snapshots.contains { $0.id == name } }
    }

    func computer(_ id: String) async throws(ComputerError) -> any Computer {
        let computer = state.withLock { state in
            state.infos.contains { $0.id == id && $0.state == .running } ? state.computers[id] : nil
        }
        guard let computer else { throw ComputerError(.gone, "no computer") }
        return computer
    }

    func running() async -> [any Computer] {
        state.withLock { state in
            state.infos.filter { $0.state == .running }.compactMap { state.computers[$0.id] }
        }
    }

    func shutDown() async {}

    func fake(_ id: String) -> FakeComputer? { state.withLock { $0.computers[id] } }
}
