// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Engine
import NestboxCore

/// `nestbox run`
struct RunCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a program, or a model's answer, in a fresh sandbox.",
        discussion: """
            The program's output streams through and its exit code becomes ours; a limit ends with 124 (time) or 137. \
            Standard input that is not a terminal is passed to the program.
            """)

    @OptionGroup(title: "Program") var program: ProgramOptions
    @OptionGroup(title: "Files") var files: FileOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "The same in every run") var determinism: DeterminismOptions
    @OptionGroup(title: "Sandbox") var sandbox: SandboxOptions
    @OptionGroup(title: "Output") var display: DisplayOptions
    @OptionGroup(title: "Configuration") var settings: ConfigurationOptions

    func validate() throws {
        if !files.collect.isEmpty, files.outputDirectory == nil, !display.json {
            throw ValidationError(
                "--collect needs a place for the files: add --output-dir DIR, or --json to get them in the report")
        }
        if files.outputDirectory != nil, files.collect.isEmpty {
            throw ValidationError(
                "--output-dir needs to know which files: add --collect PATTERN, such as --collect '*.csv'")
        }
    }

    func run(in context: CommandContext) async throws -> CommandExit {
        let configuration = try settings.load(in: context)
        // Before anything runs: an unusable directory is found out before the program's work is lost in it.
        let directory = try files.outputDirectory.map { try OutputDirectory(path: $0, replacing: files.force) }
        let request = try await RunRequestBuilder(
            program: program, files: files, limits: limits, determinism: determinism, sandbox: sandbox,
            quiet: display.quiet, context: context
        ).request()

        let live = display.json ? nil : LiveOutput(output: context.output, errors: context.errors, display)
        let (outcome, interrupt) = await interruptible(by: context.interrupts) {
            let service = try await context.services.makeService(configuration)
            return try await service.run(request, id: Identifier.make(prefix: "run")) { event in
                try await live?.show(event)
            }
        }
        try await live?.finish()
        do {
            let status = try await RunEpilogue(
                display: display, limits: configuration.engine, request: request, directory: directory, live: live,
                context: context
            ).conclude(try outcome.get())
            return interrupt?.exitStatus ?? status
        } catch let error where interrupt != nil && !(error is CommandError) {
            // The service may report a cancelled run or throw; the interrupt is the reason either way.
            return interrupt?.exitStatus ?? .cancelled
        }
    }
}

/// Which program to run, and with what.
struct ProgramOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Program to run; - or nothing reads it from standard input.", valueName: "file"),
        completion: .file())
    var path: String?

    /// Catches what was meant for the program, to say where it belongs.
    @Argument(help: .private)
    var misplaced: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Program text, instead of a file.", valueName: "text"))
    var code: String?

    @Option(
        help: ArgumentHelp("Run the code blocks of a Markdown answer, each in its own sandbox.", valueName: "file"),
        completion: .file(extensions: ["md", "markdown", "txt"]))
    var markdown: String?

    @Option(
        help: ArgumentHelp(
            "Which blocks of --markdown: separate, joined (one program for each language), first, last, or a number.",
            valueName: "which"),
        completion: .list(["separate", "joined", "first", "last"]))
    var blocks: String?

    @Option(
        name: [.short, .long], help: ArgumentHelp("Language; detected when not given.", valueName: "name"),
        completion: .shellCommand("nestbox languages --names"))
    var language: String?

    @Option(
        help: ArgumentHelp("The program's standard input; - is ours, /dev/null is none.", valueName: "file"),
        completion: .file())
    var stdin: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Environment variable; repeatable.", valueName: "name=value"))
    var env: [String] = []

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("Arguments of the program, after --.", valueName: "args"))
    var arguments: [String] = []

    /// The options that name a program, as the user wrote them; at most one may. Not checked by `validate()`, which runs
    /// before the parser finds unknown options: the value of a mistyped option would be taken for a second program.
    var named: [String] {
        [path.map { "'\($0)'" }, code.map { _ in "--code" }, markdown.map { _ in "--markdown" }].compactMap(\.self)
    }
}

/// What goes into the sandbox and what comes out.
struct FileOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp(
            "Copy a file into the working directory, under its own name or as PATH; repeatable.",
            valueName: "host-path[:path]"),
        completion: .file())
    var inputs: [String] = []

    @Option(
        help: ArgumentHelp("Created files to fetch, such as '*.csv' or 'out/**'; repeatable.", valueName: "pattern"))
    var collect: [String] = []

    @Option(
        name: .customLong("output-dir"), help: ArgumentHelp("Directory for fetched files.", valueName: "dir"),
        completion: .directory)
    var outputDirectory: String?

    @Flag(help: "Replace files in the output directory.")
    var force = false
}

/// What the sandbox is made of.
struct SandboxOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Isolation driver; 'nestbox doctor' lists them.", valueName: "driver"))
    var isolation: String?

    @Option(help: ArgumentHelp("What the sandbox's file system is made from.", valueName: "name"))
    var template: String?
}

/// How the outcome is shown.
struct DisplayOptions: ParsableArguments {
    @Flag(help: "Print the report as JSON instead of the program's output.")
    var json = false

    @Flag(name: [.short, .long], help: "No remarks of Nestbox's own on standard error, errors excepted.")
    var quiet = false

    @Flag(help: "Pass control characters of the program to the terminal. They can take it over.")
    var raw = false
}
