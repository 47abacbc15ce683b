// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation
import Languages
import Logging
import NestboxCore
import Synchronization

/// How a run's sandbox and interpreter came to be: `isolation.start` of a report.
public enum StartKind: String, Sendable, Hashable {
    /// The sandbox was prepared before the request came, with its interpreter waiting where there is a zygote for it.
    case warm
    /// The sandbox was made for the request; its interpreter was forked from a zygote.
    case forked
    /// Everything was made and started for the request.
    case cold
}

/// Sandboxes for runs, prepared where that was possible. Owns pools and zygotes.
public final class WarmStarts: Sendable {
    struct Taken: Sendable {
        let sandbox: any Sandbox
        let adopted: AdoptedProgram?
        let start: StartKind
        /// A moment before the sandbox was made.
        var began = Date.now
    }

    /// The zygote of the Python kernel of computers.
    private static let kernelZygote = "kernel"
    private static let kernelModules = [
        "asyncio", "base64", "codecs", "fcntl", "json", "select", "shlex", "shutil", "struct", "subprocess", "termios",
        "IPython.core.completerlib", "IPython.core.displayhook", "IPython.core.displaypub", "IPython.core.error",
        "IPython.core.formatters",
        "IPython.core.interactiveshell", "traitlets.config",
    ]
    /// What Python sees of a computer's environment when it starts, as far as it matters to it.
    ///
    /// `LC_CTYPE` is what the kernel's host sets before it starts one where nothing says how characters are encoded (PEP 538).
    static let kernelEnvironment = ProcessRequestRules.environment(
        user: .user, computer: [:], request: kernelRequest, id: "", templateID: "")
    static let kernelRequest = ["LC_CTYPE": "C.UTF-8"]

    /// Sandboxes for the standard limits to keep where the driver has no zygotes.
    private static let standardKept = 2
    private static let housekeeping = Duration.seconds(5)
    /// Kinds beyond it wait for others to become idle.
    private static let mostKinds = 64

    private struct State {
        var pools: [SandboxKind: SandboxPool] = [:]
        /// How often a kind was asked for that has no pool yet.
        var strangers: [SandboxKind: Int] = [:]
        var making = 0
        var isClosed = false
        var isShort = false
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var nextTask: UInt64 = 0
    }

    let configuration: WarmConfiguration
    private let driver: any IsolationDriver
    private let choice: ZygoteChoice
    private let aheadChoice: AheadChoice
    private let ahead: AheadStarts
    private let keeper: ZygoteKeeper
    private let mostMaking: Int
    private let mostPrepared: Int
    private let hasPython: Bool
    private let logger: Logger
    private let state = Mutex(State())

    init(
        configuration: WarmConfiguration, driver: any IsolationDriver, python: LanguagePack?,
        node: LanguagePack? = nil, concurrency: Int, logger: Logger
    ) {
        self.configuration = configuration
        self.driver = driver
        self.logger = logger
        let properties = driver.properties
        hasPython = python != nil && properties.zygotes
        mostMaking = max(1, concurrency / 2)
        let environment = PreparedProgram.environment(of: python)
        let zygotes = hasPython ? configuration.zygotes : []
        let startsAhead = configuration.mostAhead > 0 && properties.startsAhead
        aheadChoice = AheadChoice(
            pack: startsAhead ? node : nil, python: startsAhead && !properties.zygotes ? python : nil)
        ahead = AheadStarts(driver: driver, name: aheadChoice.name ?? "")
        mostPrepared = Self.mostPrepared(configuration, properties)
        choice = ZygoteChoice(zygotes: zygotes, environment: environment)
        func spec(_ name: String, _ modules: [String], _ environment: [String: String]) -> ZygoteSpec {
            ZygoteSpec(
                name: name, program: ZygoteChoice.interpreter, entry: ZygoteChoice.entry, modules: modules,
                environment: environment)
        }
        var specs = zygotes.map { spec($0.name, $0.modules, environment) }
        if hasPython { specs.append(spec(Self.kernelZygote, Self.kernelModules, Self.kernelEnvironment)) }
        keeper = ZygoteKeeper(driver: driver, specs: specs, configuration: configuration, logger: logger)
    }

    /// Begins to prepare what is wanted before any request, and to keep house. Ends with ``close()``.
    func open(standard: SandboxSpec) {
        for zygote in choice.zygotes where zygote.keep > 0 {
            _ = pool(SandboxKind(standard, zygote: zygote.name), least: zygote.keep, always: true)
        }
        // Without zygotes every program of these limits finds the same sandbox.
        if choice.zygotes.isEmpty {
            _ = pool(SandboxKind(standard, zygote: nil), least: Self.standardKept, always: true)
        }
        launch { [self] in
            while !Task.isCancelled {
                await keepHouse()
                try? await Task.sleep(for: Self.housekeeping)
            }
        }
        refill()
    }

    func serves(_ other: any IsolationDriver) -> Bool { other.name == driver.name }

    // MARK: A run

    /// A sandbox for a program, the warmest there is.
    ///
    /// - Throws: ``IsolationError`` when none could be made.
    func sandbox(for program: PreparedProgram, _ spec: SandboxSpec) async throws(IsolationError) -> Taken {
        let start = aheadChoice.start(for: program)
        let isUsable = start != nil && ahead.isUsable(SandboxKind(spec, zygote: nil, ahead: start))
        return try await sandbox(
            spec, zygote: choice.zygote(for: program), ahead: isUsable ? start : nil)
    }

    /// A computer; with a Python in it that waits, where its kernel is wanted. No process of the computer's user has been in it, so
    /// nobody can stand in the way of the zygote's child.
    ///
    /// - Throws: ``IsolationError`` when none could be made.
    func computer(_ spec: SandboxSpec, interprets: Bool) async throws(IsolationError) -> Taken {
        try await sandbox(spec, zygote: interprets && hasPython ? Self.kernelZygote : nil)
    }

    private func sandbox(
        _ spec: SandboxSpec, zygote: String?, ahead: AheadStart? = nil
    ) async throws(IsolationError) -> Taken {
        let began = Date.now
        let kind = SandboxKind(spec, zygote: zygote, ahead: ahead)
        if let prepared = pool(kind, least: 0, always: false)?.take() {
            // With others left, the next is made when this one's run has ended: until then the processors are the run's.
            if pool(kind, least: 0, always: false)?.readyCount == 0 { refill() }
            return Taken(
                sandbox: prepared.sandbox, adopted: prepared.adopted, start: .warm, began: prepared.began)
        }
        // A sandbox in which no interpreter waits is better than none.
        if ahead != nil, let bare = state.withLock({ $0.pools[SandboxKind(spec, zygote: zygote)] })?.take() {
            refill()
            return Taken(sandbox: bare.sandbox, adopted: nil, start: .warm, began: bare.began)
        }
        refill()
        guard let zygote, let ready = await keeper.zygoteIfReady(zygote) else {
            return Taken(sandbox: try await driver.makeSandbox(spec), adopted: nil, start: .cold, began: began)
        }
        let sandbox = try await driver.makeSandbox(spec)
        do {
            let adopted = try await ready.bear(into: sandbox, user: .standard)
            return Taken(sandbox: sandbox, adopted: adopted, start: .forked, began: began)
        } catch {
            // A sandbox in which something went wrong is no sandbox for anybody.
            logger.warning("a zygote could not bear", metadata: ["zygote": "\(zygote)", "error": "\(error)"])
            await discard(sandbox)
            return Taken(sandbox: try await driver.makeSandbox(spec), adopted: nil, start: .cold)
        }
    }

    /// The pool of a kind. One is made for a kind that comes again and again, so that odd limits of one request leave nothing.
    private func pool(_ kind: SandboxKind, least: Int, always: Bool) -> SandboxPool? {
        state.withLock { state in
            if let pool = state.pools[kind] { return pool }
            guard !state.isClosed, state.pools.count < Self.mostKinds else { return nil }
            if !always {
                let count = state.strangers[kind, default: 0] + 1
                if state.strangers.count > Self.mostKinds { state.strangers = [:] }
                state.strangers[kind] = count
                guard count > 1 else { return nil }
                state.strangers[kind] = nil
            }
            let most = configuration.mostPreparedOfKind
            let pool = SandboxPool(
                kind: kind, least: least, most: kind.ahead == nil ? most : min(most, configuration.mostAhead))
            state.pools[kind] = pool
            return pool
        }
    }

    /// Sandboxes that each take much memory while they wait are kept only as far as they have room together.
    static func mostPrepared(_ configuration: WarmConfiguration, _ properties: DriverProperties) -> Int {
        guard properties.preparedBytes > 0 else { return configuration.mostPrepared }
        return min(configuration.mostPrepared, configuration.mostPreparedBytes / properties.preparedBytes)
    }

    // MARK: Refilling

    /// Makes what is wanted and not there, beside whoever calls.
    func refill() {
        while true {
            let pool: SandboxPool? = state.withLock { state in
                guard !state.isClosed, !state.isShort, state.making < mostMaking else { return nil }
                let prepared = state.pools.values.reduce(0) { $0 + $1.readyCount }
                guard prepared + state.making < mostPrepared else { return nil }
                let ahead = state.pools.values.reduce(0) { $0 + ($1.kind.ahead == nil ? 0 : $1.count) }
                // The emptiest first.
                let wanting = state.pools.values.sorted { $0.readyCount < $1.readyCount }.first {
                    ($0.kind.ahead == nil || ahead < configuration.mostAhead) && $0.wantsOne()
                }
                if wanting != nil { state.making += 1 }
                return wanting
            }
            guard let pool else { return }
            launch { [self] in
                pool.made(await prepare(pool.kind))
                state.withLock { $0.making -= 1 }
                refill()
            }
        }
    }

    private func prepare(_ kind: SandboxKind) async -> PreparedSandbox? {
        var zygote: (any Zygote)?
        if let name = kind.zygote {
            guard let ready = await keeper.zygote(name) else {
                // What cannot be had now is not asked for again and again.
                try? await Task.sleep(for: .seconds(1))
                return nil
            }
            zygote = ready
        }
        let spec = SandboxSpec(
            id: Identifier.make(prefix: "warm"), limits: kind.limits, buildBytes: kind.buildBytes,
            profile: kind.profile)
        let began = Date.now
        do throws(IsolationError) {
            let sandbox = try await driver.makeSandbox(spec)
            do throws(IsolationError) {
                let born = try await zygote?.bear(into: sandbox, user: .standard)
                let started = try await ahead.start(kind, in: sandbox)
                // Opens the counters, so that the first look at them costs the run nothing.
                _ = try sandbox.usage()
                guard !Task.isCancelled else {
                    await discard(sandbox)
                    return nil
                }
                return PreparedSandbox(
                    sandbox: sandbox, adopted: born ?? started, since: SuspendingClock().now,
                    began: began)
            } catch {
                await discard(sandbox)
                throw error
            }
        } catch {
            logger.warning("no sandbox could be prepared", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            return nil
        }
    }

    // MARK: House

    private func keepHouse() async {
        let isShort = Self.availableBytes.map { $0 < configuration.leastAvailableBytes } ?? false
        let (pools, idle) = state.withLock { state in
            state.isShort = isShort
            let idle = state.pools.values.filter(\.isIdle)
            for pool in idle { state.pools[pool.kind] = nil }
            return (Array(state.pools.values), idle)
        }
        for pool in pools + idle {
            for prepared in pool.drain(everything: isShort) { await discard(prepared.sandbox) }
        }
        refill()
    }

    /// Destroys what no run had.
    private func discard(_ sandbox: any Sandbox) async {
        do throws(IsolationError) {
            try await sandbox.destroy()
        } catch {
            logger.error("sandbox could not be removed", metadata: ["sandbox": "\(sandbox.id)", "error": "\(error)"])
        }
    }

    /// `MemAvailable` of proc_meminfo(5).
    private static var availableBytes: Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes << 10
    }

    /// Starts a task that ``close()`` waits for: what it prepares belongs to nobody's request.
    private func launch(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !state.isClosed else { return }
            let number = state.nextTask
            state.nextTask += 1
            state.tasks[number] = Task {
                await body()
                self.state.withLock { $0.tasks[number] = nil }
            }
        }
    }

    func status() async -> WarmStatus {
        let pools = state.withLock { Array($0.pools.values) }
        return WarmStatus(
            prepared: pools.reduce(0) { $0 + $1.readyCount }, warmTakes: pools.reduce(0) { $0 + $1.counts.warm },
            emptyTakes: pools.reduce(0) { $0 + $1.counts.empty },
            zygotes: await keeper.status() + (aheadChoice.name == nil ? [] : [ahead.status]))
    }

    /// Ends only once nothing is taken any more. Destroys everything that is prepared and ends the zygotes; returns when it is gone.
    func close() async {
        let (tasks, pools) = state.withLock { state in
            state.isClosed = true
            return (Array(state.tasks.values), Array(state.pools.values))
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        for pool in pools {
            for prepared in pool.drain(everything: true) { await discard(prepared.sandbox) }
        }
        ahead.close()
        await keeper.close()
    }
}

/// What `GET /v1/metrics` says of warm starts.
public struct WarmStatus: Sendable, Hashable {
    /// Sandboxes that wait.
    public let prepared: Int
    /// Runs that found one, and runs that did not, since the server started.
    public let warmTakes: Int
    public let emptyTakes: Int
    public let zygotes: [ZygoteStatus]
}
