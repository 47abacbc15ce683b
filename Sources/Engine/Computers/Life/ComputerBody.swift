// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import NestboxCore

/// What a living computer needs of its sandbox. ``SandboxBody`` is the real one; tests bring their own.
protocol ComputerBody: AnyObject, Sendable {
    var files: any ComputerFiles { get }
    /// A moment before it was made. What changed in the system's trees after it is the computer's own.
    var began: Date { get }

    /// - Throws: ``ComputerError``: `gone` when the sandbox is dead, else what was wrong with the program.
    func start(_ program: BodyProgramSpec) async throws(ComputerError) -> any BodyProgram
    /// The interpreter that waits in the sandbox since it was made, once.
    func takeInterpreter() -> AdoptedProgram?
    func connect(port: Int) async throws(ComputerError) -> any ByteConnection
    /// Stops everything inside, the guest agent included. What is asked of it then waits for ``thaw()``.
    func freeze() async throws(IsolationError)
    func thaw() async throws(IsolationError)
    func usage() throws(IsolationError) -> BodyUsage
    /// Kills everything inside and removes it. Idempotent; also for a frozen one.
    func destroy() async throws(IsolationError)
}

struct BodyProgramSpec: Sendable, Hashable {
    var arguments: [String]
    var environment: [String: String]
    var directory: String
    var user: ComputerUser
    var terminal: TerminalSize?
    var hasInput = false
    /// An interpreter that waits in the sandbox and shall become the program.
    var adopted: AdoptedProgram?
}

/// Counters of a sandbox, from the host.
struct BodyUsage: Sendable, Hashable {
    /// User and system time of all processes so far.
    var cpu: Duration
    var memoryBytes: Int
    var diskBytes: Int
}

/// A program inside. One consumer reads its events; one writer at a time.
protocol BodyProgram: AnyObject, Sendable {
    var pid: Int32 { get }
    /// The next event, nil after the last; throws when the sandbox is gone.
    func next() async throws -> ProgramEvent?
    func write(_ bytes: [UInt8]) async throws
    func closeInput()
    func signal(_ number: Int32, group: Bool)
    func resize(_ size: TerminalSize)
}

/// Makes bodies. The id becomes part of names on the host and is never used twice.
///
typealias BodyMaker =
    @Sendable (
        _ id: String, _ limits: Limits, _ wish: BodyWish
    ) async throws(IsolationError) -> any ComputerBody

/// What a body is for.
struct BodyWish: Sendable {
    /// The computer is one for code, whose Python is wanted soon.
    var interprets: Bool
    /// As ``IsolationRules/driver(asked:template:allowed:)`` takes it.
    var isolation: String?
    var template: String
    var allowedIsolation: [String]?
}

extension ComputerBody {
    func takeInterpreter() -> AdoptedProgram? { nil }
}
