// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPAPI
import Isolation
import Languages
import Logging
import NamespaceDriver
import NestboxCore
import Store

/// Puts the layers together for the commands: the only place that names concrete drivers, engine, store and server.
struct ServiceFactory: ServiceProvider {
    func makeService(_ configuration: ValidConfiguration) async throws -> any NestboxService {
        var logger = Logger(label: "nestbox", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        return try await makeEngine(configuration, store: nil, logger: logger)
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
        throw ServiceError(.internalError, "this build has no server linked")
    }

    // MARK: Parts

    private func makeEngine(
        _ configuration: ValidConfiguration, store: (any ReportStore)?, logger: Logger
    ) async throws -> Engine {
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
        return Engine(
            configuration: configuration.engine, version: NestboxVersion.current, drivers: drivers,
            unavailableDrivers: unavailable, catalog: catalog, store: store, logger: logger)
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
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".yaml") }.sorted()
        return try builtIn.adding(
            try names.map { name in
                let path = directory + "/" + name
                return (file: path, text: try String(contentsOfFile: path, encoding: .utf8))
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
