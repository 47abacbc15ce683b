// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

extension DataSetTask {
    /// Fields of a row.
    struct Row {
        let fields: [String: Any]

        private func has(_ names: String...) -> Bool { names.allSatisfy { fields[$0] != nil } }

        private func text(_ name: String) -> String? { fields[name] as? String }

        private func need(_ name: String, _ format: Format) throws(RequestError) -> String {
            guard let text = text(name) else {
                throw RequestError(
                    .invalidField, "a row of \(format.rawValue) has a text '\(name)', and this one has not", field: name
                )
            }
            return text
        }

        private func id(_ names: String...) -> String {
            for name in names {
                if let text = fields[name] as? String { return text }
                if let number = fields[name] as? Int { return "\(number)" }
            }
            return ""
        }

        func task() throws(RequestError) -> DataSetTask {
            if has("tests", "name", "language") { return try multiplE() }
            if has("starter_code") || has("public_test_cases") { return try liveCodeBench() }
            if has("complete_prompt") || has("instruct_prompt") || text("entry_point") == "task_func" {
                return try bigCodeBench()
            }
            if has("test_list") { return try mbpp() }
            if has("declaration", "test") { return try humanEvalX() }
            if has("entry_point", "test", "language") { return try mbxp() }
            if has("entry_point", "test") { return try humanEval() }
            throw RequestError(
                .invalidField,
                "the format of the row is not known: HumanEval has prompt, entry_point and test; MBPP text and test_list; HumanEval-X "
                    + "prompt, declaration and test; MBXP prompt, entry_point, test and language; MultiPL-E prompt, tests, name and "
                    + "language; BigCodeBench complete_prompt, entry_point and test; LiveCodeBench question_content, starter_code and "
                    + "public_test_cases; this one has \(fields.keys.sorted().prefix(20).joined(separator: ", "))")
        }

        // MARK: Python

        private func humanEval() throws(RequestError) -> DataSetTask {
            let name = try need("entry_point", .humanEval)
            return python(
                .humanEval, prompt: try need("prompt", .humanEval), entryPoint: name,
                tests: try need("test", .humanEval) + "\ncheck(\(name))\n", reference: text("canonical_solution"))
        }

        private func mbpp() throws(RequestError) -> DataSetTask {
            guard let list = fields["test_list"] as? [String], !list.isEmpty else {
                throw RequestError(.invalidField, "'test_list' of a row of mbpp is a list of texts", field: "test_list")
            }
            let imports = (fields["test_imports"] as? [String] ?? []).joined(separator: "\n")
            let setup = [imports, text("test_setup_code") ?? ""].filter { !$0.isEmpty }.joined(separator: "\n")
            return python(
                .mbpp, prompt: "", entryPoint: Self.called(in: list[0]), setup: setup,
                tests: list.joined(separator: "\n") + "\n", reference: text("code"))
        }

        /// The function that an `assert` is about: the first one called that is not Python's own.
        static func called(in line: String) -> String {
            let own: Set = [
                "assert", "set", "sorted", "list", "tuple", "abs", "round", "str", "not", "len", "sum", "all", "any",
                "isclose",
            ]
            for match in line.matches(of: /([A-Za-z_][A-Za-z0-9_]*)\s*\(/) where !own.contains(String(match.output.1)) {
                return String(match.output.1)
            }
            return ""
        }

        private func bigCodeBench() throws(RequestError) -> DataSetTask {
            let prompt = try need(has("complete_prompt") ? "complete_prompt" : "prompt", .bigCodeBench)
            return python(
                .bigCodeBench, prompt: prompt, entryPoint: try need("entry_point", .bigCodeBench),
                tests: try need("test", .bigCodeBench), isUnittest: true, mode: .inProcess,
                reference: text("canonical_solution"))
        }

        private func python(
            _ format: Format, prompt: String, entryPoint: String, setup: String = "", tests: String,
            isUnittest: Bool = false, mode: UnitTestProblem.Mode = .automatic, reference: String?
        ) -> DataSetTask {
            let id = id("task_id", "question_id")
            return DataSetTask(
                id: id, format: format, language: "python",
                judge: .unitTests(
                    UnitTestProblem(
                        id: id, language: "python", prompt: prompt, entryPoint: entryPoint, setup: setup, tests: tests,
                        isUnittest: isUnittest, mode: mode, stop: fields["stop_tokens"] as? [String] ?? [])),
                reference: reference)
        }

        // MARK: Many languages

        private func multiplE() throws(RequestError) -> DataSetTask {
            let name = try need("name", .multiplE)
            let language = Self.language(try need("language", .multiplE))
            let prompt = try need("prompt", .multiplE)
            var tests = try need("tests", .multiplE)
            var closing = ""
            // Tests begin with the brace that ends the function.
            if let brace = tests.firstIndex(where: { !$0.isWhitespace }), tests[brace] == "}" {
                closing = String(tests[...brace]) + "\n"
                tests = String(tests[tests.index(after: brace)...])
            }
            // `HumanEval_0_has_close_elements`; the language writes the name in its own way.
            let parts = name.split(separator: "_").map(String.init)
            let words = (parts.first == "HumanEval" || parts.first == "mbpp") ? parts.dropFirst(2) : parts[...]
            let snake = words.joined(separator: "_")
            let camel =
                (words.first ?? "") + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
            let pascal = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
            let entry = [snake, camel, pascal].first { prompt.contains($0 + "(") } ?? snake
            if language == "python", !tests.contains("check(\(entry))") { tests += "\ncheck(\(entry))\n" }
            return many(.multiplE, id: name, language, prompt, entry, tests: tests, closing: closing)
        }

        private func humanEvalX() throws(RequestError) -> DataSetTask {
            let id = id("task_id")
            let language = Self.language(text("language") ?? String(id.prefix { $0 != "/" }))
            let declaration = try need("declaration", .humanEvalX)
            var entry = Self.declared(in: declaration)
            if language == "javascript",
                let match = declaration.matches(of: /(?:const|let|var|function)\s+([A-Za-z_$][\w$]*)/).last
            {
                entry = String(match.output.1)
            }
            var prompt = try need("prompt", .humanEvalX)
            var setup = ""
            switch language {
            case "go":
                // The package and what tests import. What the answer needs is imported when it is known.
                setup = text("test_setup") ?? ""
                if !setup.isEmpty, let own = text("import"), !own.isEmpty { prompt = prompt.replacing(own, with: "") }
            case "cpp": setup = Self.included.filter { !prompt.contains($0) }.joined(separator: "\n")
            case "python": setup = Self.imported
            default: break
            }
            return many(
                .humanEvalX, id: id, language, prompt, entry, setup: setup, tests: try need("test", .humanEvalX))
        }

        private func mbxp() throws(RequestError) -> DataSetTask {
            many(
                .mbxp, id: id("task_id"), Self.language(try need("language", .mbxp)), try need("prompt", .mbxp),
                try need("entry_point", .mbxp), tests: try need("test", .mbxp))
        }

        private func many(
            _ format: Format, id: String, _ language: String, _ prompt: String, _ entry: String, setup: String = "",
            tests: String, closing: String = ""
        ) -> DataSetTask {
            var tests = tests
            if language == "python", format != .multiplE, !tests.contains("check(\(entry))"),
                tests.contains("def check(")
            {
                tests += "\ncheck(\(entry))\n"
            }
            return DataSetTask(
                id: id, format: format, language: language,
                judge: .unitTests(
                    UnitTestProblem(
                        id: id, language: language, prompt: prompt, entryPoint: entry, setup: setup, tests: tests,
                        closing: closing,
                        stop: fields["stop_tokens"] as? [String] ?? [])),
                reference: text("canonical_solution"))
        }

        /// What HumanEval-X puts before prompts.
        private static let included = [
            "#include<stdlib.h>", "#include<algorithm>", "#include<math.h>", "#include<stdio.h>", "#include<vector>",
            "#include<string>", "#include<climits>", "#include<cstring>", "#include<iostream>",
        ]
        private static let imported = """
            import math
            import re
            import sys
            import copy
            import datetime
            import itertools
            import collections
            import heapq
            import statistics
            import functools
            import hashlib
            import string
            from typing import *
            from collections import *
            """

        /// Name of the last function that a text declares: the word before its last parameter list.
        private static func declared(in text: String) -> String {
            let code = CodeMask(Array(text.utf8)).text
            return code.matches(of: /([A-Za-z_$][\w$]*)\s*\(/).last.map { String($0.output.1) } ?? ""
        }

        /// Data sets have names of their own for languages.
        static func language(_ name: String) -> String {
            let known = [
                "cpp": "cpp", "c++": "cpp", "js": "javascript", "javascript": "javascript", "java": "java",
                "py": "python",
                "python": "python", "rs": "rust", "rust": "rust", "go": "go", "go_test.go": "go", "ts": "typescript",
                "typescript": "typescript", "rb": "ruby", "ruby": "ruby", "pl": "perl", "perl": "perl", "php": "php",
                "r": "r", "lua": "lua", "sh": "bash", "cs": "csharp", "csharp": "csharp", "jl": "julia",
                "rkt": "racket",
                "scala": "scala", "swift": "swift", "d": "d", "kotlin": "kotlin", "kt": "kotlin", "hs": "haskell",
                "ml": "ocaml", "clj": "clojure", "ex": "elixir", "elixir": "elixir", "dart": "dart", "ada": "ada",
                "adb": "ada", "c#": "csharp", "bash": "bash", "shell": "bash", "julia": "julia", "golang": "go",
            ]
            return known[name.lowercased()] ?? name.lowercased()
        }
    }
}
