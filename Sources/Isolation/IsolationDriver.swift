// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// One isolation technology. Drivers differ only in how a sandbox is born, measured and destroyed; everything above is
/// written once against this protocol, and every driver passes `IsolationConformance`.
public protocol IsolationDriver: Sendable {
    /// Name in requests and reports, such as `namespace`.
    var name: String { get }

    /// What the driver can do here; the same as its ``status()`` says. What is not in it is refused.
    var properties: DriverProperties { get }

    /// What this machine offers the driver. Does not throw: what is missing is a finding.
    func status() async -> DriverStatus

    /// The exact steps of a sandbox, in order, without making one.
    func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep]

    /// Makes a sandbox. It is ready to start processes when this returns.
    ///
    /// - Throws: ``IsolationError`` naming the step and the errno; nothing of the sandbox is left then.
    func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox

    /// Starts an interpreter whose children can be put into this driver's sandboxes.
    ///
    /// - Throws: ``IsolationError`` `unavailable` where the driver or the machine cannot do that, `setup_failed` with what
    ///   the interpreter said when it could not start or import.
    func makeZygote(_ spec: ZygoteSpec) async throws(IsolationError) -> any Zygote

    /// Starts an interpreter in a sandbox of this driver before its program is there; for interpreters that cannot be forked.
    ///
    /// - Throws: ``IsolationError`` `unavailable` where the driver or the machine cannot do that, `setup_failed` when the
    ///   interpreter does not come to where it waits. A sandbox that this was tried with should not be used any more.
    func startAhead(_ start: AheadStart, in sandbox: any Sandbox) async throws(IsolationError) -> AdoptedProgram

    /// Makes ahead of time what sandboxes with these limits go on from, and keeps it on the disk for processes to come.
    ///
    /// - Returns: What it made, for people to read.
    /// - Throws: ``IsolationError`` `unavailable` where the driver keeps nothing on the disk.
    func prepare(_ limits: Limits) async throws(IsolationError) -> String

    /// Removes what a dead Nestbox process of this machine left behind. Returns how many things were removed.
    @discardableResult
    func sweep() async -> Int
}

/// One line of `nestbox explain`.
public struct ExplainedStep: Sendable, Hashable, Codable {
    /// `host`, `runtime` or `guest`: who performs it.
    public var actor: String
    /// Stable name of the kind of step, such as `mount_tmpfs`.
    public var step: String
    public var detail: String

    public init(actor: String, step: String, detail: String) {
        self.actor = actor
        self.step = step
        self.detail = detail
    }
}

/// A living sandbox: limits that the host holds, and one guest agent to talk to.
public protocol Sandbox: Sendable {
    var id: String { get }
    var guest: GuestSession { get }
    /// How long it took to make, from the driver's entry to the guest's ready message.
    var creation: Duration { get }
    /// `cgroup-v1`, `cgroup-v2`, `rlimit`, ...
    var limitsEnforcedBy: String { get }
    /// How each limit is held; the same for every sandbox of a driver, and what its ``IsolationDriver/status()`` says.
    var enforcement: LimitEnforcement { get }

    /// What the sandbox has used, counted by the host. May be asked at any time until ``destroy()``.
    func usage() throws(IsolationError) -> SandboxUsage

    /// Changes the limits of the living sandbox (memory, processes, CPU) and starts a new memory peak; used between
    /// compile and run.
    func apply(_ limits: Limits) async throws(IsolationError)

    /// Stops every process of the sandbox, the guest agent with them; returns when all stand still. Idempotent.
    ///
    /// - Throws: ``IsolationError`` `unavailable` where limits are held without a control group.
    func freeze() async throws(IsolationError)

    /// Lets a frozen sandbox go on. Idempotent.
    func thaw() async throws(IsolationError)

    /// Kills everything inside, frozen or not, and removes every trace on the host. Idempotent; returns when it is gone, also when the
    /// caller's task is cancelled.
    ///
    /// - Throws: ``IsolationError`` when something could not be removed; the driver's next ``IsolationDriver/sweep()`` retries.
    func destroy() async throws(IsolationError)
}

/// Places inside every sandbox, whatever the driver.
public enum SandboxPath {
    /// Working directory and home of programs.
    public static let home = "/home/user"
    /// What compilers make.
    public static let build = "/run/build"
    /// The guest's executable, read-only, for every program of a computer: `tool NAME ARGUMENTS` does one file operation.
    public static let tool = "/run/nestbox/guest"
}

/// How much a sandbox lets its programs do to itself.
public enum SandboxProfile: String, Sendable, Hashable, CaseIterable {
    /// One user, a read-only system, nothing setuid: for one-shot code.
    case run
    /// A machine to work in: everything writable, `user` with `sudo`, root of the sandbox's own user namespace.
    case computer
}

/// What a driver needs to know to make a sandbox.
public struct SandboxSpec: Sendable, Hashable {
    /// Unique; becomes part of names on the host. See ``Identifier``.
    public var id: String
    public var limits: Limits
    /// Size of a separate file system at `/run/build` for what a compiler makes; nil for none.
    public var buildBytes: Int?
    public var hostname: String
    public var profile: SandboxProfile

    public init(
        id: String, limits: Limits, buildBytes: Int? = nil, hostname: String = "nestbox", profile: SandboxProfile = .run
    ) {
        self.id = id
        self.limits = limits
        self.buildBytes = buildBytes
        self.hostname = hostname
        self.profile = profile
    }
}

/// Counters of a sandbox, from the host's kernel.
public struct SandboxUsage: Sendable, Hashable {
    /// User and system time of all processes so far.
    public var cpu: Duration
    /// Held now: memory of processes, and what is written to the sandbox's file systems.
    public var memoryBytes: Int
    public var memoryPeakBytes: Int
    /// How often the kernel killed a process of the sandbox because `memoryBytes` was reached.
    public var memoryKills: Int
    /// How often the kernel killed a process of the sandbox although `memoryBytes` was not reached: the machine, or what
    /// the operator gave Nestbox of it, was out of memory.
    public var hostMemoryKills: Int
    /// How often the kernel refused a process or thread because `processes` was reached.
    public var processRefusals: Int

    public init(
        cpu: Duration, memoryBytes: Int, memoryPeakBytes: Int, memoryKills: Int, hostMemoryKills: Int = 0,
        processRefusals: Int
    ) {
        self.cpu = cpu
        self.memoryBytes = memoryBytes
        self.memoryPeakBytes = memoryPeakBytes
        self.memoryKills = memoryKills
        self.hostMemoryKills = hostMemoryKills
        self.processRefusals = processRefusals
    }
}

/// Nestbox could not make, measure or remove a sandbox. Never the program's fault.
public struct IsolationError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The machine does not offer what was asked for.
        case unavailable
        /// A setup step failed.
        case setupFailed = "setup_failed"
        /// The guest agent broke the protocol or went away.
        case guestFailed = "guest_failed"
        /// Something could not be removed.
        case cleanupFailed = "cleanup_failed"
        /// A counter could not be read.
        case accountingFailed = "accounting_failed"
    }

    public let code: Code
    /// The step that failed, such as `mount_tmpfs /tmp`.
    public let step: String
    /// What went wrong, with the errno's name where there is one, and what would help.
    public let message: String

    public init(_ code: Code, step: String, message: String) {
        self.code = code
        self.step = step
        self.message = message
    }

    public var description: String { "\(step): \(message) (\(code.rawValue))" }

    /// The driver makes no sandboxes of this profile here.
    public static func lacks(_ profile: SandboxProfile, because message: String) -> IsolationError {
        IsolationError(.unavailable, step: "profile '\(profile.rawValue)'", message: message)
    }

    /// Whether it is one of ``lacks(_:because:)``: the same request will never succeed.
    public var lacksProfile: Bool { code == .unavailable && step.hasPrefix("profile '") }
}
