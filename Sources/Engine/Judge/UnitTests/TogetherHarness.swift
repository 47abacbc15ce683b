// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// Makes the one program of in-process mode.
enum TogetherHarness {
    struct Program: Sendable {
        var request: RunRequest
        /// The program tells a verdict at its end; without it the exit code is all there is.
        var hasSecret: Bool
    }

    static func programs(_ assembly: UnitTestAssembly, secret: String) throws(RequestError) -> Program {
        let problem = assembly.problem
        let head = problem.setup.isEmpty ? "" : problem.setup + "\n"
        switch assembly.language {
        case "python":
            let submission = head + assembly.submission
            var request = HarnessFiles.request(
                "python",
                HarnessFiles.imports(submission + "\n" + problem.tests) + HarnessFiles.text("python/together.py"),
                [
                    ("solution", submission), ("tests", problem.tests),
                    ("harness.json", HarnessFiles.json(["file": "solution", "unittest": problem.isUnittest])),
                ])
            request.stdin = secret + "\n"
            return Program(request: request, hasSecret: true)
        case "javascript":
            // Node.js only prints what a failed console.assert says; data sets mean an error.
            let asserts =
                "console.assert = (condition, ...text) => { if (!condition) throw new Error(`Assertion failed ${text.join(' ')}`); };"
            let told = "{\\\"verdict\\\":\\\"ok\\\",\\\"message\\\":\\\"\\\"}"
            let end =
                "\n;process.on('exit', (code) => { if (code === 0) process.stderr.write(\"\\n\(secret)\(told)\\n\"); });\n"
            return Program(
                request: RunRequest(
                    code: asserts + head + assembly.submission + "\n" + problem.tests + end, language: "javascript"),
                hasSecret: true)
        default:
            var request = RunRequest(
                code: CodeMask.closed(head + assembly.submission + "\n" + problem.tests), language: assembly.language)
            // Java's assert does nothing otherwise.
            if assembly.language == "java" { request.env["JDK_JAVA_OPTIONS"] = "-ea" }
            return Program(request: request, hasSecret: false)
        }
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
