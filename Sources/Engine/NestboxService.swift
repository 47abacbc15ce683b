// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// What Nestbox does for its callers, whatever they speak. The HTTP API and the command line call only this.
public protocol NestboxService: Sendable {
    /// Runs a request to its end and returns its report; the sandbox is gone when this returns.
    ///
    /// Cancelling the task cancels the run (verdict `cancelled`). `onEvent` is awaited for each event in order, which is
    /// how a slow reader slows the program down; when it throws, the run is cancelled and the error is rethrown.
    ///
    /// - Parameter id: Identifier of the run, from ``Identifier/make(prefix:)`` with prefix `run`.
    /// - Throws: ``RequestError`` for a request that cannot be run as asked (nothing ran). Our own failures are reported
    ///   as verdict `internal_error` when a run had begun, and thrown as ``ServiceError`` when not.
    func run(
        _ request: RunRequest, id: String, onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult

    /// The same for a program that somebody talks to while it runs: `input` is its standard input instead of the request's.
    ///
    /// - Throws: Also ``RequestError`` `conflicting_fields` where there is not exactly one program to talk to.
    func run(
        _ request: RunRequest, id: String, input: ProgramInput,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult

    /// Judges an answer by a problem's unit tests. Cancelling the task ends it.
    ///
    /// - Parameter answer: What a model wrote: code, or Markdown with code in it; the whole function, or what goes on from the
    ///   prompt.
    /// - Throws: ``RequestError`` for a problem that cannot be judged as it asks, or when the queue is full; ``ServiceError``;
    ///   `CancellationError`.
    func judge(_ problem: UnitTestProblem, answer: String, terms: JudgeTerms) async throws -> UnitTestReport

    /// A recent report, or nil when the id is unknown or retention has dropped it.
    func report(id: String) async throws -> RunResult?

    /// Asks a queued or running run to stop.
    func cancel(id: String) async -> CancelOutcome

    /// Every language of the catalogue, available or not, by name.
    func languages() async -> [LanguageStatus]

    /// The language of this name or alias, in any case; nil when there is none.
    func language(named name: String) async -> LanguageStatus?

    /// What this server isolates with and which limits it holds.
    func capabilities() async -> Capabilities

    /// Numbers for monitoring, in Prometheus' text format.
    func metrics() async -> String
}

extension NestboxService {
    public func metrics() async -> String { "" }

    /// A service without such conversations has none.
    public func run(
        _ request: RunRequest, id: String, input: ProgramInput,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        throw ServiceError(.internalError, "programs cannot be talked to here")
    }

    /// A service without a judge has none.
    public func judge(
        _ problem: UnitTestProblem, answer: String, terms: JudgeTerms
    ) async throws -> UnitTestReport {
        throw ServiceError(.internalError, "answers cannot be judged here")
    }

    public func language(named name: String) async -> LanguageStatus? {
        let name = name.lowercased()
        let all = await languages()
        return all.first { $0.name == name } ?? all.first { $0.aliases.contains(name) }
    }
}

public enum CancelOutcome: Sendable, Hashable {
    case cancelled
    case alreadyFinished
    case unknown
}

/// Our own failure before a run could begin. The HTTP API answers 500 and logs it.
public struct ServiceError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case isolationFailed = "isolation_failed"
        case storeFailed = "store_failed"
        case internalError = "internal_error"
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(message) (\(code.rawValue))" }
}

/// Answer of `GET /v1/capabilities`.
public struct Capabilities: Sendable, Hashable, Codable {
    public struct Bounds: Sendable, Hashable, Codable {
        public var wallMilliseconds: Int
        public var cpuMilliseconds: Int
        public var memoryBytes: Int
        public var outputBytes: Int
        public var processes: Int
        public var diskBytes: Int

        public init(_ limits: Limits) {
            wallMilliseconds = limits.wallMilliseconds
            cpuMilliseconds = limits.cpuMilliseconds
            memoryBytes = limits.memoryBytes
            outputBytes = limits.outputBytes
            processes = limits.processes
            diskBytes = limits.diskBytes
        }

        enum CodingKeys: String, CodingKey {
            case wallMilliseconds = "wall_ms"
            case cpuMilliseconds = "cpu_ms"
            case memoryBytes = "memory_bytes"
            case outputBytes = "output_bytes"
            case processes
            case diskBytes = "disk_bytes"
        }
    }

    public struct Network: Sendable, Hashable, Codable {
        /// `none`: a sandbox has only its own loopback interface.
        public var egress: String

        public init(egress: String) { self.egress = egress }
    }

    public var version: String
    /// Driver used when a request names none.
    public var isolationDefault: String
    public var isolation: [DriverStatus]
    public var limitsDefault: Bounds
    public var limitsMaximum: Bounds
    public var network: Network
    /// Runs at one time, and how many more may wait.
    public var concurrency: Int
    public var queue: Int

    public init(
        version: String, isolationDefault: String, isolation: [DriverStatus], limitsDefault: Bounds,
        limitsMaximum: Bounds, network: Network, concurrency: Int, queue: Int
    ) {
        self.version = version
        self.isolationDefault = isolationDefault
        self.isolation = isolation
        self.limitsDefault = limitsDefault
        self.limitsMaximum = limitsMaximum
        self.network = network
        self.concurrency = concurrency
        self.queue = queue
    }

    enum CodingKeys: String, CodingKey {
        case version, isolation, network, concurrency, queue
        case isolationDefault = "isolation_default"
        case limitsDefault = "limits_default"
        case limitsMaximum = "limits_maximum"
    }
}
