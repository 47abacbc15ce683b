// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `nestbox`
struct Nestbox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nestbox",
        abstract: "Runs code you do not trust, in a sandbox of its own.",
        discussion: """
            Try: nestbox run --code 'print(6 * 7)' --language python
            """,
        version: NestboxVersion.current,
        groupedSubcommands: [
            CommandGroup(name: "Running", subcommands: [RunCommand.self, EvalCommand.self, ServeCommand.self]),
            CommandGroup(name: "Language", subcommands: [LanguagesCommand.self, DetectCommand.self]),
            CommandGroup(name: "Machine", subcommands: [DoctorCommand.self, ExplainCommand.self, PrepareCommand.self]),
        ])
}
