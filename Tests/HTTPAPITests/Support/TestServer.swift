// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Logging
import NIOCore
import NestboxCore
import ServiceLifecycle
import Synchronization

@testable import HTTPAPI

/// A server on a port of its own, and what it logged.
struct TestServer: Sendable {
    let address: ListenAddress
    let service: FakeService
    let log: LogLines
    private let registry: ConnectionRegistry
    private let group: ServiceGroup
    private let ended: Latch<Void>

    /// Runs `body` beside a server and stops the server afterwards.
    static func run<Value: Sendable>(
        _ configuration: HTTPAPI.ServerConfiguration = .testing, service: FakeService = FakeService(),
        batches: (any BatchService)? = nil, computers: (any ComputerService)? = nil, log: LogLines = LogLines(),
        _ body: @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        let server = try APIServer(
            configuration: configuration, service: service, batches: batches, computers: computers, logger: log.logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() }))
        let ended = Latch<Void>()
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { ended.open(()) }
                try await group.run()
            }
            let value: Value
            do {
                let server = TestServer(
                    address: try await server.boundAddress(), service: service, log: log,
                    registry: server.api.registry, group: group, ended: ended)
                value = try await body(server)
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        }
    }

    /// What SIGTERM does.
    func shutDown() async { await group.triggerGracefulShutdown() }

    /// Returns when the server has ended.
    func waitForEnd() async { await ended.value() }

    /// Connections that the server has open.
    var openConnections: Int { registry.openCount }

    /// - Parameter greeting: Sent as soon as the connection is there, however busy the tests keep the machine.
    func connect(sending greeting: String = "", reads: Bool = true) async throws -> RawConnection {
        try await RawConnection(to: address, greeting: greeting, reads: reads)
    }

    var port: Int {
        if case .tcp(_, let port) = address { port } else { 0 }
    }

    /// Sends one request on a connection of its own and returns the response.
    func request(
        _ method: String = "POST", _ path: String = "/v1/run", headers: [String] = [], body: String? = nil
    ) async throws -> RawResponse {
        let connection = try await connect()
        try await connection.send(Self.text(method, path, headers: headers, body: body))
        let response = try await connection.response(isHead: method == "HEAD")
        await connection.close()
        return response
    }

    /// A request as it goes over the wire.
    static func text(
        _ method: String = "POST", _ path: String = "/v1/run", headers: [String] = [], body: String? = nil
    ) -> String {
        var text = "\(method) \(path) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.lowercased().hasPrefix("host:") }) { text += "Host: localhost\r\n" }
        if let body {
            if !headers.contains(where: { $0.lowercased().hasPrefix("content-type:") }) {
                text += "Content-Type: application/json\r\n"
            }
            text += "Content-Length: \(body.utf8.count)\r\n"
        }
        return text + headers.map { $0 + "\r\n" }.joined() + "\r\n" + (body ?? "")
    }
}

extension HTTPAPI.ServerConfiguration {
    /// Any free port, and times short enough to wait for.
    static var testing: HTTPAPI.ServerConfiguration {
        var configuration = HTTPAPI.ServerConfiguration(listen: .tcp(host: "127.0.0.1", port: 0))
        configuration.drainTime = .seconds(20)
        return configuration
    }
}

/// Lines that were logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger {
        Logger(label: "test") { label in
            JSONLogHandler(label: label, level: .info) { line in self.lines.withLock { $0.append(line) } }
        }
    }

    var all: [String] { lines.withLock { $0 } }

    /// The lines that have this message, decoded.
    func entries(_ message: String) throws -> [JSON] {
        try all.map { try JSON(parsing: $0) }.filter { $0["message"] == .string(message) }
    }

    /// Waits for a line with this message.
    func wait(for message: String) async throws -> JSON {
        while true {
            if let entry = try entries(message).first { return entry }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Waits until `condition` holds. The time limit of the suite ends what would never hold.
func eventually(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(2)) }
}
