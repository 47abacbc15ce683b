// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NestboxCore

/// Everything between a socket and the service, put together.
struct APIApplication: Sendable {
    let configuration: ServerConfiguration
    let service: any NestboxService
    let logger: Logger
    let shutdown = ShutdownState()
    let runs = RunTasks()
    let registry: ConnectionRegistry

    init(configuration: ServerConfiguration, service: any NestboxService, logger: Logger) {
        self.configuration = configuration
        self.service = service
        self.logger = logger
        registry = ConnectionRegistry(maximum: configuration.maximumConnections)
    }

    /// The application listening on `address`.
    func application(
        address: BindAddress, onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) -> Application<RouterResponder<APIContext>> {
        Application(
            router: router(),
            server: HTTPServerBuilder { [configuration, registry] responder in
                GuardedChannel(responder: responder, configuration: configuration, registry: registry)
            },
            configuration: ApplicationConfiguration(
                address: address, backlog: 1024,
                availableConnectionsDelegate: ConnectionGate(registry: registry)),
            onServerRunning: { [registry, logger] channel in
                let isGuarded = channel.eventLoop.makePromise(of: Void.self)
                channel.eventLoop.execute {
                    isGuarded.completeWith(
                        Result {
                            try channel.pipeline.syncOperations.addHandler(
                                AcceptErrorHandler(registry: registry, logger: logger), position: .first)
                        })
                }
                try? await isGuarded.futureResult.get()
                await onServerRunning(channel)
            },
            logger: quietLogger)
    }

    /// Hummingbird's own notices of what this server logs itself are for debugging only.
    private var quietLogger: Logger {
        var quiet = logger
        if quiet.logLevel == .info { quiet.logLevel = .notice }
        return quiet
    }

    func router() -> Router<APIContext> {
        let errors = ErrorReporter(logger: logger)
        let runRoutes = RunRoutes(
            service: service,
            bodies: RequestBodyReader(
                maximumBytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout),
            budget: BodyBudget(maximum: configuration.maximumBufferedBytes), runs: runs, shutdown: shutdown, errors: errors)
        let serverRoutes = ServerRoutes(service: service)
        typealias Handler = @Sendable (Request, APIContext) async throws -> Response
        let routes: [(String, HTTPRequest.Method, Handler)] = [
            ("/v1/run", .post, runRoutes.run),
            ("/v1/runs/{id}", .get, runRoutes.report),
            ("/v1/runs/{id}", .delete, runRoutes.cancel),
            ("/v1/languages", .get, serverRoutes.languages),
            ("/v1/capabilities", .get, serverRoutes.capabilities),
            ("/healthz", .get, serverRoutes.health),
            ("/openapi.json", .get, serverRoutes.document),
        ]
        var table = RouteTable()
        for (path, method, _) in routes { table.add(path, method) }

        let router = Router(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: AccessMiddleware(routes: table, errors: errors, logger: logger))
        router.add(
            middleware: GateMiddleware(policy: OriginPolicy(configuration), shutdown: shutdown, routes: table, errors: errors))
        router.add(middleware: APIKeyMiddleware(keys: APIKeys(configuration.apiKeys)))
        for (path, method, handler) in routes { router.on(RouterPath(path), method: method, use: handler) }
        return router
    }
}
