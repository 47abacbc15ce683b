// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPAPI
import Isolation
import Languages
import Logging
import MicroVMDriver
import NamespaceDriver
import NestboxCore
import OCIDriver
import ServiceLifecycle
import Store
import UnixSignals

/// Puts the layers together for the commands: the only place that names concrete drivers, engine, store and server.
struct ServiceFactory: ServiceProvider {
    func makeService(_ configuration: ValidConfiguration) async throws -> any NestboxService {
        var logger = Logger(label: "nestbox", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let catalog = try catalog(configuration)
        var engine = configuration.engine
        // Whoever runs one thing and ends has nothing to prepare for.
        engine.warm = nil
        let isolation = await isolation(configuration, catalog)
        engine.isolation = try isolation.resolve(engine.isolation)
        return makeEngine(engine, catalog, isolation, store: nil, logger: logger)
    }

    func makeEvalJudge(_ configuration: ValidConfiguration) async throws -> any EvalJudge {
        var logger = Logger(label: "nestbox", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let catalog = try catalog(configuration)
        let isolation = await isolation(configuration, catalog)
        try await isolation.prove(configuration.isolation.driver)
        let engine = makeEngine(configuration.engine, catalog, isolation, store: nil, logger: logger)
        engine.openWarmStarts()
        return LocalEvalJudge(
            places: configuration.engine.concurrency,
            judging: { item in
                try await engine.judge(
                    item.submission, of: item.problem, options: JudgeOptions(deterministic: item.deterministic))
            }, closing: { await engine.shutDown() })
    }

    func drivers(_ configuration: ValidConfiguration) async throws -> [any IsolationDriver] {
        let catalog = try catalog(configuration)
        return makers(configuration, catalog).map { maker in
            do throws(IsolationError) {
                return try maker.make()
            } catch {
                return UnavailableDriver(name: maker.name, reason: error)
            }
        }
    }

    func detect(_ text: String, filename: String?, _ configuration: ValidConfiguration) async throws -> LanguageReport {
        let detected = try catalog(configuration).detect(filename: filename, code: text)
        return LanguageReport(
            name: detected.pack.name, version: nil, detectedBy: detected.detectedBy, confidence: detected.confidence)
    }

    func serve(
        _ configuration: ValidConfiguration, onListening: @escaping @Sendable (String) async -> Void
    ) async throws {
        let logger = Logger(label: "nestbox", factory: { JSONLogHandler(label: $0) })
        let (settings, limits) = try bound(configuration, logger)
        let catalog = try catalog(configuration)
        let isolation = await isolation(configuration, catalog)
        var bounded = limits
        bounded.isolation = try isolation.resolve(configuration.isolation.driver)
        try await isolation.prove(bounded.isolation)
        try isolation.checkNames(configuration)
        let store = try openStore(configuration, logger)
        let engine = makeEngine(bounded, catalog, isolation, store: store, logger: logger)
        let computers = try await makeComputers(configuration, engine, logger: logger)
        engine.openWarmStarts()
        let batchStore = openBatchStore(configuration, logger)
        let batches = batchStore.map { BatchManager(engine: engine, store: $0, logger: logger) }
        await batches?.start()
        let server = try APIServer(
            configuration: settings, service: engine, batches: batches, computers: computers, logger: logger)
        var group = ServiceGroupConfiguration(
            services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // The server bounds its own drain; this is for a server that does not come back from it.
        group.maximumGracefulShutdownDuration = configuration.server.drainTime + .seconds(30)
        let services = ServiceGroup(configuration: group)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            tasks.addTask { await onListening("\(try await server.boundAddress())") }
            defer { tasks.cancelAll() }
            // The first to end is the announcement, or a server that could not listen.
            try await tasks.waitForAll()
        }
        await batches?.shutDown()
        await computers?.shutDown()
        await engine.shutDown()
        try await store.close()
        try batchStore?.close()
    }

    /// No more connections than leave the sandboxes the descriptors that they need, and no more prepared sandboxes than leave
    /// connections.
    private func bound(
        _ configuration: ValidConfiguration, _ logger: Logger
    ) throws(IsolationError) -> (server: ServerConfiguration, engine: EngineConfiguration) {
        var (server, engine) = (configuration.server, configuration.engine)
        let fitting = try DescriptorBudget.connections(beside: engine.concurrency)
        let wanted = engine.warm.map { $0.isEnabled ? $0.mostPrepared : 0 } ?? 0
        let (prepared, most) = DescriptorBudget.prepared(wanted, of: fitting)
        if prepared < wanted {
            logger.warning(
                "the limit of open files allows fewer prepared sandboxes than warm.prepared",
                metadata: ["allowed": "\(prepared)", "configured": "\(wanted)"])
            engine.warm?.mostPrepared = prepared
        }
        if server.maximumConnections > most {
            logger.warning(
                "the limit of open files allows fewer connections than server.maximum_connections",
                metadata: ["allowed": "\(most)", "configured": "\(server.maximumConnections)"])
            server.maximumConnections = most
        }
        return (server, engine)
    }

    private func openStore(_ configuration: ValidConfiguration, _ logger: Logger) throws -> SQLiteReportStore {
        let directory = (configuration.databasePath as NSString).deletingLastPathComponent
        // Reports hold other people's code and output.
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let store = try SQLiteReportStore(
            path: configuration.databasePath, retention: Retention(reports: configuration.engine.reportsKept),
            onFailure: { failure in
                logger.error(
                    "reports cannot be saved; the newest are kept in memory", metadata: ["error": "\(failure)"])
            },
            onRecovery: { logger.notice("reports are saved again") })
        if let moved = store.movedAside {
            logger.warning("the report database was damaged and a new one was made", metadata: ["moved_to": "\(moved)"])
        }
        return store
    }

    /// Nil when the database of batches cannot be had: everything else is served all the same.
    private func openBatchStore(_ configuration: ValidConfiguration, _ logger: Logger) -> BatchStore? {
        let path = (configuration.databasePath as NSString).deletingPathExtension + "-batches.sqlite"
        do throws(StoreError) {
            return try BatchStore(path: path, retention: configuration.batches)
        } catch {
            logger.error("batches are not served", metadata: ["error": "\(error)"])
            return nil
        }
    }

    // MARK: Parts

    private func makeEngine(
        _ configuration: EngineConfiguration, _ catalog: LanguageCatalog, _ isolation: IsolationChoice,
        store: (any ReportStore)?, logger: Logger
    ) -> Engine {
        Engine(
            configuration: configuration, version: NestboxVersion.current, drivers: isolation.drivers,
            unavailableDrivers: isolation.unavailable.mapValues { "\($0)" }, catalog: catalog, store: store,
            logger: logger)
    }

    /// Every driver of this build, cleaned up after dead processes where it works.
    private func isolation(_ configuration: ValidConfiguration, _ catalog: LanguageCatalog) async -> IsolationChoice {
        var choice = IsolationChoice()
        for maker in makers(configuration, catalog) {
            do throws(IsolationError) {
                let driver = try maker.make()
                await driver.sweep()
                choice.drivers.append(driver)
            } catch {
                choice.unavailable[maker.name] = error
            }
        }
        return choice
    }

    private struct DriverMaker {
        let name: String
        let make: () throws(IsolationError) -> any IsolationDriver
    }

    private func makers(_ configuration: ValidConfiguration, _ catalog: LanguageCatalog) -> [DriverMaker] {
        let namespace = DriverMaker(name: NamespaceDriver.driverName) { () throws(IsolationError) in
            try namespaceDriver(configuration, catalog)
        }
        let microVM = DriverMaker(name: MicroVMDriver.driverName) { () throws(IsolationError) in
            var settings = configuration.isolation.microVM
            settings.cgroupParent = configuration.isolation.cgroupParent
            settings.extraPaths = extraPaths(configuration, catalog)
            settings.configurationEntries = catalog.packs.flatMap(\.etc)
            return try MicroVMDriver(settings)
        }
        let firecracker = DriverMaker(name: FirecrackerConfiguration.driverName) { () throws(IsolationError) in
            var settings = configuration.isolation.firecracker
            settings.memoryOverhead = configuration.isolation.microVM.memoryOverhead
            settings.cgroupParent = configuration.isolation.cgroupParent
            settings.extraPaths = extraPaths(configuration, catalog)
            settings.configurationEntries = catalog.packs.flatMap(\.etc)
            return try MicroVMDriver(settings)
        }
        return [namespace, microVM, firecracker]
            + configuration.runtimes.map { runtime in
                DriverMaker(name: runtime.name) { () throws(IsolationError) in
                    try OCIDriver(
                        OCIConfiguration(
                            runtime: runtime, cgroupParent: configuration.isolation.cgroupParent,
                            extraPaths: extraPaths(configuration, catalog),
                            configurationEntries: catalog.packs.flatMap(\.etc)))
                }
            }
    }

    /// Nil when there are to be none.
    private func makeComputers(
        _ configuration: ValidConfiguration, _ engine: Engine, logger: Logger
    ) async throws -> ComputerManager? {
        guard configuration.computers.most > 0 else { return nil }
        return try await ComputerManager(
            configuration.computers, isolation: engine.isolationRules, warm: engine.warm, logger: logger)
    }

    /// The operator's, and those of toolchains that are installed.
    private func extraPaths(_ configuration: ValidConfiguration, _ catalog: LanguageCatalog) -> [String] {
        let paths = configuration.isolation.extraPaths
        let toolchains = Set(catalog.packs.flatMap(\.paths)).subtracting(paths).sorted()
        return paths + toolchains.filter { FileManager.default.fileExists(atPath: $0) }
    }

    private func namespaceDriver(
        _ configuration: ValidConfiguration, _ catalog: LanguageCatalog
    ) throws(IsolationError) -> NamespaceDriver {
        let isolation = configuration.isolation
        return try NamespaceDriver(
            NamespaceConfiguration(
                acceptRlimitOnly: isolation.acceptRlimitOnly, cgroupParent: isolation.cgroupParent,
                extraPaths: extraPaths(configuration, catalog), configurationEntries: catalog.packs.flatMap(\.etc)))
    }

    /// The built-in languages and, over them, the operator's own packs, with the toolchains that are here.
    private func catalog(_ configuration: ValidConfiguration) throws -> LanguageCatalog {
        let exists = { FileManager.default.fileExists(atPath: $0) }
        let builtIn = try LanguageCatalog.builtIn()
        guard let directory = configuration.languages.packsDirectory else { return try builtIn.placed(exists: exists) }
        guard let entries = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw CommandError.usage("cannot list '\(directory)', which 'languages.packs' names; name a directory")
        }
        let names = entries.filter { $0.hasSuffix(".yaml") }.sorted()
        return try builtIn.adding(
            try names.map { name in
                let path = directory + "/" + name
                return (file: path, text: String(decoding: try HostFile.read(path), as: UTF8.self))
            }
        ).placed(exists: exists)
    }
}

/// Stands for a driver that cannot work on this machine, so that `doctor` can say why.
private struct UnavailableDriver: IsolationDriver {
    let name: String
    let reason: IsolationError

    func status() async -> DriverStatus {
        let finding = DriverStatus.Finding(name: reason.step, level: .fatal, detail: reason.message)
        return DriverStatus(driver: name, available: false, limitsEnforcedBy: "none", findings: [finding])
    }

    func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { throw reason }

    func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox { throw reason }

    func prepare(_ limits: Limits) async throws(IsolationError) -> String { throw reason }

    func sweep() async -> Int { 0 }
}
