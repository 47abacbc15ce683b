// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPAPI
import Isolation
import Languages
import Logging
import NamespaceDriver
import NestboxCore
import ServiceLifecycle
import Store
import UnixSignals

/// Puts the layers together for the commands: the only place that names concrete drivers, engine, store and server.
struct ServiceFactory: ServiceProvider {
    func makeService(_ configuration: ValidConfiguration) async throws -> any NestboxService {
        var logger = Logger(label: "nestbox", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        return try await makeEngine(configuration, store: nil, logger: logger).engine
    }

    func drivers(_ configuration: ValidConfiguration) async throws -> [any IsolationDriver] {
        let catalog = try catalog(configuration)
        do {
            return [try namespaceDriver(configuration, catalog)]
        } catch {
            return [UnavailableDriver(name: NamespaceDriver.driverName, reason: error)]
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
        let store = try openStore(configuration, logger)
        let (engine, drivers) = try await makeEngine(configuration, store: store, logger: logger)
        let computers = try await makeComputers(configuration, drivers, logger: logger)
        let server = try APIServer(
            configuration: configuration.server, service: engine, computers: computers, logger: logger)
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
        await computers?.shutDown()
        await engine.shutDown()
        try await store.close()
    }

    private func openStore(_ configuration: ValidConfiguration, _ logger: Logger) throws -> SQLiteReportStore {
        let directory = (configuration.databasePath as NSString).deletingLastPathComponent
        // Reports hold other people's code and output.
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let store = try SQLiteReportStore(
            path: configuration.databasePath, retention: Retention(reports: configuration.engine.reportsKept),
            onFailure: { logger.error("reports could not be kept", metadata: ["error": "\($0)"]) })
        if let moved = store.movedAside {
            logger.warning("the report database was damaged and a new one was made", metadata: ["moved_to": "\(moved)"])
        }
        return store
    }

    // MARK: Parts

    private func makeEngine(
        _ configuration: ValidConfiguration, store: (any ReportStore)?, logger: Logger
    ) async throws -> (engine: Engine, drivers: [any IsolationDriver]) {
        let catalog = try catalog(configuration)
        var drivers: [any IsolationDriver] = []
        var unavailable: [String: String] = [:]
        do {
            let driver = try namespaceDriver(configuration, catalog)
            await driver.sweep()
            drivers.append(driver)
        } catch {
            unavailable[NamespaceDriver.driverName] = "\(error)"
        }
        let engine = Engine(
            configuration: configuration.engine, version: NestboxVersion.current, drivers: drivers,
            unavailableDrivers: unavailable, catalog: catalog, store: store, logger: logger)
        return (engine, drivers)
    }

    /// Computers on the configured driver; nil when there are to be none, or when the driver does not work here.
    private func makeComputers(
        _ configuration: ValidConfiguration, _ drivers: [any IsolationDriver], logger: Logger
    ) async throws -> ComputerManager? {
        guard configuration.computers.most > 0,
            let driver = drivers.first(where: { $0.name == configuration.engine.isolation })
        else { return nil }
        return try await ComputerManager(configuration.computers, driver: driver, logger: logger)
    }

    private func namespaceDriver(
        _ configuration: ValidConfiguration, _ catalog: LanguageCatalog
    ) throws(IsolationError) -> NamespaceDriver {
        let isolation = configuration.isolation
        return try NamespaceDriver(
            NamespaceConfiguration(
                acceptRlimitOnly: isolation.acceptRlimitOnly, cgroupParent: isolation.cgroupParent,
                extraPaths: isolation.extraPaths, configurationEntries: catalog.packs.flatMap(\.etc)))
    }

    /// The built-in languages and, over them, the operator's own packs.
    private func catalog(_ configuration: ValidConfiguration) throws -> LanguageCatalog {
        let builtIn = try LanguageCatalog.builtIn()
        guard let directory = configuration.languages.packsDirectory else { return builtIn }
        guard let entries = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw CommandError.usage("cannot list '\(directory)', which 'languages.packs' names; name a directory")
        }
        let names = entries.filter { $0.hasSuffix(".yaml") }.sorted()
        return try builtIn.adding(
            try names.map { name in
                let path = directory + "/" + name
                return (file: path, text: String(decoding: try HostFile.read(path), as: UTF8.self))
            })
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

    func sweep() async -> Int { 0 }
}
