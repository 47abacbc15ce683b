// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Engine
import Isolation
import NestboxCore

/// `nestbox explain`
struct ExplainCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Print the steps that make a sandbox, in their order, without making one.")

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @Option(help: ArgumentHelp("Isolation driver (default: the configured one).", valueName: "driver"))
    var isolation: String?

    @Flag(help: "A computer, which stays and has root, instead of a run. Its limits are those of the configuration.")
    var computer = false

    @Flag(help: "Print JSON.") var json = false

    @OptionGroup(title: "Configuration") var settings: ConfigurationOptions

    /// What `--json` prints.
    struct Explanation: Encodable {
        let driver: String
        let steps: [ExplainedStep]
    }

    /// Stands where a real sandbox has its own identifier, so that two explanations can be compared.
    static let exampleID = "sbx_" + String(repeating: "a", count: 26)

    func validate() throws {
        guard !computer || limits.request == LimitsRequest() else {
            throw ValidationError("--computer takes its limits from the section 'computers' of the configuration")
        }
    }

    func run(in context: CommandContext) async throws -> CommandExit {
        let configuration = try settings.load(in: context)
        let resolved = try limits.request.resolved(
            defaults: configuration.engine.defaultLimits, maximum: configuration.engine.maximumLimits)
        let drivers = try await context.services.drivers(configuration)
        let asked = isolation ?? configuration.isolation.driver
        var available: [String] = []
        for driver in drivers where asked == StrongestIsolation.word {
            if await driver.status().available { available.append(driver.name) }
        }
        let name = StrongestIsolation.driver(for: asked, among: available) ?? asked
        guard let driver = drivers.first(where: { $0.name == name }) else {
            throw RequestError(
                .unknownIsolation,
                "there is no isolation driver '\(name)'; there is \(drivers.map(\.name).joined(separator: ", "))")
        }
        let spec =
            computer
            ? SandboxSpec(id: Self.exampleID, limits: configuration.computers.limits, profile: .computer)
            : SandboxSpec(id: Self.exampleID, limits: resolved)
        let steps = try driver.explain(spec)
        if json {
            let explanation = Explanation(driver: name, steps: steps)
            try await context.printStyled(try JSONText.render(explanation, terminal: context.output.isTerminal))
        } else {
            let table = TextTable(
                header: ["#", "BY", "STEP", "DETAIL"],
                rows: steps.enumerated().map { index, step in
                    [.init("\(index + 1)"), .init(step.actor), .init(step.step), .init(step.detail)]
                })
            for line in table.lines(context.style) { try await context.printStyled(line) }
        }
        return .success
    }
}
