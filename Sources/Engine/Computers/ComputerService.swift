// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// Makes, finds and ends computers. The HTTP API calls only this.
public protocol ComputerService: Sendable {
    /// - Throws: ``ComputerError``: `not_found` for a template that is not there, `invalid_argument`, `resource_exhausted` when no
    ///   more computers may run, `unimplemented` for what cannot be honoured.
    func create(_ request: ComputerRequest) async throws(ComputerError) -> ComputerInfo
    /// Newest first, those of `owner` only.
    func list(owner: String) async -> [ComputerInfo]
    /// - Throws: `not_found`, for every other method too; a computer of another owner is not found.
    func info(_ id: String, owner: String) async throws(ComputerError) -> ComputerInfo
    func kill(_ id: String, owner: String) async throws(ComputerError)
    /// Ends at `seconds` from now; 0 or less: now.
    func setTimeout(_ id: String, owner: String, seconds: Int) async throws(ComputerError)
    /// Resumes a paused computer and extends its end to at least `seconds` from now. True: it was paused.
    func connect(_ id: String, owner: String, seconds: Int) async throws(ComputerError) -> (
        info: ComputerInfo, resumed: Bool
    )
    /// - Throws: `conflict` when it is paused already.
    func pause(_ id: String, owner: String, keepsMemory: Bool) async throws(ComputerError)
    /// Copies its files into a template of its own; it goes on. Memory and processes are not part of it.
    func snapshot(_ id: String, owner: String, name: String?) async throws(ComputerError) -> ComputerSnapshot
    func snapshots(owner: String) async -> [ComputerSnapshot]
    /// - Throws: `not_found`.
    func deleteSnapshot(_ id: String, owner: String) async throws(ComputerError)
    /// A copy with the files of `id`, and an id and tokens of its own.
    func fork(_ id: String, owner: String, seconds: Int?) async throws(ComputerError) -> ComputerInfo
    func metrics(_ id: String, owner: String, from: Date?, to: Date?) async throws(ComputerError) -> [ComputerMetrics]
    func logs(_ id: String, owner: String) async throws(ComputerError) -> [ComputerLogLine]
    func hasTemplate(_ name: String, owner: String) async -> Bool

    /// The living computer behind an id, resumed first when it is paused and wakes on traffic.
    ///
    /// - Throws: `gone` when it is not there or paused.
    func computer(_ id: String) async throws(ComputerError) -> any Computer
    /// Every running computer, for signed URLs and tokens that name none.
    func running() async -> [any Computer]
    /// Kills everything and removes it.
    func shutDown() async
}

public struct ComputerRequest: Sendable, Hashable {
    public var owner: String
    /// `base`, `code-interpreter-v1`, or a snapshot's id.
    public var template: String
    public var timeoutSeconds: Int
    public var environment: [String: String]
    public var metadata: [String: String]
    /// What happens at the end of the time: false kills, true pauses.
    public var pausesAtTimeout: Bool
    /// With ``pausesAtTimeout``: false keeps files only.
    public var pauseKeepsMemory: Bool
    public var resumesOnTraffic: Bool
    public var allowsPublicTraffic: Bool
    /// What the client asked for; the answer says what it got.
    public var wantsInternet: Bool
    /// What servers inside see as `Host` instead of what their clients sent; `${PORT}` stands for the port.
    public var requestHost: String?
    /// Isolation driver, or `strongest`; nil is the template's, the key's or the server's.
    public var isolation: String?
    /// What the owner may use, its default first; nil for every driver.
    public var allowedIsolation: [String]?

    public init(
        owner: String, template: String, timeoutSeconds: Int = 300, environment: [String: String] = [:],
        metadata: [String: String] = [:], pausesAtTimeout: Bool = false, pauseKeepsMemory: Bool = true,
        resumesOnTraffic: Bool = false,
        allowsPublicTraffic: Bool = true, wantsInternet: Bool = true, requestHost: String? = nil,
        isolation: String? = nil, allowedIsolation: [String]? = nil
    ) {
        self.owner = owner
        self.template = template
        self.timeoutSeconds = timeoutSeconds
        self.environment = environment
        self.metadata = metadata
        self.pausesAtTimeout = pausesAtTimeout
        self.pauseKeepsMemory = pauseKeepsMemory
        self.resumesOnTraffic = resumesOnTraffic
        self.allowsPublicTraffic = allowsPublicTraffic
        self.wantsInternet = wantsInternet
        self.requestHost = requestHost
        self.isolation = isolation
        self.allowedIsolation = allowedIsolation
    }
}

public struct ComputerInfo: Sendable, Hashable {
    public enum State: String, Sendable, Hashable { case running, paused }

    public var id: String
    public var request: ComputerRequest
    public var templateID: String
    public var state: State
    public var started: Date
    public var ends: Date
    public var accessToken: String
    public var trafficToken: String?
    public var processors: Int
    public var memoryBytes: Int
    public var diskBytes: Int
    /// Of a paused computer: its processes are still there. True while it runs.
    public var keepsMemory: Bool

    public init(
        id: String, request: ComputerRequest, templateID: String, state: State, started: Date, ends: Date,
        accessToken: String,
        trafficToken: String?, processors: Int, memoryBytes: Int, diskBytes: Int, keepsMemory: Bool = true
    ) {
        self.id = id
        self.request = request
        self.templateID = templateID
        self.state = state
        self.started = started
        self.ends = ends
        self.accessToken = accessToken
        self.trafficToken = trafficToken
        self.processors = processors
        self.memoryBytes = memoryBytes
        self.diskBytes = diskBytes
        self.keepsMemory = keepsMemory
    }
}

public struct ComputerSnapshot: Sendable, Hashable {
    /// `NAME:default`; a template of this id can be created from.
    public var id: String
    public var name: String?
    public var computerID: String
    public var created: Date

    public init(id: String, name: String?, computerID: String, created: Date) {
        self.id = id
        self.name = name
        self.computerID = computerID
        self.created = created
    }
}

public struct ComputerMetrics: Sendable, Hashable {
    public var time: Date
    public var processors: Int
    /// Of all processors, 0 to 100.
    public var cpuPercent: Double
    public var memoryUsedBytes: Int
    public var memoryTotalBytes: Int
    public var diskUsedBytes: Int
    public var diskTotalBytes: Int

    public init(
        time: Date, processors: Int, cpuPercent: Double, memoryUsedBytes: Int, memoryTotalBytes: Int,
        diskUsedBytes: Int,
        diskTotalBytes: Int
    ) {
        self.time = time
        self.processors = processors
        self.cpuPercent = cpuPercent
        self.memoryUsedBytes = memoryUsedBytes
        self.memoryTotalBytes = memoryTotalBytes
        self.diskUsedBytes = diskUsedBytes
        self.diskTotalBytes = diskTotalBytes
    }
}

public struct ComputerLogLine: Sendable, Hashable {
    public var time: Date
    public var message: String

    public init(time: Date, message: String) {
        self.time = time
        self.message = message
    }
}
