// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import NestboxCore

/// Makes the two programs of separate mode: the submission with a driver that answers calls, and the tests with a stand-in that
/// makes them.
struct SeparateHarness: Sendable {
    struct Programs: Sendable {
        var submission: RunRequest
        var tests: RunRequest
        /// Where both are Python: what each program begins with, and our text behind it.
        var python: (submission: PythonText, tests: PythonText)?
        /// Files of each that are TypeScript.
        var typed: (submission: [String], tests: [String])?
    }

    struct PythonText: Sendable {
        let imports: String
        let text: String
    }

    static let languages = ["cpp", "java", "javascript", "python", "typescript"]

    private let language: String

    /// Nil for a language without one.
    init?(language: String) {
        guard Self.languages.contains(language) else { return nil }
        self.language = language
    }

    /// - Throws: ``HarnessRefusal`` when the problem needs what separate mode has not.
    func programs(_ assembly: UnitTestAssembly) throws(HarnessRefusal) -> Programs {
        switch language {
        case "python": python(assembly)
        case "javascript": javascript(assembly)
        case "typescript": typescript(assembly)
        case "cpp": try cpp(assembly)
        default: try java(assembly)
        }
    }

    // MARK: Python and JavaScript

    private func python(_ assembly: UnitTestAssembly) -> Programs {
        let problem = assembly.problem
        let wire = HarnessFiles.text("python/wire.py")
        let prefix = [problem.setup, problem.prompt].filter { !$0.isEmpty }.joined(separator: "\n")
        let classes = Self.classes(in: prefix)
        let submission = problem.setup + (problem.setup.isEmpty ? "" : "\n") + assembly.submission
        let driving = PythonText(
            imports: HarnessFiles.imports(submission), text: wire + HarnessFiles.text("python/driver.py"))
        let testing = PythonText(
            imports: HarnessFiles.imports(prefix + "\n" + problem.tests),
            text: wire + HarnessFiles.text("python/tests.py"))
        return Programs(
            submission: HarnessFiles.request(
                "python", driving.imports + driving.text,
                [
                    ("solution", submission),
                    ("harness.json", HarnessFiles.json(["file": "solution", "classes": classes])),
                ]),
            tests: HarnessFiles.request(
                "python", testing.imports + testing.text,
                [
                    ("tests", problem.tests),
                    (
                        "harness.json",
                        HarnessFiles.json([
                            "prefix": prefix, "entry_point": problem.entryPoint, "classes": classes,
                            "unittest": problem.isUnittest,
                        ])
                    ),
                ]), python: (driving, testing))
    }

    /// Classes that the problem declares, which both sides therefore know.
    private static func classes(in code: String) -> [String] {
        code.split(separator: "\n").filter { $0.hasPrefix("class ") }.map {
            String($0.dropFirst(6).prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        }
    }

    private func javascript(_ assembly: UnitTestAssembly) -> Programs {
        let problem = assembly.problem
        let wire = HarnessFiles.text("javascript/wire.js")
        return Programs(
            submission: HarnessFiles.request(
                "javascript", wire + HarnessFiles.text("javascript/driver.js"),
                [
                    ("solution", problem.setup + assembly.submission),
                    ("harness.json", HarnessFiles.json(["file": "solution"])),
                ]),
            tests: HarnessFiles.request(
                "javascript", wire + HarnessFiles.text("javascript/tests.js"),
                [
                    ("tests", problem.tests),
                    (
                        "harness.json",
                        HarnessFiles.json([
                            "prefix": problem.setup + "\n" + assembly.head, "entry_point": problem.entryPoint,
                        ])
                    ),
                ]))
    }

    /// The harness of JavaScript; the texts are made JavaScript first, as ``TestTool/dropTypes(of:)`` says.
    private func typescript(_ assembly: UnitTestAssembly) -> Programs {
        let problem = assembly.problem
        let wire = HarnessFiles.text("javascript/wire.js")
        return Programs(
            submission: HarnessFiles.request(
                "javascript", wire + HarnessFiles.text("javascript/driver.js"),
                [
                    TestTool.typeOptions, ("solution.ts", problem.setup + assembly.submission),
                    ("harness.json", HarnessFiles.json(["file": SandboxPath.build + "/solution.js"])),
                ]),
            tests: HarnessFiles.request(
                "javascript", wire + HarnessFiles.text("javascript/tests.js"),
                [
                    TestTool.typeOptions, ("tests.ts", problem.tests),
                    ("prefix.ts", problem.setup + "\n" + assembly.head),
                    (
                        "harness.json",
                        HarnessFiles.json([
                            "entry_point": problem.entryPoint, "tests_file": SandboxPath.build + "/tests.js",
                            "prefix_file": SandboxPath.build + "/prefix.js",
                        ])
                    ),
                ]),
            typed: (["solution.ts"], ["tests.ts", "prefix.ts"]))
    }

    // MARK: C++

    private func cpp(_ assembly: UnitTestAssembly) throws(HarnessRefusal) -> Programs {
        let problem = assembly.problem
        guard let declaration = Declaration(of: problem.entryPoint, in: problem.prompt, language: "cpp") else {
            throw HarnessRefusal("the prompt does not declare '\(problem.entryPoint)'")
        }
        let name = problem.entryPoint
        let declared = "namespace nestbox_declared { \(declaration.signature.dropLast()); }\n"
        let wire = HarnessFiles.text("cpp/wire.hpp")
        let submission = CodeMask.closed(problem.setup + "\n" + assembly.submission)
        let driver = """
            #include "wire.hpp"
            #define main nestbox_submission_main
            #include "solution.hpp"
            #undef main
            \(declared)#include "driver.hpp"
            int main() {
                nestbox_harness::take_streams();
                nestbox_harness::Server<decltype(nestbox_declared::\(name))>::serve(
                    [](auto&&... items) -> decltype(auto) { return ::\(name)(std::forward<decltype(items)>(items)...); });
            }

            """
        // The stand-in's own assert says which line it was.
        let tests = problem.tests.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let words = line.filter { !$0.isWhitespace }
            return ["#include<assert.h>", "#include<cassert>", "#undefNDEBUG"].contains(words) ? "" : String(line)
        }.joined(separator: "\n")
        let main = """
            #include "wire.hpp"
            #include "tests.hpp"
            #include <cassert>
            \(problem.setup)
            \(declaration.head)
            \(declared)static nestbox_harness::Remote<decltype(nestbox_declared::\(name))> \(name);
            #undef assert
            #define assert(...) ((__VA_ARGS__) ? static_cast<void>(0) : nestbox_harness::failed(#__VA_ARGS__, __LINE__))
            #line 1 "tests"
            \(tests)
            """
        return Programs(
            submission: HarnessFiles.request(
                "cpp", driver,
                [("wire.hpp", wire), ("driver.hpp", HarnessFiles.text("cpp/driver.hpp")), ("solution.hpp", submission)]),
            tests: HarnessFiles.request(
                "cpp", main, [("wire.hpp", wire), ("tests.hpp", HarnessFiles.text("cpp/tests.hpp"))]))
    }

    // MARK: Java

    private func java(_ assembly: UnitTestAssembly) throws(HarnessRefusal) -> Programs {
        let problem = assembly.problem
        guard let pack = assembly.pack,
            let declaration = Declaration(of: problem.entryPoint, in: problem.prompt, language: "java")
        else { throw HarnessRefusal("the prompt does not declare '\(problem.entryPoint)'") }
        guard let parameters = Self.parameters(of: declaration.signature, name: problem.entryPoint) else {
            throw HarnessRefusal("the declaration of '\(problem.entryPoint)' cannot be read")
        }
        let opened = declaration.head + declaration.signature
        let arguments = (["\"\(problem.entryPoint)\""] + parameters.names).joined(separator: ", ")
        let stub = "\n\(parameters.isVoid ? "" : "return ")NestboxTests.call(\(arguments));\n"
        let ends =
            problem.closing.isEmpty
            ? String(repeating: "}\n", count: max(0, CodeMask(Array(opened.utf8)).depth)) : problem.closing
        let tests = CodeMask.closed(opened + stub + ends + problem.tests)
        let submission = CodeMask.closed(assembly.submission)
        let wire = ("NestboxWire.java", HarnessFiles.text("java/NestboxWire.java"))
        let own = pack.sourceFileName(for: submission)
        // One that bears our name does not compile.
        let file = own.hasPrefix("Nestbox") ? "Submission.java" : own
        var programs = Programs(
            submission: HarnessFiles.request(
                "java", HarnessFiles.text("java/NestboxDriver.java"),
                [wire, (file, submission)]),
            tests: HarnessFiles.request(
                "java", HarnessFiles.text("java/NestboxTests.java"),
                [wire, (pack.sourceFileName(for: tests), tests)]))
        programs.submission.args = [pack.mainClass(of: CodeMask.closed(opened))]
        programs.tests.args = [pack.mainClass(of: tests)]
        return programs
    }

    /// Names of a Java method's parameters, and whether it gives nothing back.
    private static func parameters(of signature: String, name: String) -> (names: [String], isVoid: Bool)? {
        let text = CodeMask(Array(signature.utf8)).text
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        var names: [String] = []
        var depth = 0
        var word = ""
        for character in text[text.index(after: open)..<close] + "," {
            switch character {
            case "<", "(": depth += 1
            case ">", ")": depth -= 1
            case "," where depth == 0:
                if !word.isEmpty { names.append(word) }
                word = ""
                continue
            default: break
            }
            if character.isLetter || character.isNumber || character == "_" {
                if word.last == " " { word = "" }
                word.append(character)
            } else if !word.isEmpty, word.last != " " {
                word.append(" ")
            }
        }
        names = names.map { String($0.filter { $0 != " " }) }
        let isVoid = text[..<open].split { $0.isWhitespace }.dropLast().last == "void"
        return (names, isVoid)
    }
}

extension CodeMask {
    /// A text with all that it opened closed again.
    static func closed(_ code: String) -> String {
        code + String(repeating: "\n}", count: max(0, CodeMask(Array(code.utf8)).depth)) + "\n"
    }
}
