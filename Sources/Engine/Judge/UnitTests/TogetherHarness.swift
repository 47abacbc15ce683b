// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// Makes the one program of in-process mode.
enum TogetherHarness {
    struct Program: Sendable {
        var request: RunRequest
        /// How its end is known.
        var end: End
        var rules = OutputRules()
    }

    enum End: Sendable {
        /// The program tells a verdict, with the secret.
        case verdict
        /// The program prints the secret.
        case secret
        /// The exit code is all there is.
        case exitCode
    }

    /// Languages whose programs are given the braces that an answer left open.
    private static let braces: Set = ["c", "cpp", "csharp", "dart", "go", "java", "kotlin", "scala"]

    static func programs(_ assembly: UnitTestAssembly, secret: String) throws(RequestError) -> Program {
        let problem = assembly.problem
        let language = assembly.language
        var head = problem.setup.isEmpty ? "" : problem.setup + "\n"
        if language == "go" { head += TestTool.imports(of: assembly.code, beside: problem.setup) }
        if language == "python" {
            let submission = head + assembly.submission
            var request = HarnessFiles.request(
                "python",
                HarnessFiles.imports(submission + "\n" + problem.tests) + HarnessFiles.text("python/together.py"),
                [
                    ("solution", submission), ("tests", problem.tests),
                    ("harness.json", HarnessFiles.json(["file": "solution", "unittest": problem.isUnittest])),
                ])
            request.stdin = secret + "\n"
            return Program(request: request, end: .verdict)
        }
        let rules = OutputRules(problem, language: language)
        if TestTool.isGo(problem, language: language) {
            return Program(
                request: TestTool.go(head + assembly.submission + "\n" + problem.tests, problem, secret: secret),
                end: TestTool.package(of: problem) == nil ? .exitCode : .secret, rules: rules)
        }
        let tests = TestsEnd.saying(secret, in: problem.tests, language: language)
        var code = head + assembly.submission + "\n" + (tests ?? problem.tests)
        if language == "javascript" || language == "typescript" {
            // Node.js only prints what a failed console.assert says; data sets mean an error.
            code =
                "console.assert = (condition, ...text) => { if (!condition) throw new Error(`Assertion failed ${text.join(' ')}`); };"
                + code
        }
        if braces.contains(language) { code = CodeMask.closed(code) }
        var request = RunRequest(code: code, language: language)
        if language == "rust", TestsEnd.isRustTest(problem.tests) { request.args = ["--test-threads=1"] }
        // Java's assert does nothing otherwise.
        if language == "java" { request.env["JDK_JAVA_OPTIONS"] = "-ea" }
        return Program(request: request, end: tests == nil ? .exitCode : .secret, rules: rules)
    }
}

/// The guest's side of the harnesses, and requests made of it.
enum HarnessFiles {
    private static let files = Dictionary(
        EmbeddedResources.files.filter { $0.path.hasPrefix(folder) }.map {
            (String($0.path.dropFirst(folder.count)), $0.text)
        },
        uniquingKeysWith: { first, _ in first })
    private static let folder = "Judge/UnitTests/Harness/"

    static func text(_ path: String) -> String { (files[path] ?? "") + "\n" }

    static func json(_ object: [String: any Sendable]) -> String {
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    static func request(_ language: String, _ code: String, _ files: [(String, String)]) -> RunRequest {
        RunRequest(
            code: code, files: files.map { FileInput(path: $0.0, content: $0.1) }, language: language)
    }

    /// Lines that say what a Python program imports that is not in its main file, for the choice of its zygote. They do nothing.
    static func imports(_ code: String) -> String {
        let names = PythonImports.packages(in: code.utf8).filter { name in
            name.utf8.allSatisfy {
                $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            }
        }
        return names.isEmpty ? "" : "'''\n" + names.sorted().map { "import \($0)\n" }.joined() + "'''\n"
    }
}
