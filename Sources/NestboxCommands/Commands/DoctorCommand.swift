// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Isolation
import NestboxCore

/// `nestbox doctor`
struct DoctorCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine can isolate with, what is missing and how to get it.",
        discussion: "Exits with 1 when the default driver cannot be used.")

    @Flag(help: "Print JSON.") var json = false

    @OptionGroup(title: "Configuration") var settings: ConfigurationOptions

    /// What `--json` prints.
    struct Diagnosis: Encodable {
        let defaultDriver: String
        let usable: Bool
        let drivers: [DriverStatus]

        enum CodingKeys: String, CodingKey {
            case usable, drivers
            case defaultDriver = "default_driver"
        }
    }

    func run(in context: CommandContext) async throws -> CommandExit {
        let configuration = try settings.load(in: context)
        var statuses: [DriverStatus] = []
        for driver in try await context.services.drivers(configuration) { statuses.append(await driver.status()) }
        let configured = configuration.isolation.driver
        let name =
            StrongestIsolation.driver(for: configured, among: statuses.filter(\.available).map(\.driver)) ?? configured
        let usable = statuses.contains { $0.driver == name && $0.available }
        if json {
            let diagnosis = Diagnosis(defaultDriver: name, usable: usable, drivers: statuses)
            try await context.printStyled(try JSONText.render(diagnosis, terminal: context.output.isTerminal))
        } else {
            for status in statuses {
                for line in Self.lines(status, isDefault: status.driver == name, context.style) {
                    try await context.printStyled(line)
                }
            }
            if !statuses.contains(where: { $0.driver == name }) {
                await context.note(
                    "the default driver '\(name)' does not exist; 'isolation.driver' may be one of: "
                        + statuses.map(\.driver).joined(separator: ", "))
            }
        }
        return usable ? .success : .negative
    }

    private static func lines(_ status: DriverStatus, isDefault: Bool, _ style: TextStyle) -> [String] {
        let width = status.findings.map(\.name.count).max() ?? 0
        var lines = [
            style(.bold, TerminalSanitizer.line(status.driver)) + (isDefault ? " (default): " : ": ")
                + (status.available
                    ? style(.green, "available") + ", limits held by \(TerminalSanitizer.line(status.limitsEnforcedBy))"
                    : style(.red, "not available"))
        ]
        for finding in status.findings {
            let mark =
                switch finding.level {
                case .ok: style(.green, "ok     ")
                case .missing: style(.yellow, "missing")
                case .fatal: style(.red, "fatal  ")
                }
            let name = TerminalSanitizer.line(finding.name)
            let padding = String(repeating: " ", count: max(0, width - name.count))
            lines.append("  \(mark)  \(name)\(padding)  \(TerminalSanitizer.line(finding.detail))")
            if let remedy = finding.remedy { lines.append("           -> \(TerminalSanitizer.line(remedy))") }
        }
        return lines
    }
}
