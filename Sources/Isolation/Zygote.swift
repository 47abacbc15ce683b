// SPDX-License-Identifier: Apache-2.0
public import GuestWire
public import NestboxCore

/// An interpreter that starts once, imports some modules, and is then forked into sandboxes instead of started there.
///
/// It never sees anything of a program: its children give up everything before they are told what to run.
public struct ZygoteSpec: Sendable, Hashable {
    /// Unique among the zygotes of a server; becomes part of names on the host.
    public var name: String
    /// Absolute path of the interpreter inside sandboxes.
    public var program: String
    /// Name of the program's file that the interpreter is started with; children run any other as well.
    public var entry: String
    /// Modules to import, in order.
    public var modules: [String]
    /// What the interpreter and the modules see while they start: what most programs will have.
    public var environment: [String: String]
    /// Memory and processes of the zygote itself, in bytes.
    public var memoryBytes: Int

    public init(
        name: String, program: String, entry: String, modules: [String], environment: [String: String],
        memoryBytes: Int = 2 << 30
    ) {
        self.name = name
        self.program = program
        self.entry = entry
        self.modules = modules
        self.environment = environment
        self.memoryBytes = memoryBytes
    }
}

/// A running zygote of a driver.
public protocol Zygote: AnyObject, Sendable {
    var spec: ZygoteSpec { get }
    /// How many children it had.
    var births: Int { get }
    /// False once its process has ended or broke the protocol; it bears no more children then.
    var isAlive: Bool { get }

    /// Puts a child into a sandbox of the same driver, confined there like any program, where it waits for
    /// ``GuestSession/start(_:endsSandboxProcesses:adopted:)``.
    ///
    /// - Throws: ``IsolationError``; a sandbox that this was tried with should not be used any more.
    func bear(into sandbox: any Sandbox, user: ProgramUser) async throws(IsolationError) -> AdoptedProgram

    /// Ends the zygote. Its children live on. Idempotent.
    func retire() async
}

/// An interpreter that is started before its program is there (``IsolationDriver/startAhead(_:in:)``). It is good for starts that are
/// like this one in everything but variables that interpreters do not read.
public struct AheadStart: Sendable, Hashable {
    /// What starts the interpreter, with the arguments of the program.
    public var program: ProgramSpec
    /// Path of the program's file, absolute, as the interpreter looks for it.
    public var entry: String

    public init(program: ProgramSpec, entry: String) {
        self.program = program
        self.entry = entry
    }
}

/// An interpreter that waits in its sandbox for its program: a child of a zygote, or one that was started ahead. Good for one start.
public struct AdoptedProgram: Sendable, Hashable {
    let number: UInt32
    /// Whom it will run as.
    public let user: ProgramUser
}

extension IsolationDriver {
    /// The least that a driver is.
    public var properties: DriverProperties { DriverProperties() }

    public func makeZygote(_ spec: ZygoteSpec) async throws(IsolationError) -> any Zygote {
        throw IsolationError(
            .unavailable, step: "make zygote \(spec.name)", message: "the driver '\(name)' has no warm starts")
    }

    public func prepare(_ limits: Limits) async throws(IsolationError) -> String {
        throw IsolationError(
            .unavailable, step: "prepare", message: "the driver '\(name)' keeps nothing on the disk; 'microvm' does")
    }

    public func startAhead(_ start: AheadStart, in sandbox: any Sandbox) async throws(IsolationError) -> AdoptedProgram
    {
        throw IsolationError(
            .unavailable, step: "start \(start.program.arguments.first ?? "") ahead",
            message: "the driver '\(name)' has no warm starts")
    }
}
