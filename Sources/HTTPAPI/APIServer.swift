// SPDX-License-Identifier: Apache-2.0
public import Engine
import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import NestboxCore
public import ServiceLifecycle
import Synchronization

/// The HTTP server. Put it into a `ServiceGroup`; it ends when the group shuts down gracefully or its task is cancelled.
///
/// A graceful shutdown stops accepting at once, answers new requests on open connections with `shutting_down`, waits up to
/// ``ServerConfiguration/drainTime`` for runs, cancels what still runs, and closes what is still open a little later.
public final class APIServer: Service {
    /// From the cancelling of runs to the closing of their connections: time to send the reports.
    private static let lastReports = Duration.seconds(5)

    private let configuration: ServerConfiguration
    let api: APIApplication
    private let logger: Logger
    private let bound = Latch<Result<ListenAddress, any Error>>()

    /// - Parameters:
    ///   - batches: Nil where batches cannot be kept: their routes say so.
    ///   - computers: What the E2B API serves; nil serves none of it.
    /// - Throws: ``RequestError`` `invalid_configuration`; see ``ServerConfiguration/validate()``; also for
    ///   a data set that cannot be read.
    public init(
        configuration: ServerConfiguration, service: any NestboxService, batches: (any BatchService)? = nil,
        computers: (any ComputerService)? = nil, logger: Logger
    ) throws(RequestError) {
        try configuration.validate()
        self.configuration = configuration
        self.logger = logger
        api = APIApplication(
            configuration: configuration, service: service, batches: batches, computers: computers,
            interpreter: computers.map { _ in InterpreterResponder(registry: InterpreterRegistry()) },
            tasks: try TaskSets(files: configuration.datasets), logger: logger)
    }

    /// Where the server listens, with the port that was chosen for port 0. Waits until it listens.
    ///
    /// - Throws: What kept it from listening.
    public func boundAddress() async throws -> ListenAddress {
        try await bound.value().get()
    }

    /// - Throws: ``RequestError`` `invalid_configuration` when the address cannot be listened on.
    public func run() async throws {
        do {
            switch configuration.listen {
            case .tcp(let host, let port):
                try await serve(.hostname(host, port: port)) { [bound, logger] channel in
                    let address = ListenAddress.tcp(host: host, port: channel.localAddress?.port ?? port)
                    logger.info("listening", metadata: ["address": "\(address)"])
                    bound.open(.success(address))
                }
            case .unix(let path):
                let socket = try await UnixSocket.prepare(path: path)
                defer { socket.remove() }
                try await serve(.unixDomainSocket(path: socket.temporaryPath)) {
                    [bound, logger, configuration] channel in
                    do {
                        try socket.publish()
                        logger.info("listening", metadata: ["address": "\(configuration.listen)"])
                        bound.open(.success(configuration.listen))
                    } catch {
                        bound.open(.failure(error))
                        channel.close(promise: nil)
                    }
                }
            }
            bound.open(.failure(CancellationError()))
            if case .failure(let error as RequestError) = await bound.value() { throw error }
        } catch {
            let error = listenError(error)
            bound.open(.failure(error))
            throw error
        }
    }

    private func serve(
        _ address: BindAddress, onBound: @escaping @Sendable (any Channel) -> Void
    ) async throws {
        let application = api.application(address: address, onServerRunning: onBound)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await application.run()
                    return true
                }
                group.addTask { try await self.drain() }
                while let isOver = try await group.next(), !isOver {}
                group.cancelAll()
            }
        } onGracefulShutdown: { [api] in
            api.shutdown.beginDraining()
        }
    }

    /// Ends what the application itself would wait for without end.
    private func drain() async throws -> Bool {
        do {
            try await gracefulShutdown()
            logger.info("shutting down", metadata: ["drain_time": "\(configuration.drainTime)"])
            try await Task.sleep(for: configuration.drainTime)
            let count = api.runs.cancelAll()
            logger.warning("cancelled what was still running", metadata: ["runs": "\(count)"])
            try await Task.sleep(for: Self.lastReports)
            api.registry.closeAll()
        } catch is CancellationError {}
        return false
    }

    private func listenError(_ error: any Error) -> any Error {
        guard let error = error as? IOError else { return error }
        return RequestError(
            .invalidConfiguration, "cannot listen on \(configuration.listen): \(error.localizedReason)", field: "listen"
        )
    }
}

extension IOError {
    /// What the kernel said, without the name of the call.
    fileprivate var localizedReason: String {
        let error = NSError(domain: NSPOSIXErrorDomain, code: Int(errnoCode))
        return error.localizedFailureReason ?? error.localizedDescription
    }
}

/// A value that is set once and waited for by any number of tasks.
final class Latch<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [CheckedContinuation<Value, Never>] = []
    }

    private let state = Mutex(State())

    /// Sets the value; later calls change nothing.
    func open(_ value: Value) {
        let waiters = state.withLock { state in
            guard state.value == nil else { return [CheckedContinuation<Value, Never>]() }
            state.value = value
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state in
                if state.value == nil { state.waiters.append(continuation) }
                return state.value
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
