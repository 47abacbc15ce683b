// SPDX-License-Identifier: Apache-2.0
public import Foundation
import Isolation
public import Logging
import NestboxCore
import Store

/// Makes computers, keeps them alive for their time, pauses and resumes them, and ends them.
///
/// Everything about one computer that spans an await happens under its gate (``ComputerRecord/gate``); a kill does not wait for
/// it: it takes the computer out of the table, ends its sandbox, and cleans up behind whoever was at work.
public actor ComputerManager: ComputerService {
    let configuration: ComputerConfiguration
    let clock: ComputerClock
    let makeBody: BodyMaker
    /// Nil takes whatever bodies there are.
    let isolation: IsolationRules?
    let archives: ArchiveDirectory
    let index: SnapshotIndex
    let logger: Logger
    let creating: Places

    var records: [String: ComputerRecord] = [:]
    /// Sandboxes that are being made, by owner; they count as computers.
    var reserved: [String: Int] = [:]
    var isClosed = false
    var sampler: Task<Void, Never>?

    /// - Throws: ``ComputerError`` or ``StoreError`` when the directory of snapshots cannot be used.
    ///
    /// - Parameter warm: Where prepared computers come from; nil makes each when it is wanted.
    public init(
        _ configuration: ComputerConfiguration, isolation: IsolationRules, warm: WarmStarts? = nil, logger: Logger
    ) async throws {
        try await self.init(
            configuration, clock: .system, logger: logger, isolation: isolation,
            makeBody: SandboxBody.maker(isolation, warm: warm))
    }

    init(
        _ configuration: ComputerConfiguration, clock: ComputerClock, logger: Logger,
        isolation: IsolationRules? = nil, makeBody: @escaping BodyMaker
    ) async throws {
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.makeBody = makeBody
        self.isolation = isolation
        creating = Places(configuration.creations)
        try FileManager.default.createDirectory(
            atPath: configuration.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        index = try SnapshotIndex(path: configuration.directory + "/snapshots.sqlite")
        archives = try ArchiveDirectory(
            configuration.directory + "/archives", mostBytes: configuration.storedBytes,
            known: Set(try await index.all(owner: nil).map(\.archive)))
    }

    // MARK: Making

    public func create(_ request: ComputerRequest) async throws(ComputerError) -> ComputerInfo {
        try check(request)
        let (templateID, archive) = try await template(request.template, owner: request.owner)
        do throws(RequestError) {
            _ = try isolation?.driver(
                asked: request.isolation, template: templateID, allowed: request.allowedIsolation)
        } catch {
            throw ComputerError(.invalidArgument, error.message)
        }
        return try await make(request, templateID: templateID, archive: archive)
    }

    private func check(_ request: ComputerRequest) throws(ComputerError) {
        guard (1...configuration.mostTimeoutSeconds).contains(request.timeoutSeconds) else {
            throw ComputerError(
                .invalidArgument,
                "the timeout is \(request.timeoutSeconds) s; it must be from 1 to \(configuration.mostTimeoutSeconds) s"
            )
        }
        try ProcessRequestRules.check(environment: request.environment)
        if !request.pauseKeepsMemory {
            guard request.pausesAtTimeout, !request.resumesOnTraffic else {
                throw ComputerError(
                    .invalidArgument,
                    "a pause without memory needs a pause at the end of the time, and no resume on traffic")
            }
        }
    }

    /// A computer from a template or from an archive of files.
    func make(_ wanted: ComputerRequest, templateID: String, archive: StoredArchive?) async throws(ComputerError)
        -> ComputerInfo
    {
        var request = wanted
        // There is no way out of a sandbox, whatever was asked for.
        request.wantsInternet = false
        let id = ComputerSecret.computerID()
        let body = try await body(id: id, request, templateID: templateID, archive: archive)
        // From here to the end nothing waits: the computer is in the table as soon as its reservation is given back.
        let now = clock.now()
        let record = ComputerRecord(
            id: id, accessToken: ComputerSecret.token(),
            trafficToken: request.allowsPublicTraffic ? nil : ComputerSecret.token(), request: request,
            templateID: templateID,
            started: clock.date(), deadline: now + .seconds(request.timeoutSeconds), log: ComputerLog(clock: clock))
        record.state = .running(living(record, body))
        release(request.owner)
        records[id] = record
        record.log.add("computer started from \(templateID)")
        begin(record)
        return record.info(configuration)
    }

    /// A sandbox with the files of `archive`. The caller gives the reservation back with ``release(_:)``, unless this throws.
    func body(
        id: String, _ request: ComputerRequest, templateID: String, archive: StoredArchive?
    ) async throws(ComputerError) -> any ComputerBody {
        let owner = request.owner
        try reserve(owner)
        guard await creating.enter() else {
            release(owner)
            throw Self.cancelled
        }
        defer { creating.leave() }
        do throws(ComputerError) {
            guard !isClosed else { throw Self.stopping }
            let body = try await body(
                id: id,
                BodyWish(
                    interprets: templateID == Self.interpreterTemplate, isolation: request.isolation,
                    template: templateID, allowedIsolation: request.allowedIsolation))
            do throws(ComputerError) {
                if let archive { try await transfer.restore(archive, into: body) }
                guard !isClosed else { throw Self.stopping }
                guard !Task.isCancelled else { throw Self.cancelled }
            } catch {
                await destroy(body, id: id)
                throw error
            }
            return body
        } catch {
            release(owner)
            throw error
        }
    }

    private func body(id: String, _ wish: BodyWish) async throws(ComputerError) -> any ComputerBody {
        do throws(IsolationError) {
            return try await makeBody(id, configuration.limits, wish)
        } catch {
            if Task.isCancelled { throw Self.cancelled }
            if error.lacksProfile {
                throw ComputerError(.unimplemented, "this server makes no computers: \(error.message)")
            }
            logger.error("computer could not be made", metadata: ["computer": "\(id)", "error": "\(error)"])
            throw ComputerError(.internalError, "the sandbox could not be made: \(error)")
        }
    }

    func living(_ record: ComputerRecord, _ body: any ComputerBody) -> LivingComputer {
        let id = record.id
        record.generation += 1
        let generation = record.generation
        let computer = LivingComputer(
            id: id, accessToken: record.accessToken, trafficToken: record.trafficToken,
            environment: record.request.environment, requestHost: record.request.requestHost,
            templateID: record.templateID, body: body, log: record.log, clock: clock,
            // The one who finds out is a process of the computer itself, which ends with it.
            onLoss: { [weak self] in Task { await self?.lost(id, generation) } },
            measure: { [weak self] in await self?.measure(id) })
        if record.templateID == Self.interpreterTemplate { InterpreterService.answerHealth(in: computer) }
        return computer
    }

    var transfer: ArchiveTransfer {
        // tar adds a header to every file.
        ArchiveTransfer(
            directory: archives,
            mostBytes: configuration.limits.diskBytes + configuration.limits.diskBytes / 4 + (64 << 20))
    }

    // MARK: How many there are

    private func reserve(_ owner: String) throws(ComputerError) {
        guard !isClosed else { throw Self.stopping }
        let own = records.values.count { $0.living != nil && $0.request.owner == owner } + reserved[owner, default: 0]
        guard own < configuration.mostPerOwner else {
            throw ComputerError(
                .resourceExhausted, "you have \(own) computers already, the most one may have; kill one first")
        }
        let all = records.values.count { $0.living != nil } + reserved.values.reduce(0, +)
        guard all < configuration.most else {
            throw ComputerError(
                .resourceExhausted, "this server has \(all) computers already, the most it may; try again later")
        }
        reserved[owner, default: 0] += 1
    }

    func release(_ owner: String) {
        let left = reserved[owner, default: 1] - 1
        reserved[owner] = left == 0 ? nil : left
    }

    // MARK: Finding

    public func list(owner: String) async -> [ComputerInfo] {
        records.values.filter { $0.request.owner == owner }
            .sorted { ($0.started, $0.id) > ($1.started, $1.id) }
            .map { $0.info(configuration) }
    }

    public func info(_ id: String, owner: String) async throws(ComputerError) -> ComputerInfo {
        try find(id, owner: owner).info(configuration)
    }

    public func running() async -> [any Computer] {
        records.values.compactMap { $0.isRunning ? $0.living : nil }
    }

    public func logs(_ id: String, owner: String) async throws(ComputerError) -> [ComputerLogLine] {
        try find(id, owner: owner).log.lines
    }

    public func metrics(_ id: String, owner: String, from: Date?, to: Date?) async throws(ComputerError)
        -> [ComputerMetrics]
    {
        try find(id, owner: owner).metrics.points(from: from, to: to)
    }

    func find(_ id: String, owner: String) throws(ComputerError) -> ComputerRecord {
        guard let record = records[id], record.request.owner == owner else { throw Self.notFound(id) }
        return record
    }

    /// Waits until nobody else changes the computer. The caller leaves the gate.
    func enter(_ record: ComputerRecord) async throws(ComputerError) {
        guard await record.gate.enter() else { throw Self.cancelled }
        guard !record.isKilled else {
            record.gate.leave()
            throw Self.notFound(record.id)
        }
    }

    static func notFound(_ id: String) -> ComputerError {
        ComputerError(.notFound, "Sandbox \"\(id)\" doesn't exist or you don't have access to it")
    }

    static let cancelled = ComputerError(.gone, "the call was cancelled")
    static let stopping = ComputerError(.resourceExhausted, "the server is stopping")
}
