// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NestboxCore

/// Takes what E2B's clients send, before this server's own rules: requests to computers and to the control plane come in on
/// the same port.
struct E2BMiddleware: RouterMiddleware {
    typealias Context = APIContext

    private let service: any ComputerService
    private let shutdown: ShutdownState
    private let policy: OriginPolicy
    private let control: ControlPlane
    private let data: DataPlane
    private let log: AccessLog
    private let logger: Logger

    init(
        configuration: ServerConfiguration, service: any ComputerService, interpreter: (any InterpreterRoutes)?,
        shutdown: ShutdownState, logger: Logger
    ) {
        self.service = service
        self.shutdown = shutdown
        self.logger = logger
        log = AccessLog(logger: logger)
        policy = OriginPolicy(configuration)
        control = ControlPlane(
            service: service,
            keys: E2BKeys(
                keys: configuration.apiKeys, rules: configuration.keyRules,
                isLoopback: configuration.listen.isLoopback),
            domain: configuration.e2bDomain)
        data = DataPlane(service: service, interpreter: interpreter)
    }

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var route = "e2b -"
        var response: Response
        do {
            let target = try E2BTarget(
                authority: request.head.authority, path: request.uri.path, query: QueryItems(request.uri.query),
                headers: request.headers)
            if target == .native { return try await next(request, context) }
            route = Self.name(of: target, path: request.uri.path)
            if shutdown.isDraining { throw E2BError(.serviceUnavailable, "the server is shutting down") }
            response = try await respond(to: request, target: target, context: context)
        } catch {
            response = Response(report(error, route: route))
        }
        if request.method == .head, response.body.contentLength != 0 { response = response.createHeadResponse() }
        return log.logged(response, method: request.method, route: route, start: start)
    }

    private func respond(to request: Request, target: E2BTarget, context: APIContext) async throws -> Response {
        switch target {
        case .control:
            // A page of a foreign name that points here may not use the key that needs no secret.
            do {
                try policy.checkHost(request.head.authority)
                if let origin = request.headers[.origin] {
                    try policy.checkOrigin(origin, host: request.head.authority)
                }
            } catch {
                throw E2BError(.forbidden, error.message)
            }
            return try await control.respond(to: request, context: context)
        case .port(let id, let port):
            let computer: any Computer
            do {
                computer = try await service.computer(id)
            } catch {
                throw error.code == .gone || error.code == .notFound ? E2BError.sandboxNotFound(id) : E2BError(error)
            }
            return try await data.respond(to: request, computer: computer, port: port, context: context)
        case .signedFile:
            let signature = FileSignature(QueryItems(request.uri.query))
            let operation: FileSignature.Operation = request.method == .post ? .write : .read
            guard
                let computer = await service.running().first(where: {
                    signature.matches(operation, token: $0.accessToken)
                })
            else { throw E2BError(.unauthorized, "invalid signature") }
            return try await data.respond(
                to: request, computer: computer, port: E2BTarget.envdPort, context: context)
        case .token(let token, let port):
            guard let computer = await service.running().first(where: { Secret.isEqual($0.accessToken, token) }) else {
                throw E2BError.tokenNeeded
            }
            return try await data.respond(to: request, computer: computer, port: port, context: context)
        case .nobody, .native: throw E2BError.tokenNeeded
        }
    }

    // MARK: Errors and names

    private func report(_ error: any Error, route: String) -> E2BError {
        switch error {
        case let error as E2BError: return error
        case let error as ComputerError: return E2BError(error)
        case let error as RPCError: return E2BError(error.status, error.message)
        case is BrokenBody: return E2BError(.badRequest, "the body ended before its end")
        case is GzipError: return E2BError(.badRequest, "the gzip body is damaged")
        default:
            logger.error("request failed", metadata: ["error": "\(error)", "route": "\(route)"])
            return E2BError(.internalServerError, "the server failed; its log has the cause")
        }
    }

    /// What the log calls it; no identifiers and no names of files are in it.
    private static func name(of target: E2BTarget, path: String) -> String {
        switch target {
        case .control: ControlPlane.name(of: path)
        case .signedFile: "envd /files"
        case .port(_, E2BTarget.envdPort), .token(_, E2BTarget.envdPort): EnvdRoutes.name(of: path)
        case .port(_, E2BTarget.interpreterPort), .token(_, E2BTarget.interpreterPort):
            "interpreter /\(path.split(separator: "/").first.flatMap { ["execute", "contexts", "health"].contains($0) ? $0 : nil } ?? "-")"
        case .port, .token: "port"
        case .nobody, .native: "e2b -"
        }
    }
}

/// Requests to one computer, by port.
struct DataPlane: Sendable {
    private let service: any ComputerService
    private let interpreter: (any InterpreterRoutes)?
    private let connections: ComputerConnections
    private let envd: EnvdRoutes
    private let ports = PortRoutes()

    init(service: any ComputerService, interpreter: (any InterpreterRoutes)?) {
        self.service = service
        self.interpreter = interpreter
        let watchers = WatcherTable()
        connections = ComputerConnections { id in watchers.removeAll(of: id) }
        envd = EnvdRoutes(watchers: watchers)
    }

    func respond(
        to request: Request, computer: any Computer, port: Int, context: APIContext
    ) async throws -> Response {
        let exchange = DataExchange(
            request: request, computer: computer, context: context, connections: connections)
        let lease = connections.enter(computer, context.channel)
        defer { lease.release() }
        do {
            if port == E2BTarget.envdPort { return try await envd.respond(exchange) }
            try checkTraffic(request, computer)
            guard port == E2BTarget.interpreterPort, let interpreter else {
                return try await ports.respond(exchange, port: port)
            }
            if request.uri.path == "/execute" { try checkAccess(request, computer) }
            let response = try await interpreter.respond(to: request, computer: computer, context: context)
            return guarded(response, exchange)
        } catch let error as ComputerError {
            guard error.code == .gone else { throw E2BError(error) }
            throw E2BError.sandboxNotFound(computer.id)
        }
    }

    /// The interpreter's streams, too, are reset when their computer goes.
    private func guarded(_ response: Response, _ exchange: DataExchange) -> Response {
        guard response.body.contentLength == nil else { return response }
        var response = response
        let body = response.body
        let lease = connections.enter(exchange.computer, exchange.context.channel)
        response.body = ResponseBody { writer in
            defer { lease.release() }
            do {
                try await body.write(writer)
            } catch {
                await ComputerConnections.reset(exchange.context.channel)
                throw error
            }
        }
        return response
    }

    /// Where public traffic is off, only who has its token may come in.
    private func checkTraffic(_ request: Request, _ computer: any Computer) throws(E2BError) {
        guard let token = computer.trafficToken else { return }
        if let shown = request.headers[.trafficToken], Secret.isEqual(shown, token) { return }
        let isMissing = !request.headers.contains(.trafficToken)
        var error = E2BError(
            .forbidden,
            "the header 'e2b-traffic-access-token' is \(isMissing ? "missing" : "wrong"); this sandbox takes no public traffic"
        )
        error.sandboxID = computer.id
        throw error
    }

    private func checkAccess(_ request: Request, _ computer: any Computer) throws(E2BError) {
        guard let token = request.headers[.accessToken], Secret.isEqual(token, computer.accessToken) else {
            throw E2BError.tokenNeeded
        }
    }
}
