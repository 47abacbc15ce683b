// SPDX-License-Identifier: Apache-2.0
import Isolation
import Logging
import NestboxCore

/// Keeps the zygotes of one driver: starts each when it is first wanted, replaces it before it gets old.
actor ZygoteKeeper {
    private enum Entry {
        case starting(Task<(any Zygote)?, Never>)
        case ready(any Zygote, since: SuspendingClock.Instant)
        /// Not tried again before this.
        case failed(String, until: SuspendingClock.Instant)
    }

    /// A zygote without modules is cheap, so there are two of a name that take turns: programs that follow each other then differ
    /// in their address layout.
    private static let twins = 2

    private struct Key: Hashable {
        let name: String
        let number: Int
    }

    /// What has failed is missing or broken on the machine; somebody may install it.
    private static let retry = Duration.seconds(300)

    private let driver: any IsolationDriver
    private let specs: [String: ZygoteSpec]
    private let configuration: WarmConfiguration
    private let logger: Logger
    private let clock = SuspendingClock()
    /// By name and number; see ``twins``.
    private var entries: [Key: Entry] = [:]
    private var turn = 0
    /// Ends of zygotes under way, which ``close()`` waits for.
    private var ends: [Int: Task<Void, Never>] = [:]
    private var nextEnd = 0
    private var isClosed = false

    init(driver: any IsolationDriver, specs: [ZygoteSpec], configuration: WarmConfiguration, logger: Logger) {
        self.driver = driver
        self.specs = Dictionary(specs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.configuration = configuration
        self.logger = logger
    }

    /// The zygote, if it is there. Otherwise it is being started from now on, unless it cannot be.
    func zygoteIfReady(_ name: String) -> (any Zygote)? {
        guard let spec = specs[name], spec.modules.isEmpty else { return ready(Key(name: name, number: 0)) }
        turn += 1
        let first = ready(Key(name: name, number: turn % Self.twins))
        let second = first == nil ? ready(Key(name: name, number: (turn + 1) % Self.twins)) : nil
        return first ?? second
    }

    private func ready(_ name: Key) -> (any Zygote)? {
        if case .ready(let zygote, let since)? = entries[name] {
            guard zygote.isAlive else {
                entries[name] = nil
                end(zygote)
                _ = start(name)
                return nil
            }
            if isOld(zygote, since) {
                entries[name] = nil
                end(zygote)
                _ = start(name)
            }
            return zygote
        }
        _ = start(name)
        return nil
    }

    /// The zygote, as soon as it is there; nil when it cannot be started.
    func zygote(_ name: String) async -> (any Zygote)? {
        if let ready = zygoteIfReady(name) { return ready }
        return await start(Key(name: name, number: 0))?.value
    }

    private func isOld(_ zygote: any Zygote, _ since: SuspendingClock.Instant) -> Bool {
        zygote.births >= configuration.mostBirths
            || since.duration(to: clock.now) > .seconds(configuration.mostZygoteSeconds)
    }

    private func start(_ name: Key) -> Task<(any Zygote)?, Never>? {
        if case .starting(let task)? = entries[name] { return task }
        if case .failed(_, let until)? = entries[name], clock.now < until { return nil }
        guard let spec = specs[name.name], !isClosed else { return nil }
        // Not a child task: whoever wanted it first may be cancelled, and the zygote is for everybody.
        let task = Task { await self.make(spec, name) }
        entries[name] = .starting(task)
        return task
    }

    private func make(_ spec: ZygoteSpec, _ name: Key) async -> (any Zygote)? {
        do {
            let zygote = try await driver.makeZygote(spec)
            guard !isClosed else {
                await zygote.retire()
                return nil
            }
            entries[name] = .ready(zygote, since: clock.now)
            logger.info("zygote ready", metadata: ["zygote": "\(spec.name)"])
            return zygote
        } catch {
            entries[name] = .failed(error.message, until: clock.now.advanced(by: Self.retry))
            logger.warning("zygote could not be started", metadata: ["zygote": "\(spec.name)", "error": "\(error)"])
            return nil
        }
    }

    /// The children that are being born are done with it before it ends: births wait in line with each other.
    private func end(_ zygote: any Zygote) {
        let number = nextEnd
        nextEnd += 1
        ends[number] = Task {
            // Cut short when the server ends.
            try? await Task.sleep(for: .seconds(2))
            await zygote.retire()
            ends[number] = nil
        }
    }

    /// Name, whether it is ready, births, and why it is not there.
    func status() -> [ZygoteStatus] {
        specs.values.sorted { $0.name < $1.name }.map { spec in
            let births = (0..<Self.twins).reduce(0) { sum, number in
                guard case .ready(let zygote, _)? = entries[Key(name: spec.name, number: number)] else { return sum }
                return sum + zygote.births
            }
            return switch entries[Key(name: spec.name, number: 0)] {
            case .ready: ZygoteStatus(name: spec.name, isReady: true, births: births, failure: nil)
            case .failed(let failure, _): ZygoteStatus(name: spec.name, isReady: false, births: 0, failure: failure)
            case .starting, nil: ZygoteStatus(name: spec.name, isReady: false, births: 0, failure: nil)
            }
        }
    }

    func close() async {
        isClosed = true
        let all = entries.values
        entries = [:]
        for entry in all {
            switch entry {
            case .ready(let zygote, _): await zygote.retire()
            case .starting(let task): await task.value?.retire()
            case .failed: continue
            }
        }
        for end in ends.values { end.cancel() }
        for end in ends.values { await end.value }
    }
}

/// What `GET /v1/metrics` says of a zygote.
public struct ZygoteStatus: Sendable, Hashable {
    public let name: String
    public let isReady: Bool
    public let births: Int
    public let failure: String?
}
