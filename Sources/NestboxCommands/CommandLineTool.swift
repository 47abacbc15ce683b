// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Engine
import Foundation

/// A command of Nestbox. It gets the world as a value and returns its exit code; only ``CommandLineTool`` exits.
protocol ContextCommand: AsyncParsableCommand {
    func run(in context: CommandContext) async throws -> CommandExit
}

/// The command line: parse, run, say what went wrong, exit.
public enum CommandLineTool {
    /// Runs this process's command and exits with its code.
    public static func main() async -> Never {
        Descriptor.openStandardStreams()
        // A reader that goes away must end us with an error that can be handled, not with a signal in mid-run.
        signal(SIGPIPE, SIG_IGN)
        let status = await run(Array(CommandLine.arguments.dropFirst()), in: .process())
        exit(status.rawValue)
    }

    /// Runs a command and returns its exit code. Whatever happens is told on `context`'s streams.
    static func run(_ arguments: [String], in context: CommandContext) async -> CommandExit {
        do {
            var command = try await Nestbox.asyncParseAsRoot(arguments)
            guard let contextCommand = command as? any ContextCommand else {
                // The library's own commands and the root print help by throwing it.
                try command.run()
                return .success
            }
            return try await contextCommand.run(in: context)
        } catch {
            return await tell(error, in: context)
        }
    }

    private static func tell(_ error: any Error, in context: CommandContext) async -> CommandExit {
        guard let status = CommandExit(error) else { return await tellParsing(error, in: context) }
        // Both are wishes of the user: not worth a message.
        if !(error is BrokenPipe), !(error is CancellationError) { await context.note("\(error)") }
        return status
    }

    /// Help and version are asked for by errors too; of the rest, the parser knows what is a wrong use of options.
    private static func tellParsing(_ error: any Error, in context: CommandContext) async -> CommandExit {
        switch Nestbox.exitCode(for: error) {
        case .success:
            do {
                try await context.print(Nestbox.fullMessage(for: error))
                return .success
            } catch let unwritten {
                return await tell(unwritten, in: context)
            }
        case .validationFailure:
            await context.note("\(Nestbox.message(for: error)) (see 'nestbox help')")
            return .usage
        default:
            await context.note(Nestbox.message(for: error))
            return .failure
        }
    }
}
