// SPDX-License-Identifier: Apache-2.0
import Foundation
import Languages
import NestboxCore

/// A problem and an answer, put together as the data sets' own harnesses do it.
struct UnitTestAssembly: Sendable {
    let problem: UnitTestProblem
    /// Name of the language's pack.
    let language: String
    /// Nil for a language that nobody knows.
    let pack: LanguagePack?
    /// The code of the answer.
    let code: String
    /// The answer has the whole function, and does not go on from the prompt.
    let isWhole: Bool

    init(problem: UnitTestProblem, catalog: LanguageCatalog, answer: String) {
        let pack = catalog.pack(named: problem.language)
        let language = pack?.name ?? problem.language
        self.problem = problem
        self.language = language
        self.pack = pack
        var code = Self.code(in: answer, language: language, catalog)
        isWhole = problem.prompt.isEmpty || Self.defines(problem.entryPoint, code, language)
        if !isWhole {
            let ends = problem.stop.filter { !$0.isEmpty }.compactMap { code.firstRange(of: $0)?.lowerBound }
            if let end = ends.min() { code = String(code[..<end]) }
        }
        self.code = code
    }

    /// What the submission is: prompt and answer.
    var submission: String {
        if problem.prompt.isEmpty { return code }
        guard isWhole else { return problem.prompt + code + problem.closing }
        // What the prompt has before the function it asks for: imports and helpers. What can stand only once at a program's
        // beginning is the answer's, where it has one.
        let opening = Declaration.opening(of: language)
        if let opening, head.contains(opening), code.contains(opening) { return code }
        return head + "\n" + code
    }

    /// What the prompt has before the function that it asks for.
    var head: String {
        Declaration(of: problem.entryPoint, in: problem.prompt, language: language)?.head ?? ""
    }

    /// An answer may be Markdown. Of its code blocks the first in the language is meant; without any, all of it is code, up to a
    /// fence that closes what the prompt had opened.
    private static func code(in answer: String, language: String, _ catalog: LanguageCatalog) -> String {
        let blocks = MarkdownAnswer.codeBlocks(in: answer)
        let meant = blocks.first { block in
            guard let own = block.language else { return true }
            let pack = catalog.language(of: CodeBlock(info: own, code: "x\n", line: 1))?.pack.name
            return (pack ?? own) == language
        }
        let fence = answer.firstRange(of: "```")
        if let fence, answer[..<fence.lowerBound].first.map({ $0 == " " || $0 == "\t" }) ?? false {
            return String(answer[..<fence.lowerBound])
        }
        return meant?.code ?? answer
    }

    private static func defines(_ name: String, _ code: String, _ language: String) -> Bool {
        if name.isEmpty { return true }
        if language == "python" { return code.contains("def \(name)(") || code.contains("class \(name)") }
        return Declaration(of: name, in: code, language: language) != nil
    }
}

/// Where a text declares a function, outside of comments and texts.
struct Declaration: Sendable, Hashable {
    /// Everything before the declaration.
    let head: String
    /// From its first word to what opens its body.
    let signature: String

    init?(of name: String, in code: String, language: String) {
        guard !name.isEmpty else { return nil }
        if language == "python" {
            guard let range = code.ranges(of: "def \(name)(").last else { return nil }
            head = String(code[..<range.lowerBound])
            signature = String(code[range])
            return
        }
        if let words = Self.words[language] {
            let escaped = NSRegularExpression.escapedPattern(for: name)
            guard let pattern = try? Regex("(?m)^" + words.replacing("NAME", with: escaped)),
                let range = code.ranges(of: pattern).last
            else { return nil }
            head = String(code[..<range.lowerBound])
            signature = String(code[range])
            return
        }
        let bytes = Array(code.utf8)
        let mask = CodeMask(bytes)
        guard let place = mask.declaration(of: Array(name.utf8), isScript: language == "javascript") else { return nil }
        head = String(decoding: bytes[..<place.lowerBound], as: UTF8.self)
        signature = String(decoding: bytes[place], as: UTF8.self)
    }

    /// What a declaration begins with, at the beginning of a line: what is indented is a part of something else.
    private static let words = [
        "bash": #"(?:function[ \t]+)?NAME[ \t]*(?:\(\))?[ \t]*\n?\{"#, "go": #"func[ \t]+NAME\b"#,
        "julia": #"function[ \t]+NAME\b"#, "kotlin": #"[ \t]*fun[ \t]+NAME\b"#,
        "lua": #"(?:local[ \t]+)?function[ \t]+NAME\b"#, "perl": #"sub[ \t]+NAME\b"#, "php": #"function[ \t]+NAME\b"#,
        "r": #"NAME[ \t]*(?:<-|=)[ \t]*function\b"#, "racket": #"\(define[ \t]+\(NAME[ \t)]"#,
        "ruby": #"def[ \t]+NAME\b"#,
        "rust": #"(?:pub[ \t]+)?fn[ \t]+NAME\b"#, "scala": #"[ \t]*def[ \t]+NAME\b"#, "swift": #"func[ \t]+NAME\b"#,
        "typescript":
            #"(?:export[ \t]+)?(?:default[ \t]+)?(?:async[ \t]+)?(?:function\*?|class|const|let|var)[ \t]+NAME\b"#,
    ]

    /// What stands once in a program of the language, before all else.
    static func opening(of language: String) -> String? {
        ["go": "package ", "php": "<?php", "racket": "#lang"][language]
    }
}
