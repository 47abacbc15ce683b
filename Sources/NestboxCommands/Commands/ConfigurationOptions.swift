// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Options of every command that needs the configuration.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config"), help: "Configuration file (YAML); also NESTBOX_CONFIG. Options override it.",
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Flag(help: "Run even where only the weaker limits of setrlimit(2) can hold a program.")
    var acceptRlimitOnly = false

    func load(
        in context: CommandContext, overriding overrides: [ConfigurationLoader.Override] = []
    ) throws -> ValidConfiguration {
        var overrides = overrides
        if acceptRlimitOnly {
            overrides.append(.init(path: "isolation.accept_rlimit_only", option: "--accept-rlimit-only", text: "true"))
        }
        return try ConfigurationLoader(machine: context.machine).load(file: file, overrides: overrides)
    }
}
