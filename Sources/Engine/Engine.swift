// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Isolation
public import Languages
public import Logging
public import NestboxCore
public import Store
import Synchronization

/// Runs things: checks a request, waits for a place, makes a sandbox, runs, reports, keeps the report.
public final class Engine: NestboxService {
    private struct State {
        var active: [String: Task<RunResult, any Error>] = [:]
    }

    private let configuration: EngineConfiguration
    let version: String
    let preparation: RunPreparation
    let runner: ProgramRunner
    private let reaper: SandboxReaper?
    /// Where prepared sandboxes come from, for those beside the engine that make sandboxes too; nil makes each when it is wanted.
    public let warm: WarmStarts?
    private let versions: ToolchainVersions
    private let compiled: CompileCache?
    private let libraries = InstalledLibraries()
    let queue: RunQueue
    /// Judges submissions on this engine's places.
    let submissionJudge: SubmissionJudge
    private let store: (any ReportStore)?
    let logger: Logger
    private let state = Mutex(State())

    /// Which driver runs and computers get.
    public var isolationRules: IsolationRules { preparation.isolationRules }

    /// - Parameters:
    ///   - drivers: Drivers that work on this machine.
    ///   - unavailableDrivers: Drivers that do not, with the reason, for error messages and capabilities.
    ///   - store: Where reports are kept; nil keeps none.
    ///   - fileExists: Whether the sandbox's template has a file; decides which languages are available; nil
    ///     looks at the host.
    public init(
        configuration: EngineConfiguration, version: String, drivers: [any IsolationDriver],
        unavailableDrivers: [String: String] = [:], catalog: LanguageCatalog, store: (any ReportStore)?, logger: Logger,
        fileExists: (@Sendable (String) -> Bool)? = nil
    ) {
        self.configuration = configuration
        self.version = version
        self.store = store
        self.logger = logger
        let versions = ToolchainVersions(cacheDirectory: configuration.cacheDirectory)
        self.versions = versions
        preparation = RunPreparation(
            configuration: configuration, catalog: catalog,
            drivers: Dictionary(drivers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
            unavailableDrivers: unavailableDrivers,
            fileExists: fileExists ?? { FileManager.default.fileExists(atPath: $0) },
            knownVersion: { versions.known(of: $0) })
        let exists = preparation.fileExists
        func pack(_ name: String) -> LanguagePack? {
            catalog.packs.first { $0.name == name && $0.missingRequirement(exists: exists) == nil }
        }
        // Whoever runs one thing and ends must not end before its sandbox.
        reaper = configuration.warm.map { _ in SandboxReaper(limit: configuration.concurrency, logger: logger) }
        if let settings = configuration.warm, settings.isEnabled,
            let driver = preparation.drivers[configuration.isolation]
        {
            warm = WarmStarts(
                configuration: settings, driver: driver,
                python: pack("python"), node: pack("javascript"),
                concurrency: configuration.concurrency, logger: logger)
        } else {
            warm = nil
        }
        compiled = configuration.warm.flatMap { warm in
            warm.isEnabled && warm.compileCacheBytes > 0 ? CompileCache(mostBytes: warm.compileCacheBytes) : nil
        }
        runner = ProgramRunner(
            configuration: configuration, versions: versions, warm: warm, reaper: reaper, compiled: compiled,
            checkerPacks: Dictionary(
                catalog.packs.filter { $0.missingRequirement(exists: exists) == nil }.map { ($0.name, $0) },
                uniquingKeysWith: { first, _ in first }), logger: logger)
        queue = RunQueue(concurrency: configuration.concurrency, length: configuration.queueLength)
        submissionJudge = SubmissionJudge(preparation: preparation, runner: runner, queue: queue, logger: logger)
    }

    // MARK: NestboxService

    public func run(
        _ request: RunRequest, id: String, onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        await learnVersions(for: request)
        return try await run(preparation.prepare(request), id: id, input: nil, onEvent: onEvent)
    }

    public func run(
        _ request: RunRequest, id: String, input: ProgramInput,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        defer { input.close() }
        await learnVersions(for: request)
        let prepared = try preparation.prepare(request)
        guard case .program = prepared, request.stdin == nil else {
            throw RequestError(
                .conflictingFields,
                "a program that is talked to has its input from the conversation, and is one program",
                field: request.stdin == nil ? "markdown" : "stdin")
        }
        return try await run(prepared, id: id, input: input, onEvent: onEvent)
    }

    private func run(
        _ prepared: PreparedRun, id: String, input: ProgramInput?,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        // A task of its own, so that cancel(id:) reaches the run whoever awaits it; it ends before this call does.
        let work = Task.immediate { try await perform(prepared, id: id, input: input, onEvent: onEvent) }
        state.withLock { $0.active[id] = work }
        defer { _ = state.withLock { $0.active.removeValue(forKey: id) } }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            work.cancel()
        }
    }

    /// Asks the toolchains of a language for their versions when the request wants a certain one.
    private func learnVersions(for request: RunRequest) async {
        guard let (name, version) = request.language.map(LanguageCatalog.nameAndVersion), version != nil,
            let pack = preparation.catalog.pack(named: name), let driver = preparation.drivers[configuration.isolation]
        else { return }
        for toolchain in preparation.toolchains(of: pack) {
            _ = await versions.version(of: toolchain, driver: driver)
        }
    }

    public func report(id: String) async throws -> RunResult? {
        do {
            return try await store?.load(id: id)
        } catch {
            logger.error("report could not be read", metadata: ["run": "\(id)", "error": "\(error)"])
            throw ServiceError(.storeFailed, "the report could not be read")
        }
    }

    public func cancel(id: String) async -> CancelOutcome {
        if let work = state.withLock({ $0.active[id] }) {
            work.cancel()
            return .cancelled
        }
        let isKnown = (try? await store?.load(id: id)) != nil
        return isKnown ? .alreadyFinished : .unknown
    }

    public func languages() async -> [LanguageStatus] {
        var statuses: [LanguageStatus] = []
        for pack in preparation.catalog.packs { statuses.append(await status(of: pack)) }
        return statuses
    }

    public func language(named name: String) async -> LanguageStatus? {
        guard let pack = preparation.catalog.pack(named: name) else { return nil }
        return await status(of: pack)
    }

    private func status(of pack: LanguagePack) async -> LanguageStatus {
        let missing = pack.missingRequirement(exists: preparation.fileExists)
        var others: [LanguageStatus.Version] = []
        for other in pack.otherVersions {
            others.append(
                .init(
                    name: other.selectedVersion ?? "",
                    available: other.missingRequirement(exists: preparation.fileExists) == nil,
                    version: await version(of: other), packages: other.packages))
        }
        return LanguageStatus(
            name: pack.name, aliases: pack.aliases, extensions: pack.extensions, available: missing == nil,
            version: await version(of: pack), compiled: pack.compile != nil, packages: pack.packages,
            missing: missing.map { pack.sentence(missing: $0) }, versions: others,
            libraries: missing == nil ? pack.libraries.map(libraries.list) ?? [] : [])
    }

    /// Nil where the toolchain is not installed, or does not say.
    private func version(of pack: LanguagePack) async -> String? {
        guard pack.missingRequirement(exists: preparation.fileExists) == nil,
            let driver = preparation.drivers[configuration.isolation]
        else { return nil }
        return await versions.version(of: pack, driver: driver)
    }

    public func capabilities() async -> Capabilities {
        var isolation: [DriverStatus] = []
        for driver in preparation.drivers.values.sorted(by: { $0.name < $1.name }) {
            isolation.append(await driver.status())
        }
        for (name, reason) in preparation.unavailableDrivers.sorted(by: { $0.key < $1.key }) {
            let finding = DriverStatus.Finding(name: "driver", level: .fatal, detail: reason)
            isolation.append(
                DriverStatus(driver: name, available: false, limitsEnforcedBy: "none", findings: [finding]))
        }
        return Capabilities(
            version: version, isolationDefault: configuration.isolation, isolation: isolation,
            limitsDefault: .init(configuration.defaultLimits), limitsMaximum: .init(configuration.maximumLimits),
            network: .init(egress: "none"), concurrency: configuration.concurrency, queue: configuration.queueLength)
    }

    /// Takes no new runs, cancels those that go on, and returns when their sandboxes are gone.
    public func shutDown() async {
        queue.close()
        let active = state.withLock { Array($0.active.values) }
        for work in active { work.cancel() }
        for work in active { _ = try? await work.value }
        await warm?.close()
        await reaper?.drain()
    }

    /// Begins to prepare sandboxes for requests to come, where warm starts are wanted. Ends with ``shutDown()``.
    public func openWarmStarts() {
        var limits = configuration.defaultLimits
        if let python = preparation.catalog.packs.first(where: { $0.name == "python" }) {
            limits.memoryBytes = max(limits.memoryBytes, python.memoryBytes ?? 0)
            limits.processes = max(limits.processes, python.processes ?? 0)
        }
        warm?.open(standard: SandboxSpec(id: "", limits: limits))
    }

    /// Nil where every run starts cold.
    public func warmStatus() async -> WarmStatus? { await warm?.status() }

    public func metrics() async -> String {
        var text = MetricsText()
        let (running, waiting) = queue.counts
        text.add("nestbox_runs_running", .gauge, "Runs that go on now.", running)
        text.add("nestbox_runs_waiting", .gauge, "Runs that wait for a place.", waiting)
        if let (entries, bytes, hits) = compiled?.counts {
            text.add("nestbox_compile_cache_entries", .gauge, "Compiled programs that are kept.", entries)
            text.add("nestbox_compile_cache_bytes", .gauge, "Memory that they take.", bytes)
            text.add("nestbox_compile_cache_hits_total", .counter, "Runs that found their program compiled.", hits)
        }
        guard let status = await warm?.status() else { return text.lines }
        text.add("nestbox_warm_prepared", .gauge, "Sandboxes that wait prepared.", status.prepared)
        text.add(
            "nestbox_warm_starts_total", .counter, "Runs and computers that found a prepared sandbox.", status.warmTakes
        )
        text.add(
            "nestbox_warm_misses_total", .counter, "Runs and computers that found none although they could have.",
            status.emptyTakes)
        for zygote in status.zygotes {
            text.add(
                "nestbox_zygote_ready", .gauge, "Whether the zygote can bear children.", zygote.isReady ? 1 : 0,
                label: ("zygote", zygote.name))
        }
        for zygote in status.zygotes {
            text.add(
                "nestbox_zygote_births", .gauge, "Children of the zygote that is there now.", zygote.births,
                label: ("zygote", zygote.name))
        }
        return text.lines
    }

    // MARK: A run

    private func perform(
        _ prepared: PreparedRun, id: String, input: ProgramInput?,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        let clock = SuspendingClock()
        let began = clock.now
        do {
            try await queue.enter()
        } catch is CancellationError {
            return try await finish(Self.cancelled(prepared, id: id), onEvent)
        }
        let result: RunResult
        do {
            result = try await run(prepared, id: id, input: input, queued: began.duration(to: clock.now), onEvent)
        } catch is CancellationError {
            result = Self.cancelled(prepared, id: id)
        } catch {
            queue.leave()
            throw error
        }
        queue.leave()
        return try await finish(result, onEvent)
    }

    private func run(
        _ prepared: PreparedRun, id: String, input: ProgramInput?, queued: Duration,
        _ onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        switch prepared {
        case .program(let program):
            return .program(try await runner.run(program, id: id, input: input, queued: queued, onEvent: onEvent))
        case .markdown(let blocks):
            var reports: [MarkdownReport.Block] = []
            for block in blocks {
                try await onEvent(.block(language: block.program.pack.name, line: block.line))
                let blockID = Identifier.make(prefix: "run")
                let report =
                    Task.isCancelled
                    ? Self.cancelled(block.program, id: blockID)
                    : try await runner.run(block.program, id: blockID, queued: queued, onEvent: onEvent)
                reports.append(
                    .init(language: block.program.pack.name, line: block.line, parts: block.parts, report: report))
            }
            let verdict = reports.first { $0.report.verdict != .ok }?.report.verdict ?? .ok
            return .markdown(MarkdownReport(id: id, verdict: verdict, blocks: reports))
        }
    }

    /// Keeps the report before anybody is told of it, so that an answered run can be looked up.
    private func finish(
        _ result: RunResult, _ onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        if result.verdict == .internalError {
            logger.error(
                "run failed on our side", metadata: ["run": "\(result.id)", "error": "\(result.internalMessage ?? "")"])
        }
        await store?.submit(result)
        try await onEvent(.report(result))
        return result
    }

    // MARK: Runs that were cancelled before they began

    private static func cancelled(_ prepared: PreparedRun, id: String) -> RunResult {
        switch prepared {
        case .program(let program): .program(cancelled(program, id: id))
        case .markdown: .markdown(MarkdownReport(id: id, verdict: .cancelled, blocks: []))
        }
    }

    private static func cancelled(_ program: PreparedProgram, id: String) -> RunReport {
        RunReport(
            id: id, stage: ReportBuilder.empty(verdict: .cancelled),
            language: LanguageReport(
                name: program.pack.name, version: nil, detectedBy: program.language.detectedBy,
                confidence: program.language.confidence),
            compile: nil, warnings: [], error: nil, files: [],
            isolation: IsolationReport(driver: program.driver.name, start: "none", limitsEnforcedBy: "none"),
            timings: Timings())
    }
}

extension RunResult {
    /// Our own failure's message, for the log.
    fileprivate var internalMessage: String? {
        switch self {
        case .program(let report): report.error?.message
        case .markdown(let report): report.blocks.first { $0.report.verdict == .internalError }?.report.error?.message
        }
    }
}
