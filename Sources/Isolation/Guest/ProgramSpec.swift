// SPDX-License-Identifier: Apache-2.0
public import GuestWire

/// A program to start in a sandbox.
public struct ProgramSpec: Sendable, Hashable {
    /// argv; the first element is also the program: an absolute path, or a name looked up in the environment's `PATH`.
    public var arguments: [String]
    /// The program's whole environment.
    public var environment: [String: String]
    /// Working directory inside the sandbox.
    public var directory: String
    /// ``GuestWire/ProgramUser/root`` only in a sandbox of the profile ``SandboxProfile/computer``.
    public var user: ProgramUser
    /// Size of the pseudo terminal that the program gets for stdin, stdout and stderr; nil for pipes. What the terminal shows
    /// arrives as output of `stdout`.
    public var terminal: TerminalWindow?
    /// False: stdin is /dev/null. Means nothing with a terminal.
    public var hasInput: Bool

    public init(
        arguments: [String], environment: [String: String], directory: String, user: ProgramUser = .standard,
        terminal: TerminalWindow? = nil, hasInput: Bool = true
    ) {
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.user = user
        self.terminal = terminal
        self.hasInput = hasInput
    }
}

/// What comes from a running program, in order; ``ended(_:space:)`` is last.
public enum ProgramEvent: Sendable, Hashable {
    case output(OutputStream, [UInt8])
    case ended(ProcessEnd, space: ScratchSpace)
}

/// A program could not be started at all.
public struct ProgramStartError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The step of starting that failed.
    public let step: SpawnStep?
    /// errno.
    public let number: Int32
    /// Name of the errno.
    public let name: String

    public var description: String {
        "starting the program failed at step '\(step.map { "\($0)" } ?? "unknown")': \(name)"
    }
}

/// A file that matched a collect pattern.
public struct GuestFile: Sendable, Hashable {
    /// Path relative to the collected directory, as raw bytes.
    public var path: [UInt8]
    public var size: UInt64
    public var skip: CollectSkip
    public var content: [UInt8]
}

/// Everything a collection brought back.
public struct GuestFiles: Sendable, Hashable {
    public var files: [GuestFile]
    /// False when a bound ended the search early.
    public var complete: Bool
}
