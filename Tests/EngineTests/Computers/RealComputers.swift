// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging

@testable import Engine

/// A manager on the namespace driver; its directory is removed with it.
final class RealComputers: Sendable {
    let directory: String
    let manager: ComputerManager

    init(_ change: (inout ComputerConfiguration) -> Void = { _ in }) async throws {
        directory = NSTemporaryDirectory() + "/nestbox-computers-" + ComputerSecret.word(12)
        var configuration = ComputerConfiguration(directory: directory)
        change(&configuration)
        manager = try await ComputerManager(
            configuration,
            isolation: IsolationRules(
                drivers: ["namespace": try EngineFixture.driver.get()], unavailable: [:], standard: "namespace"),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Runs `body` and ends every computer after it.
    static func with(
        _ change: (inout ComputerConfiguration) -> Void = { _ in }, _ body: (RealComputers) async throws -> Void
    ) async throws {
        let all = try await RealComputers(change)
        do {
            try await body(all)
        } catch {
            await all.manager.shutDown()
            throw error
        }
        await all.manager.shutDown()
    }

    func started(_ change: (inout ComputerRequest) -> Void = { _ in }) async throws -> any Computer {
        var request = ComputerRequest(owner: "me", template: "base")
        change(&request)
        return try await manager.computer(try await manager.create(request).id)
    }
}

/// What a process printed and how it ended; without an exit code the computer went away.
struct ProcessOutcome: Equatable {
    var stdout = ""
    var stderr = ""
    var exitCode: Int32?
    var signal: Int32?
}

extension Computer {
    /// Runs a shell command to its end.
    func sh(_ command: String, user: ComputerUser = .user, environment: [String: String] = [:]) async throws
        -> ProcessOutcome
    {
        let process = try await start(
            ComputerProcessRequest(
                command: "/bin/bash", arguments: ["-c", command], environment: environment, user: user))
        return await process.outcome()
    }
}

extension ComputerProcess {
    func outcome() async -> ProcessOutcome {
        var (stdout, stderr): ([UInt8], [UInt8]) = ([], [])
        var outcome = ProcessOutcome()
        let listener = listen()
        while let event = await listener.next() {
            switch event {
            case .stdout(let bytes), .terminal(let bytes): stdout += bytes
            case .stderr(let bytes): stderr += bytes
            case .ended(let exitCode, let signal): (outcome.exitCode, outcome.signal) = (exitCode, signal)
            }
        }
        outcome.stdout = String(decoding: stdout, as: UTF8.self)
        outcome.stderr = String(decoding: stderr, as: UTF8.self)
        return outcome
    }
}
