// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages
import NestboxCore

/// A program that is ready to run: everything checked, nothing left that the request could be blamed for.
struct PreparedProgram: Sendable {
    struct File: Sendable, Hashable {
        let path: String
        let content: [UInt8]
    }

    var language: DetectedLanguage
    var files: [File]
    /// Path of the program's main file among `files`.
    let entry: String
    /// Text of the main file, lossily decoded where it is not UTF-8.
    let code: String
    var stdin: [UInt8]
    var arguments: [String]
    var environment: [String: String]
    var limits: Limits
    /// What the compile stage may use.
    let compileLimits: Limits
    let collect: [String]
    /// What its text may not say: the server's policy and the request's, as far as they say anything.
    var policies: [CodePolicy] = []
    let driver: any IsolationDriver
    /// Files that are put in place after the compile stage, beside those of the program: a compiler does not see them.
    var laterFiles: [File] = []
    /// What makes it run the same each time; nil: nothing does.
    var conditions: FixedConditions?
    /// Where the lines of its files stand in the Markdown text that it was made of.
    var markdownLines: MarkdownLines?

    var pack: LanguagePack { language.pack }

    /// What every program finds in its environment; the toolchain's and the caller's variables go over it.
    private static let baseEnvironment = [
        "HOME": SandboxPath.home, "LANG": "C.UTF-8", "LOGNAME": "user", "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": "/tmp", "USER": "user",
    ]

    /// What a program of a pack without a compiler finds in its environment when its caller adds nothing.
    static func environment(of pack: LanguagePack?) -> [String: String] {
        let values = CommandValues(
            source: "", sources: [], directory: SandboxPath.build, mainClass: "", memoryMebibytes: 0)
        return baseEnvironment.merging(pack?.run.variables(values) ?? [:]) { _, new in new }
    }

    private var commandValues: CommandValues {
        CommandValues(
            source: entry, sources: pack.sources(among: files.map(\.path), entry: entry), directory: SandboxPath.build,
            mainClass: pack.mainClass(of: code), memoryMebibytes: limits.memoryBytes >> 20)
    }

    /// The compile stage's program; nil for languages without one.
    var compileSpec: ProgramSpec? {
        pack.compile.map {
            var spec = spec($0, extraArguments: [], extraEnvironment: [:])
            conditions?.applyToCompiler(&spec)
            return spec
        }
    }

    var runSpec: ProgramSpec {
        var spec = spec(pack.run, extraArguments: arguments, extraEnvironment: environment)
        conditions?.apply(to: &spec, pack, own: environment)
        return spec
    }

    private func spec(
        _ command: LanguagePack.Command, extraArguments: [String], extraEnvironment: [String: String]
    ) -> ProgramSpec {
        let values = commandValues
        var environment = Self.baseEnvironment
        environment.merge(command.variables(values)) { _, new in new }
        environment.merge(extraEnvironment) { _, new in new }
        return ProgramSpec(
            arguments: command.argv(values) + extraArguments, environment: environment, directory: SandboxPath.home)
    }

    /// Names of files as the caller knows them, by their path inside the sandbox.
    var fileNames: [String: String] {
        var names: [String: String] = [:]
        for file in files { names["\(SandboxPath.home)/\(file.path)"] = file.path }
        return names
    }
}

/// A checked request: one program, or the programs of a Markdown answer.
enum PreparedRun: Sendable {
    struct Block: Sendable {
        let line: Int
        let parts: [MarkdownReport.Part]
        let program: PreparedProgram
    }

    case program(PreparedProgram)
    case markdown([Block])
}
