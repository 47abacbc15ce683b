// SPDX-License-Identifier: Apache-2.0
import Languages
import NestboxCore

/// How programs with tests in them are compiled and run, where that is another way than programs are.
enum TestTool {
    // MARK: Go

    /// Functions for `go test`, and no `main`.
    static func isGo(_ problem: UnitTestProblem, language: String) -> Bool {
        language == "go" && problem.tests.contains("*testing.T")
    }

    /// The program's package; nil where tests end in a way of their own, or nobody names it.
    static func package(of problem: UnitTestProblem) -> String? {
        if problem.tests.contains("func TestMain") { return nil }
        let text = problem.setup + "\n" + problem.prompt + "\n" + problem.tests
        return text.firstMatch(of: /(?m)^package\s+([A-Za-z_]\w*)/).map { String($0.output.1) }
    }

    /// Imports of the packages that an answer uses and `setup` has not: HumanEval-X adds them so. Empty without a setup, as the
    /// prompt then has its own.
    static func imports(of answer: String, beside setup: String) -> String {
        guard setup.contains("package ") else { return "" }
        let known = ["math", "strings", "fmt", "strconv", "time", "bytes", "regexp", "sort", "math/rand", "crypto/md5"]
        let needed = known.filter { path in
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return !setup.contains("\"\(path)\"") && answer.contains(name + ".")
        }
        return needed.map { "import \"\($0)\"\n" }.joined()
    }

    static func go(_ code: String, _ problem: UnitTestProblem, secret: String) -> RunRequest {
        var files = [FileInput(path: "main_test.go", content: code)]
        if let package = package(of: problem) {
            let end = TestsEnd.file(saying: secret, for: package)
            files.append(FileInput(path: end.name, content: end.code))
        }
        return RunRequest(files: files, entrypoint: "main_test.go", language: "go")
    }

    // MARK: TypeScript

    /// What is imported stays, used or not, as it may be for what follows. esbuild reads it where files are.
    static let typeOptions = (
        "tsconfig.json", #"{"compilerOptions": {"preserveValueImports": true, "importsNotUsedAsValues": "preserve"}}"#
    )

    /// How files become scripts without types, in the compiler's directory.
    static func dropTypes(of files: [String]) -> LanguagePack.Command {
        LanguagePack.Command(
            arguments: ["/usr/bin/esbuild"] + files + [
                "--outdir={directory}", "--format=cjs", "--platform=node", "--target=node18", "--log-level=warning",
                "--color=false",
            ])
    }

    // MARK: Commands

    /// Changes the pack of a program that holds tests.
    static func adapt(_ pack: inout LanguagePack, to problem: UnitTestProblem) {
        switch pack.name {
        case "csharp":
            // Without it, Debug.Assert is left out; with the variable, what it says is on standard error.
            pack.compile?.arguments.insert("-d:DEBUG", at: 1)
            pack.run.environment["MONO_TRACE_LISTENER"] = "Console.Error"
        case "d" where TestsEnd.hasUnitTests(problem.tests):
            pack.compile?.arguments.insert("-funittest", at: 1)
        case "go" where isGo(problem, language: pack.name):
            // Checks and builds as `go test` does, and has another program run it: the sandbox's, later.
            let build = ["test", "-exec", "/usr/bin/true", "-o", "{executable}", "{source_directory}"]
            if let tool = pack.compile?.arguments.first { pack.compile?.arguments = [tool] + build }
        case "rust" where TestsEnd.isRustTest(problem.tests):
            pack.compile?.arguments.insert("--test", at: 1)
        default: break
        }
    }
}

/// What data sets hold against a program that ended with exit code 0: not every tool has one for tests that failed.
struct OutputRules: Sendable {
    private var failsOnAnyError = false
    private var failures: [String] = []

    init() {}

    init(_ problem: UnitTestProblem, language: String) {
        switch language {
        case "csharp": failures = ["System.Diagnostics.DefaultTraceListener.Fail", "Unhandled Exception"]
        case "perl" where problem.tests.contains("Test::Deep"): failures = ["ERROR"]
        case "racket": failsOnAnyError = problem.tests.contains("rackunit")
        case "scala": failsOnAnyError = problem.prompt.contains("object Problem {")
        default: break
        }
    }

    /// Why the output means that a test failed; nil when it does not.
    func failure(stdout: String, stderr: String) -> String? {
        let said = stderr.trimmingBlanks
        if failsOnAnyError, !said.isEmpty { return String(said.prefix(2000)) }
        for text in failures where stdout.contains(text) || stderr.contains(text) { return String(said.prefix(2000)) }
        return nil
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
