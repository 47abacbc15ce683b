// SPDX-License-Identifier: Apache-2.0

/// One language: how it is recognised, compiled and run. Read from `Packs/NAME.yaml`; adding a language is adding a file.
///
/// docs/languages.md describes every key of the file.
public struct LanguagePack: Sendable, Hashable {
    /// A command line. The placeholders of ``CommandValues`` are replaced in arguments and in variables.
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

    /// A further program with a known outcome; every isolation driver must show the same.
    public struct SelfTest: Sendable, Hashable {
        public enum Outcome: String, Sendable, Hashable, CaseIterable {
            case ok
            case compileError = "compile_error"
            case runtimeError = "runtime_error"
            case signaled
            /// Only with limits, so only in a sandbox.
            case cpuTimeout = "cpu_timeout"
            case memoryLimit = "memory_limit"
        }

        public var name: String
        public var code: String
        public var stdin: String
        /// Exact standard output of the run stage.
        public var stdout: String
        public var outcome: Outcome
        /// `type` of the structured error; nil where the language prints none.
        public var errorType: String?
        /// `line` of the structured error.
        public var errorLine: Int?
        /// `line` of the first structured warning.
        public var warningLine: Int?

        public init(
            name: String, code: String, stdin: String = "", stdout: String = "", outcome: Outcome = .ok,
            errorType: String? = nil, errorLine: Int? = nil, warningLine: Int? = nil
        ) {
            self.name = name
            self.code = code
            self.stdin = stdin
            self.stdout = stdout
            self.outcome = outcome
            self.errorType = errorType
            self.errorLine = errorLine
            self.warningLine = warningLine
        }
    }

    /// Names of the self-tests that every pack has, each for a column of docs/languages-table.md.
    public static let printsOK = "prints OK"
    public static let readsInput = "reads standard input"
    public static let doesNotCompile = "does not compile"
    public static let runsForEver = "runs for ever"
    public static let takesAllMemory = "takes more memory than it may"

    public var name: String
    public var aliases: [String]
    /// Further names that Markdown fences use; not accepted as an explicit language.
    public var fences: [String]
    /// File name extensions without the dot, in lower case.
    public var extensions: [String]
    /// Whole file names, such as `Makefile`.
    public var filenames: [String]
    /// Interpreter names in `#!` lines, without a version (`python` also means `python3.11`).
    public var interpreters: [String]
    /// Debian packages that bring the toolchain.
    public var packages: [String]
    /// What to type where no package brings it; nil: `apt-get install` and the packages.
    public var install: String?
    /// Files that must exist for the language to be available.
    public var requires: [String]
    /// Entries of the host's `/etc` that the toolchain reads, to be shown read-only, such as `alternatives` or
    /// `java-*-openjdk` (`*` matches within one name). Without them the programs below `/usr` do not start.
    public var etc: [String]
    /// Paths of the toolchain, and where it may be instead; see ``placed(exists:)``.
    public var elsewhere: [String: String]
    /// Files and directories outside of `/usr` and `/etc` that the toolchain reads, to be shown read-only where they exist.
    public var paths: [String]
    /// Name given to `code` that comes without one; see ``sourceFileName(for:)``.
    public var sourceFile: String
    public var naming: SourceNaming
    public var version: VersionProbe
    /// Nil when the language has one toolchain only.
    public var versions: Versions?
    /// Which of ``versions`` this is; nil for the usual toolchain.
    public internal(set) var selectedVersion: String?
    public var compile: Command?
    public var run: Command
    public var diagnostics: DiagnosticsFormat
    /// How its tools print warnings and errors, for ``DiagnosticsFormat/rules``.
    public var messages: MessageRules
    /// Least limits the toolchain needs to start at all (a JVM, say); a request's explicit limits stay as they are.
    public var memoryBytes: Int?
    public var processes: Int?
    public var smoke: Smoke
    public var selfTests: [SelfTest]
    /// What kind of libraries an operator can install for its programs; nil when they cannot be listed.
    public var libraries: LibraryKind?
    /// Which clocks its programs can be given; nil: none, as they ask past the C library.
    public var clock: ClockSupport?

    public init(
        name: String, aliases: [String] = [], fences: [String] = [], extensions: [String] = [],
        filenames: [String] = [], interpreters: [String] = [], packages: [String], install: String? = nil,
        requires: [String], elsewhere: [String: String] = [:], etc: [String] = [], paths: [String] = [],
        sourceFile: String,
        naming: SourceNaming = .fixed, version: VersionProbe, versions: Versions? = nil, compile: Command? = nil,
        run: Command, diagnostics: DiagnosticsFormat, messages: MessageRules = MessageRules(),
        memoryBytes: Int? = nil, processes: Int? = nil, libraries: LibraryKind? = nil, clock: ClockSupport? = nil,
        smoke: Smoke, selfTests: [SelfTest] = []
    ) {
        self.name = name
        self.aliases = aliases
        self.fences = fences
        self.extensions = extensions
        self.filenames = filenames
        self.interpreters = interpreters
        self.packages = packages
        self.install = install
        self.requires = requires
        self.elsewhere = elsewhere
        self.etc = etc
        self.paths = paths
        self.sourceFile = sourceFile
        self.naming = naming
        self.version = version
        self.versions = versions
        self.compile = compile
        self.run = run
        self.diagnostics = diagnostics
        self.messages = messages
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.libraries = libraries
        self.clock = clock
        self.smoke = smoke
        self.selfTests = selfTests
    }
}

/// Which tool's way of printing warnings and errors a language uses.
public enum DiagnosticsFormat: String, Sendable, Hashable, CaseIterable {
    case python, node, gcc, rustc, go, java, ruby, php, perl, lua, r, bash, sqlite
    /// esbuild at compile time, Node.js with source maps at run time.
    case esbuild
    /// The pack says how: ``LanguagePack/messages``.
    case rules
    /// The pack's rules for the compiler, Node.js with source maps at run time.
    case coffeescript
    case none
}

/// Whose libraries the programs of a language import.
public enum LibraryKind: String, Sendable, Hashable, CaseIterable {
    case python, node, ruby, r
}

/// Which clocks the programs of a language can be given (docs/judge.md#determinism). What a pack says was seen in every way that the
/// language has of asking for the time.
public enum ClockSupport: String, Sendable, Hashable, CaseIterable {
    /// One that stands still too.
    case any
    /// Only one that goes on: the runtime makes its own time of the clock and goes on counting.
    case running
}

/// How the file of nameless code is called.
public enum SourceNaming: String, Sendable, Hashable, CaseIterable {
    /// ``LanguagePack/sourceFile`` as it is.
    case fixed
    /// `NAME.java` after the public class, which javac insists on.
    case javaClass = "java_class"
    /// `.mjs` instead of `.js` when the code uses ECMAScript module syntax.
    case javascriptModule = "javascript_module"
}
