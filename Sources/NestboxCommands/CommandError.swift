// SPDX-License-Identifier: Apache-2.0

/// A command that cannot go on: what to say, and how to exit.
struct CommandError: Error, Sendable, Equatable, CustomStringConvertible {
    let status: CommandExit
    /// One sentence, without "nestbox:" in front.
    let message: String

    /// The command was asked for something that cannot be, such as a file that is not there.
    static func usage(_ message: String) -> CommandError { CommandError(status: .usage, message: message) }

    /// The machine did not let Nestbox do what was asked.
    static func failure(_ message: String) -> CommandError { CommandError(status: .failure, message: message) }

    var description: String { message }
}
