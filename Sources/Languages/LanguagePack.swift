// SPDX-License-Identifier: Apache-2.0

/// One language: how it is recognised, compiled and run. Read from `Packs/NAME.yaml`; adding a language is adding a file.
public struct LanguagePack: Sendable, Hashable {
    /// A command line. `{source}`, `{sources}`, `{executable}`, `{directory}` and `{memory_mib}` are replaced; `{sources}` becomes one
    /// argument for each source file of the language.
    public struct Command: Sendable, Hashable {
        /// Program by absolute path inside the sandbox, and its arguments.
        public var arguments: [String]
        /// Variables the toolchain needs, added below the caller's.
        public var environment: [String: String]

        public init(arguments: [String], environment: [String: String] = [:]) {
            self.arguments = arguments
            self.environment = environment
        }
    }

    /// How to ask the toolchain for its version.
    public struct VersionProbe: Sendable, Hashable {
        public var arguments: [String]
        /// Text that stands before the version in the output; the version is the following run of digits, dots and
        /// letters. Empty: the first number in the output.
        public var after: String

        public init(arguments: [String], after: String = "") {
            self.arguments = arguments
            self.after = after
        }
    }

    /// A program that prints `stdout` and ends with 0 when the toolchain works.
    public struct Smoke: Sendable, Hashable {
        public var code: String
        public var stdout: String

        public init(code: String, stdout: String) {
            self.code = code
            self.stdout = stdout
        }
    }

    public var name: String
    public var aliases: [String]
    /// File name extensions without the dot.
    public var extensions: [String]
    /// Whole file names, such as `Makefile`.
    public var filenames: [String]
    /// Interpreter names in `#!` lines.
    public var interpreters: [String]
    /// Debian packages that bring the toolchain.
    public var packages: [String]
    /// Files that must exist for the language to be available.
    public var requires: [String]
    /// Name given to `code` that comes without one.
    public var sourceFile: String
    public var version: VersionProbe
    public var compile: Command?
    public var run: Command
    public var diagnostics: DiagnosticsFormat
    /// Least limits the toolchain needs to start at all (a JVM, say); a request's explicit limits stay as they are.
    public var memoryBytes: Int?
    public var processes: Int?
    public var smoke: Smoke

    public init(
        name: String, aliases: [String], extensions: [String], filenames: [String], interpreters: [String],
        packages: [String], requires: [String], sourceFile: String, version: VersionProbe, compile: Command?,
        run: Command, diagnostics: DiagnosticsFormat, memoryBytes: Int?, processes: Int?, smoke: Smoke
    ) {
        self.name = name
        self.aliases = aliases
        self.extensions = extensions
        self.filenames = filenames
        self.interpreters = interpreters
        self.packages = packages
        self.requires = requires
        self.sourceFile = sourceFile
        self.version = version
        self.compile = compile
        self.run = run
        self.diagnostics = diagnostics
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.smoke = smoke
    }
}

/// Which tool's way of printing warnings and errors a language uses.
public enum DiagnosticsFormat: String, Sendable, Hashable, CaseIterable {
    case python, node, gcc, rustc, go, java, ruby, php, perl, lua, r, bash, sqlite, esbuild, none
}
