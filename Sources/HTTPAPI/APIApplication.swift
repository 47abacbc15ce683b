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
    let batches: (any BatchService)?
    let logger: Logger
    let shutdown = ShutdownState()
    let runs = RunTasks()
    let registry: ConnectionRegistry
    private let budget: BodyBudget
    /// The data sets that SandboxFusion's API speaks about.
    private let tasks: TaskSets
    /// What the E2B API speaks about; nil when it is not served.
    let computers: (any ComputerService)?
    let interpreter: (any InterpreterRoutes)?

    init(
        configuration: ServerConfiguration, service: any NestboxService, batches: (any BatchService)? = nil,
        computers: (any ComputerService)? = nil,
        interpreter: (any InterpreterRoutes)? = nil, tasks: TaskSets = TaskSets(), logger: Logger
    ) {
        self.tasks = tasks
        self.configuration = configuration
        self.service = service
        self.batches = batches
        self.computers = computers
        self.interpreter = interpreter
        self.logger = logger
        budget = BodyBudget(maximum: configuration.maximumBufferedBytes)
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

    struct Route: Sendable {
        let path: String
        let method: HTTPRequest.Method
        let handler: @Sendable (Request, APIContext) async throws -> Response
    }

    /// Everything of the native API, which the OpenAPI document describes.
    func routes() -> [Route] {
        let runRoutes = RunRoutes(
            service: service, bodies: bodies, budget: budget, runs: runs, shutdown: shutdown,
            errors: ErrorReporter(logger: logger), agentRun: AgentRunRoutes(runner: dropInRunner))
        let serverRoutes = ServerRoutes(service: service, batches: batches)
        let batchRoutes = BatchRoutes(batches: batches, bodies: bodies, budget: budget, shutdown: shutdown)
        return [
            Route(path: "/v1/run", method: .post, handler: runRoutes.run),
            Route(path: "/v1/runs/{id}", method: .get, handler: runRoutes.report),
            Route(path: "/v1/runs/{id}", method: .delete, handler: runRoutes.cancel),
            Route(path: "/v1/batches", method: .post, handler: batchRoutes.submit),
            Route(path: "/v1/batches/{id}", method: .get, handler: batchRoutes.status),
            Route(path: "/v1/batches/{id}", method: .delete, handler: batchRoutes.cancel),
            Route(path: "/v1/batches/{id}/results", method: .get, handler: batchRoutes.results),
            Route(path: "/v1/batches/{id}/events", method: .get, handler: batchRoutes.events),
            Route(path: "/v1/languages", method: .get, handler: serverRoutes.languages),
            Route(path: "/v1/capabilities", method: .get, handler: serverRoutes.capabilities),
            Route(path: "/v1/metrics", method: .get, handler: serverRoutes.metrics),
            Route(path: "/healthz", method: .get, handler: serverRoutes.health),
            Route(path: "/openapi.json", method: .get, handler: serverRoutes.document),
        ]
    }

    private var bodies: RequestBodyReader {
        RequestBodyReader(maximumBytes: configuration.maximumBodyBytes, timeout: configuration.bodyTimeout)
    }

    private var dropInRunner: DropInRunner {
        DropInRunner(service: service, bodies: bodies, budget: budget, runs: runs, shutdown: shutdown)
    }

    /// Everything of the APIs of others, which docs/drop-ins.md describes. `POST /v1/run/`, with its slash, is in
    /// ``RunRoutes``, as paths are told apart without it.
    func dropIns() -> [Route] {
        let runner = dropInRunner
        let piston = PistonRoutes(runner: runner, errors: ErrorReporter(logger: logger))
        let agentRun = AgentRunRoutes(runner: runner)
        let fusion = FusionRoutes(runner: runner, tasks: tasks)
        return [
            Route(path: "/api/v2/runtimes", method: .get, handler: piston.runtimes),
            Route(path: "/api/v2/execute", method: .post, handler: piston.execute),
            Route(path: "/api/v2/connect", method: .get, handler: piston.connect),
            Route(path: "/api/v2/packages", method: .get, handler: piston.packages),
            Route(path: "/api/v2/packages", method: .post, handler: piston.changePackages),
            Route(path: "/api/v2/packages", method: .delete, handler: piston.changePackages),
            Route(path: "/run_code", method: .post, handler: fusion.runCode),
            Route(path: "/run_jupyter", method: .post, handler: fusion.runJupyter),
            Route(path: "/submit", method: .post, handler: fusion.submit),
            Route(path: "/get_prompts", method: .post, handler: fusion.prompts),
            Route(path: "/get_prompt_by_id", method: .post, handler: fusion.prompt),
            Route(path: "/list_datasets", method: .get, handler: fusion.listDatasets),
            Route(path: "/list_ids", method: .post, handler: fusion.listIDs),
            Route(path: "/v1/ping", method: .get, handler: fusion.ping),
            Route(path: "/v1/health", method: .get, handler: agentRun.health),
        ]
    }

    func router() -> Router<APIContext> {
        let errors = ErrorReporter(logger: logger)
        let routes = routes() + dropIns()
        var table = RouteTable()
        for route in routes { table.add(route.path, route.method) }
        let router = Router(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
        if let computers {
            router.add(
                middleware: E2BMiddleware(
                    configuration: configuration, service: computers, interpreter: interpreter, shutdown: shutdown,
                    logger: logger))
        }
        router.add(middleware: AccessMiddleware(routes: table, errors: errors, log: AccessLog(logger: logger)))
        router.add(
            middleware: GateMiddleware(
                policy: OriginPolicy(configuration), shutdown: shutdown, routes: table, errors: errors))
        router.add(middleware: APIKeyMiddleware(keys: APIKeys(configuration.apiKeys, rules: configuration.keyRules)))
        for route in routes { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
        return router
    }
}
