// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Isolation
import Languages
import Logging
import NamespaceDriver
import NestboxCore

/// A real engine on the namespace driver, shared by the suites of this target.
enum EngineFixture {
    static let catalog = Result { try LanguageCatalog.builtIn() }

    static let driver = Result {
        try NamespaceDriver(
            NamespaceConfiguration(
                cgroupParent: ProcessInfo.processInfo.environment["NESTBOX_TEST_CGROUP_PARENT"],
                configurationEntries: try catalog.get().packs.flatMap(\.etc)))
    }

    static let engine = Result { try make() }

    static func make(
        _ configuration: EngineConfiguration = EngineConfiguration(concurrency: 4), driver: (any IsolationDriver)? = nil,
        missing: String? = nil
    ) throws -> Engine {
        Engine(
            configuration: configuration, version: "test", drivers: [try driver ?? self.driver.get()],
            catalog: try catalog.get(), store: nil, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            fileExists: { $0 != missing && FileManager.default.fileExists(atPath: $0) })
    }
}

extension Engine {
    /// Runs a request whose report is wanted and nothing else.
    func report(_ request: RunRequest) async throws -> RunReport {
        let result = try await run(request, id: Identifier.make(prefix: "run")) { _ in }
        guard case .program(let report) = result else { throw UnexpectedResult() }
        return report
    }

    func python(
        _ code: String, limits: LimitsRequest = LimitsRequest(), collect: [String] = []
    ) async throws -> RunReport {
        try await report(RunRequest(code: code, language: "python", limits: limits, collect: collect))
    }

    struct UnexpectedResult: Error {}
}
