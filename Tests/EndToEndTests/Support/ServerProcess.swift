// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

/// A `nestbox serve` that is ready.
struct ServerProcess: Sendable {
    let process: NestboxProcess
    let endpoint: Endpoint

    /// Starts a server and waits until it answers `GET /healthz`.
    ///
    /// - Parameters:
    ///   - configuration: Text of a configuration file.
    ///   - wrapper: See ``NestboxProcess``.
    init(
        home: URL, unixSocket: String? = nil, configuration: String = "", arguments: [String] = [],
        environment: [String: String] = [:], wrapper: [String] = []
    ) async throws {
        let listen: String
        if let unixSocket {
            endpoint = .unix(path: unixSocket)
            listen = "unix:\(unixSocket)"
        } else {
            let port = try freePort()
            endpoint = .loopback(port: port)
            listen = "127.0.0.1:\(port)"
        }
        let file = home.appending(path: "nestbox.yaml")
        try Data(configuration.utf8).write(to: file)
        process = try NestboxProcess(
            ["serve", "--listen", listen, "--config", file.path] + arguments, home: home, environment: environment,
            wrapper: wrapper)
        let (server, endpoint) = (process, endpoint)
        let ready = await eventually(within: .seconds(30)) {
            guard server.process.isRunning else { return true }
            let answer = try? await blocking { try Self.exchange(HTTPRequest(path: "/healthz"), with: endpoint) }
            return answer?.status == 200
        }
        try #require(ready && process.process.isRunning, "the server did not become ready: \(process.stderr)")
    }

    private static func exchange(_ request: HTTPRequest, with endpoint: Endpoint) throws -> HTTPResponse {
        let connection = try Connection(to: endpoint)
        try connection.send(request.bytes)
        var reader = HTTPResponseReader(connection)
        return try reader.response()
    }

    func exchange(_ request: HTTPRequest) async throws -> HTTPResponse {
        let endpoint = endpoint
        return try await blocking { try Self.exchange(request, with: endpoint) }
    }

    func get(_ path: String) async throws -> HTTPResponse { try await exchange(HTTPRequest(path: path)) }

    func run(_ request: RunRequest) async throws -> RunReport { try await exchange(.run(request)).report() }

    func run(python code: String, limits: LimitsRequest = LimitsRequest()) async throws -> RunReport {
        try await run(RunRequest(code: code, language: "python", limits: limits))
    }

    /// Sends a request and leaves the connection open.
    func open(_ request: HTTPRequest) async throws -> Connection {
        let endpoint = endpoint
        return try await blocking {
            let connection = try Connection(to: endpoint)
            try connection.send(request.bytes)
            return connection
        }
    }

    var sandboxProcesses: [Int32] { MachineState.sandboxProcesses(of: process.pid) }
    var guestAgents: [Int32] { MachineState.guestAgents(of: process.pid) }

    /// Memory of the server process in bytes, without swap.
    func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1024
    }

    func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd").count
    }

    /// SIGTERM, and what comes of it.
    func stop() async throws -> NestboxProcess.Outcome {
        process.signal(SIGTERM)
        return try await process.finish(within: .seconds(60))
    }
}

/// Runs a test against a server of its own, stops it, and checks that nothing is left on the machine.
func withServer(
    configuration: String = "", environment: [String: String] = [:], wrapper: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (ServerProcess) async throws -> Void
) async throws {
    try await withScratchDirectory { home in
        let before = MachineState()
        let server = try await ServerProcess(
            home: home, configuration: configuration, environment: environment, wrapper: wrapper)
        do {
            try await body(server)
        } catch {
            server.process.signal(SIGKILL)
            _ = try await server.process.finish()
            throw error
        }
        if server.process.process.isRunning {
            let outcome = try await server.stop()
            #expect(outcome.exitCode == 0, "the server ended badly: \(outcome.stderr)", sourceLocation: sourceLocation)
        }
        await before.expectNothingLeft(sourceLocation: sourceLocation)
        let temporary = try FileManager.default.contentsOfDirectory(atPath: home.appending(path: "tmp").path)
        #expect(temporary.isEmpty, "temporary files are left", sourceLocation: sourceLocation)
    }
}
