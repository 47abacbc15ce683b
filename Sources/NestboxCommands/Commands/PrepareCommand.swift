// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Engine
import Isolation
import NestboxCore

/// `nestbox prepare`
struct PrepareCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Start a virtual machine ahead of time and keep it on the disk, so that the first run need not.",
        discussion: """
            Servers and runs with limits that need a machine of the same size go on from it until the kernel, QEMU or Nestbox
            changes. It is kept where isolation.microvm.kept says.

            With --isolation firecracker it makes the image of the host's files that such machines have, in the directory that
            isolation.firecracker.kernel names. That takes minutes, and the space of the host's /usr.
            """)

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @Option(help: ArgumentHelp("Isolation driver.", valueName: "driver")) var isolation = "microvm"

    @OptionGroup(title: "Configuration") var settings: ConfigurationOptions

    func run(in context: CommandContext) async throws -> CommandExit {
        let configuration = try settings.load(in: context)
        let resolved = try limits.request.resolved(
            defaults: configuration.engine.defaultLimits, maximum: configuration.engine.maximumLimits)
        let drivers = try await context.services.drivers(configuration)
        guard let driver = drivers.first(where: { $0.name == isolation }) else {
            throw RequestError(
                .unknownIsolation,
                "there is no isolation driver '\(isolation)'; there is \(drivers.map(\.name).joined(separator: ", "))")
        }
        do {
            try await context.printStyled(TerminalSanitizer.line(try await driver.prepare(resolved)))
        } catch {
            throw CommandError.failure("nothing was prepared: \(error)")
        }
        return .success
    }
}
