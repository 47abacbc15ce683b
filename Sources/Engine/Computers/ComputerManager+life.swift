// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Logging
import Store

extension ComputerManager {
    /// How long a computer lives at least after traffic woke it.
    static let timeAfterTraffic = 300

    // MARK: Time

    /// Starts the clock of a computer that runs now.
    func begin(_ record: ComputerRecord) {
        startTimer(record)
        sample(record)
        startSampling()
    }

    private func setEnd(_ record: ComputerRecord, seconds: Int) {
        record.deadline = clock.now() + .seconds(seconds)
        record.ends = clock.date().addingTimeInterval(Double(seconds))
    }

    private func startTimer(_ record: ComputerRecord) {
        record.timer?.cancel()
        let (id, deadline) = (record.id, record.deadline)
        // One task for each computer, cancelled whenever its end changes.
        record.timer = Task { [weak self, clock] in
            guard (try? await clock.sleep(deadline)) != nil else { return }
            await self?.expire(id, deadline: deadline)
        }
    }

    private func expire(_ id: String, deadline: Duration) async {
        guard let record = records[id], record.isRunning, record.deadline == deadline else { return }
        await end(record)
    }

    /// The time is up: pauses or kills.
    private func end(_ record: ComputerRecord) async {
        guard record.request.pausesAtTimeout else { return await kill(record, "its time is up") }
        let deadline = record.deadline
        // A task of its own, as the timer that runs this is cancelled by what it does.
        await Task {
            guard await record.gate.enter() else { return }
            defer { record.gate.leave() }
            // Somebody may have given it more time meanwhile.
            guard !record.isKilled, record.isRunning, record.deadline == deadline else { return }
            do throws(ComputerError) {
                try await pause(record, keepsMemory: record.request.pauseKeepsMemory)
            } catch {
                // It would live on without an end.
                logger.error(
                    "computer could not be paused and is killed",
                    metadata: ["computer": "\(record.id)", "error": "\(error)"])
                beginKill(record, "it could not be paused: \(error)")
            }
        }.value
    }

    public func setTimeout(_ id: String, owner: String, seconds: Int) async throws(ComputerError) {
        let record = try find(id, owner: owner)
        try await enter(record)
        guard record.isRunning else {
            record.gate.leave()
            throw Self.notFound(id)
        }
        guard seconds <= configuration.mostTimeoutSeconds else {
            record.gate.leave()
            throw ComputerError(
                .invalidArgument,
                "the timeout is \(seconds) s; it must be at most \(configuration.mostTimeoutSeconds) s")
        }
        setEnd(record, seconds: max(0, seconds))
        if seconds > 0 { startTimer(record) }
        record.gate.leave()
        if seconds <= 0 { await end(record) }
    }

    public func connect(_ id: String, owner: String, seconds: Int) async throws(ComputerError) -> (
        info: ComputerInfo, resumed: Bool
    ) {
        let record = try find(id, owner: owner)
        guard (1...configuration.mostTimeoutSeconds).contains(seconds) else {
            throw ComputerError(
                .invalidArgument,
                "the timeout is \(seconds) s; it must be from 1 to \(configuration.mostTimeoutSeconds) s")
        }
        try await enter(record)
        defer { record.gate.leave() }
        if record.isRunning {
            if clock.now() + .seconds(seconds) > record.deadline {
                setEnd(record, seconds: seconds)
                startTimer(record)
            }
            return (record.info(configuration), false)
        }
        try await resume(record, seconds: seconds)
        return (record.info(configuration), true)
    }

    public func computer(_ id: String) async throws(ComputerError) -> any Computer {
        guard let record = records[id] else { throw Self.gone }
        if case .running(let computer) = record.state { return computer }
        guard record.request.resumesOnTraffic, case .frozen = record.state else { throw Self.gone }
        do throws(ComputerError) {
            try await enter(record)
        } catch {
            throw Self.gone
        }
        defer { record.gate.leave() }
        if case .frozen = record.state {
            do throws(ComputerError) {
                try await resume(record, seconds: Self.timeAfterTraffic)
            } catch {
                throw error.code == .notFound ? Self.gone : error
            }
        }
        guard case .running(let computer) = record.state else { throw Self.gone }
        return computer
    }

    static let gone = ComputerError(.gone, "The sandbox was not found")

    // MARK: Pause and resume

    public func pause(_ id: String, owner: String, keepsMemory: Bool) async throws(ComputerError) {
        let record = try find(id, owner: owner)
        try await enter(record)
        defer { record.gate.leave() }
        try await pause(record, keepsMemory: keepsMemory)
    }

    /// Under the gate.
    private func pause(_ record: ComputerRecord, keepsMemory: Bool) async throws(ComputerError) {
        guard case .running(let computer) = record.state else {
            throw ComputerError(.conflict, "Sandbox \(record.id) is paused already")
        }
        record.timer?.cancel()
        // First it is not found any more, then its connections are told.
        record.state = keepsMemory ? .frozen(computer) : .storing(computer)
        computer.leave()
        do throws(ComputerError) {
            if keepsMemory {
                try await freeze(computer)
            } else {
                record.state = .stored(try await transfer.save(computer.body))
                await die(computer)
            }
        } catch {
            guard !record.isKilled else { throw Self.notFound(record.id) }
            record.state = .running(computer)
            computer.comeBack()
            startTimer(record)
            throw error
        }
        guard !record.isKilled else { throw Self.notFound(record.id) }
        record.metrics.interrupt()
        record.log.add(keepsMemory ? "computer paused, memory kept" : "computer paused, files kept")
    }

    private func freeze(_ computer: LivingComputer) async throws(ComputerError) {
        do throws(IsolationError) {
            try await computer.body.freeze()
        } catch {
            throw ComputerError(.internalError, "the computer could not be paused: \(error)")
        }
    }

    /// Under the gate. The clock starts anew: `seconds` from now.
    func resume(_ record: ComputerRecord, seconds: Int) async throws(ComputerError) {
        switch record.state {
        case .frozen(let computer):
            do throws(IsolationError) {
                try await computer.body.thaw()
            } catch {
                throw ComputerError(.internalError, "the computer could not be resumed: \(error)")
            }
            guard !record.isKilled else { throw Self.notFound(record.id) }
            computer.comeBack()
            record.state = .running(computer)
        case .stored(let archive):
            let name = "\(record.id)-\(record.generation + 1)"
            let body = try await body(
                id: name, record.request, templateID: record.templateID, archive: archive)
            record.state = .running(living(record, body))
            release(record.request.owner)
            archives.remove(archive)
            // Whoever killed it meanwhile waits at the gate to clean up.
            guard !record.isKilled else { throw Self.notFound(record.id) }
        case .running: return
        case .storing, .gone: throw Self.notFound(record.id)
        }
        setEnd(record, seconds: seconds)
        record.log.add("computer resumed")
        begin(record)
    }

    // MARK: The end

    public func kill(_ id: String, owner: String) async throws(ComputerError) {
        await kill(try find(id, owner: owner), "killed")
    }

    /// The sandbox is dead although nobody killed it.
    func lost(_ id: String, _ generation: Int) async {
        guard let record = records[id], record.generation == generation, record.living != nil else { return }
        logger.error("computer lost its sandbox", metadata: ["computer": "\(id)"])
        await kill(record, "its sandbox died")
    }

    /// Returns when the computer and everything of it are gone, also when the caller's task is cancelled.
    func kill(_ record: ComputerRecord, _ reason: String) async {
        await beginKill(record, reason)?.value
    }

    /// Takes the computer out of the table at once and tells its connections; the rest is done by the task that is returned.
    @discardableResult
    private func beginKill(_ record: ComputerRecord, _ reason: String) -> Task<Void, Never>? {
        guard !record.isKilled else { return nil }
        record.isKilled = true
        records[record.id] = nil
        record.timer?.cancel()
        record.living?.leave()
        logger.info("computer ended", metadata: ["computer": "\(record.id)", "reason": "\(reason)"])
        return Task {
            // Whoever is at work on it fails as soon as its sandbox is gone, and gives the gate free.
            if let computer = record.living { await die(computer) }
            guard await record.gate.enter() else { return }
            defer { record.gate.leave() }
            if let computer = record.living { await die(computer) }
            if case .stored(let archive) = record.state { archives.remove(archive) }
            record.state = .gone
        }
    }

    private func die(_ computer: LivingComputer) async {
        do {
            try await computer.die()
        } catch {
            logger.error(
                "computer could not be removed", metadata: ["computer": "\(computer.id)", "error": "\(error)"])
        }
    }

    func destroy(_ body: any ComputerBody, id: String) async {
        do throws(IsolationError) {
            try await body.destroy()
        } catch {
            logger.error("computer could not be removed", metadata: ["computer": "\(id)", "error": "\(error)"])
        }
    }

    public func shutDown() async {
        isClosed = true
        sampler?.cancel()
        sampler = nil
        let ends = records.values.compactMap { beginKill($0, "the server stops") }
        for end in ends { await end.value }
        // With all places taken, nobody makes a sandbox any more: those who were about to have seen that it is over.
        for _ in 0..<configuration.creations { _ = await creating.enter() }
        for _ in 0..<configuration.creations { creating.leave() }
        try? index.close()
    }
}
