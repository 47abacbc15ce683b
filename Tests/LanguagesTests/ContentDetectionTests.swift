// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import Languages

@Suite("Detection by content")
struct ContentDetectionTests {
    /// Name of the language that the content tells; `?` when it does not.
    private static func guess(_ code: String, _ catalog: LanguageCatalog) -> String {
        let candidates = catalog.classifier.candidates(for: code)
        guard let best = candidates.first, best.confidence >= ContentClassifier.threshold else { return "?" }
        return best.name
    }

    /// Fragments are never believed to be another language, and few are left open.
    @Test(arguments: Fragments.all.map(\.language))
    func knowsTheFragments(of language: String) throws {
        let catalog = try LanguageCatalog.builtIn()
        let codes = try #require(Fragments.all.first { $0.language == language }).codes
        #expect(codes.count >= 8)
        var open = 0
        for (index, code) in codes.enumerated() where Shebang.interpreter(of: code) == nil {
            let found = Self.guess(code, catalog)
            if found == "?" { open += 1 }
            #expect(found == language || found == "?", "fragment \(index + 1) is taken for \(found)")
        }
        #expect(open * 5 <= codes.count, "\(open) of \(codes.count) are left open")
    }

    @Test(arguments: [
        ("import platform; print(platform.release())", true), ("import os\nprint(os.getcwd())", true),
        ("import Foundation; print(Foundation.x)", false), ("import math, strutils\necho(math.pi)", false),
        ("import platform; print(1)", false),
    ])
    func aLineThatImportsAModuleOfPythonsAndPrintsIsPython(code: String, isPython: Bool) {
        #expect(ImportSign.isPython(code) == isPython)
    }

    /// Short programs as they answer a task: a comment, one function, perhaps a few assertions. They are no material of training.
    @Test func knowsShortAnswers() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fragments/answers.txt")
        let catalog = try LanguageCatalog.builtIn()
        var languages: Set<String> = []
        var wrong: [String] = []
        var open = 0
        let text = "\n" + (try String(contentsOf: file, encoding: .utf8))
        for part in text.components(separatedBy: "\n=== ").dropFirst() {
            let (language, code) = try #require(part[...].split(at: "\n"))
            languages.insert(String(language))
            let found = Self.guess(String(code), catalog)
            if found == "?" {
                open += 1
            } else if found != language {
                wrong.append("\(language) is taken for \(found)")
            }
        }
        #expect(languages.count == 22)
        #expect(wrong.isEmpty, "\(wrong)")
        #expect(open <= 2, "\(open) are left open")
    }

    @Test(arguments: NotCode.all.map(\.0))
    func doesNotGuessWhereThereIsNoProgram(name: String) throws {
        let text = try #require(NotCode.all.first { $0.0 == name }).1
        #expect(Self.guess(text, try LanguageCatalog.builtIn()) == "?")
    }

    @Test func wordsInStringsAndCommentsDoNotCount() throws {
        let catalog = try LanguageCatalog.builtIn()
        let disguised = """
            # function greet() { console.log("hi"); } const x = 1; let y = 2;
            text = "public static void main(String[] args) { System.out.println(1); }"
            sql = '''SELECT name FROM users WHERE id = 1 ORDER BY name;'''
            for word in text.split():
                print(word, len(word))
            """
        #expect(Self.guess(disguised, catalog) == "python")
    }

    @Test func sharesAddUpToAtMostOneAndAreOrdered() throws {
        let candidates = try LanguageCatalog.builtIn().classifier.candidates(for: "int main(void) { return 0; }")
        #expect(candidates.map(\.confidence).reduce(0, +) < 1)
        #expect(candidates.map(\.confidence) == candidates.map(\.confidence).sorted(by: >))
        #expect(Set(candidates.map(\.name)).count == candidates.count)
        #expect(candidates.count >= 50)
    }

    @Test func looksAtTheStartOfLongCodeOnly() throws {
        let catalog = try LanguageCatalog.builtIn()
        let python = String(repeating: "def f(x):\n    return x\n", count: 2000)
        let found = catalog.classifier.candidates(for: python + String(repeating: "#include <stdio.h>\n", count: 5000))
        #expect(found.first?.name == "python")
        #expect(found == catalog.classifier.candidates(for: python))
    }

    @Test(arguments: ["\r\n", "\r"])
    func lineEndsDoNotMatter(lineEnd: String) throws {
        let catalog = try LanguageCatalog.builtIn()
        let code = "local t = {}\nfor i = 1, 3 do\n  t[#t + 1] = i\nend\nprint(#t)\n"
        let other = code.replacing("\n", with: lineEnd)
        #expect(catalog.classifier.candidates(for: other) == catalog.classifier.candidates(for: code))
    }

    /// A language without a pack is named, not called unclear.
    @Test func namesALanguageThatHasNoPack() throws {
        let catalog = try LanguageCatalog(packs: [])
        let error = #expect(throws: RequestError.self) {
            try catalog.detect(code: "def f(x):\n    return x + 1\n\nprint(f(1))\n")
        }
        #expect(error?.code == .unknownLanguage)
        #expect(error?.message.contains("looks like python") == true, "\(error?.message ?? "")")
    }

    /// All solutions of HumanEval, where the data set lies beside the package.
    @Test func knowsTheSolutionsOfHumanEvalForPython() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "../shared/data/HumanEval.jsonl").standardizedFileURL
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            try Test.cancel("HumanEval.jsonl is not beside the package")
        }
        struct Task: Decodable {
            var prompt: String
            var solution: String
            var test: String

            enum CodingKeys: String, CodingKey {
                case prompt, test
                case solution = "canonical_solution"
            }
        }
        let catalog = try LanguageCatalog.builtIn()
        let tasks = try text.split(separator: "\n").map { try JSONDecoder().decode(Task.self, from: Data($0.utf8)) }
        #expect(tasks.count == 164)
        var wrong: [String] = []
        for task in tasks {
            if Self.guess(task.prompt + task.solution, catalog) != "python" { wrong.append(task.prompt) }
            #expect(Self.guess(task.prompt + task.solution + task.test, catalog) == "python")
        }
        #expect(wrong.count <= 2, "\(wrong.count) solutions are not taken for Python")
    }
}
