// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `nestbox serve`
struct ServeCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the HTTP API until SIGTERM or Ctrl-C.",
        discussion: """
            Options override environment variables, which override the configuration file. API keys come from NESTBOX_API_KEY, \
            the file or --api-key-file, never from an option: options can be read by every user of the machine.
            """)

    @Option(help: ArgumentHelp("HOST:PORT, [IPV6]:PORT or unix:PATH (default: 127.0.0.1:8686).", valueName: "address"))
    var listen: String?

    @Option(help: ArgumentHelp("File with API keys, one a line.", valueName: "file"), completion: .file())
    var apiKeyFile: String?

    @Option(help: ArgumentHelp("Runs at one time (default: number of CPUs).", valueName: "count"))
    var concurrency: String?

    @Option(help: ArgumentHelp("Runs that may wait beyond that.", valueName: "count"))
    var queue: String?

    @Option(help: ArgumentHelp("SQLite file of the reports.", valueName: "file"), completion: .file())
    var database: String?

    @Option(help: ArgumentHelp("Isolation driver of runs that name none.", valueName: "driver"))
    var isolation: String?

    @OptionGroup(title: "Configuration") var settings: ConfigurationOptions

    func run(in context: CommandContext) async throws -> CommandExit {
        let given: [(path: String, option: String, text: String?)] = [
            ("server.listen", "--listen", listen),
            ("server.api_key_file", "--api-key-file", apiKeyFile),
            ("engine.concurrency", "--concurrency", concurrency),
            ("engine.queue", "--queue", queue),
            ("engine.database", "--database", database),
            ("isolation.driver", "--isolation", isolation),
        ]
        let configuration = try settings.load(
            in: context,
            overriding: given.compactMap { item in
                item.text.map { ConfigurationLoader.Override(path: item.path, option: item.option, text: $0) }
            })
        try await context.services.serve(configuration) { address in await context.note("listening on \(address)") }
        return .success
    }
}
