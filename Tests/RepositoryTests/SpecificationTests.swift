// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// SPECIFICATION.md is a list of promises. Each list item ends with what holds it: `Test: Suite/name`, `Benchmark: name`,
/// `Gate: NB-GROUP-NUMBER` or a whole group, `SDK: file.Class.test` in Tests/E2B or Tests/DropIns (several, separated by commas), or `Held by: nothing yet` with the reason. Names are in backticks.
@Suite struct SpecificationTests {
    /// Each item of the lists in SPECIFICATION.md as one line; empty while there is no such file.
    private func promises() throws -> [String] {
        guard try Repository.files().contains("SPECIFICATION.md") else { return [] }
        var items: [String] = []
        for line in try Repository.lines("SPECIFICATION.md") {
            if line.text.hasPrefix("- ") {
                items.append(String(line.text))
            } else if line.text.hasPrefix("  "), let last = items.popLast() {
                items.append(last + " " + line.text.drop(while: \.isWhitespace))
            }
        }
        return items
    }

    private func names(after label: String, in promise: String) throws -> [String] {
        let lists = promise.matches(of: try Regex("\(label): ((?:`[^`]+`(?:, )?)+)", as: (Substring, Substring).self))
        return lists.flatMap { $0.1.matches(of: /`([^`]+)`/).map { String($0.1) } }
    }

    @Test func everyPromiseSaysWhatHoldsIt() throws {
        for promise in try promises() {
            let held =
                try !names(after: "Tests?", in: promise).isEmpty || !names(after: "Benchmarks?", in: promise).isEmpty
                || !names(after: "Gate", in: promise).isEmpty || !names(after: "SDK", in: promise).isEmpty
            #expect(held || promise.contains("Held by: nothing yet"), "no test, no benchmark: \(promise)")
        }
    }

    /// Each type with each function that one file declares, as `Type/function`. Word by word: a regular expression for each name
    /// took a minute.
    private func declaredTests(in source: String) -> Set<String> {
        let kinds: Set<Substring> = ["struct", "class", "actor", "enum", "extension"]
        var types: Set<Substring> = []
        var functions: Set<Substring> = []
        for line in source.split(separator: "\n") where !line.hasPrefix("//") {
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
            for (word, next) in zip(words, words.dropFirst()) {
                if kinds.contains(word), let name = next.split(separator: ".").last { types.insert(name) }
                if word == "func" { functions.insert(next) }
            }
        }
        return Set(types.flatMap { type in functions.map { "\(type)/\($0)" } })
    }

    @Test func everyNamedTestExists() throws {
        let files = try Repository.files(below: ["Tests", "Sources/IsolationConformance"], extensions: ["swift"])
        let known = try files.reduce(into: Set<String>()) { $0.formUnion(declaredTests(in: try Repository.text($1))) }
        // Names in the table of faults are in backticks as well, and nothing else there looks like them.
        let faults = try Repository.text("docs/faults.md").matches(of: /`(\w+Tests\/\w+)`/).map { String($0.1) }
        #expect(faults.count > 30)
        let promised = try promises().flatMap { try names(after: "Tests?", in: $0) }
        for (document, list) in [("SPECIFICATION.md", promised), ("docs/faults.md", faults)] {
            for name in list {
                try #require(name.split(separator: "/").count == 2, "'\(name)' is not Suite/name")
                #expect(known.contains(name), "\(document) names the test \(name), which does not exist")
            }
        }
    }

    @Test func everyNamedCheckOfTheGateExists() throws {
        let corpus =
            try Repository.text("Tests/Security/corpus/manifest.json")
            + Repository.text("Tests/Security/harness/misuse.py")
            + Repository.text("Tests/Security/harness/misuse_server.py")
        for promise in try promises() {
            for name in try names(after: "Gate", in: promise) where name.hasPrefix("NB-API-") {
                let number = Int(name.dropFirst(7)) ?? -1
                #expect(corpus.contains("@misuse(\(number),"), "there is no check \(name)")
            }
            for name in try names(after: "Gate", in: promise) where !name.hasPrefix("NB-API-") && name != "NB-HOST" {
                #expect(corpus.contains("\"id\": \"\(name)"), "there is no check \(name)")
            }
        }
    }

    @Test func everyNamedTestWithAnSDKExists() throws {
        for promise in try promises() {
            for name in try names(after: "SDK", in: promise) {
                let parts = name.split(separator: ".").map(String.init)
                try #require(parts.count == 3, "'\(name)' is not file.Class.test")
                let sources = try ["E2B", "DropIns"].compactMap { folder in
                    let path = "Tests/\(folder)/\(parts[0]).py"
                    return try Repository.files().contains(path) ? try Repository.text(path) : nil
                }
                #expect(
                    sources.contains { $0.contains("class \(parts[1])(") && $0.contains("def \(parts[2])(") },
                    "there is no test \(name)")
            }
        }
    }

    @Test func everyNamedBenchmarkExists() throws {
        // A row that `make bench` prints, or a program of its own such as `load-test`.
        let scripts = try Repository.scripts() + ["Tests/E2B/bench.py"]
        let programs = try scripts.map { try Repository.text($0) }
        for promise in try promises() {
            for name in try names(after: "Benchmarks?", in: promise) where !scripts.contains("scripts/\(name)") {
                #expect(programs.contains { $0.contains("\"\(name)\"") }, "there is no benchmark \(name)")
            }
        }
    }
}
