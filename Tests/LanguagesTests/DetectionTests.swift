// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import Languages

@Suite("Detection")
struct DetectionTests {
    private static let pythonCode = "def f(x):\n    return x + 1\n\nprint(f(1))\n"

    private func detect(
        explicit: String? = nil, fence: String? = nil, filename: String? = nil, code: String = pythonCode
    ) throws -> (String, LanguageReport.DetectedBy) {
        let found = try LanguageCatalog.builtIn().detect(
            explicit: explicit, fence: fence, filename: filename, code: code)
        return (found.pack.name, found.detectedBy)
    }

    @Test func theSurestSignDecides() throws {
        let shebang = "#!/usr/bin/ruby\n" + Self.pythonCode
        #expect(try detect(explicit: "js", fence: "go", filename: "a.lua", code: shebang) == ("javascript", .explicit))
        #expect(try detect(fence: "go", filename: "a.lua", code: shebang) == ("go", .fence))
        #expect(try detect(filename: "a.lua", code: shebang) == ("lua", .filename))
        #expect(try detect(code: shebang) == ("ruby", .shebang))
        #expect(try detect() == ("python", .content))
    }

    @Test func signsThatSayNothingLeaveItToTheNext() throws {
        #expect(try detect(fence: "text", filename: "a.lua") == ("lua", .filename))
        #expect(try detect(fence: "", filename: "notes.txt") == ("python", .content))
        #expect(try detect(filename: "README") == ("python", .content))
        #expect(try detect(code: "#!/usr/bin/unheard-of\n" + Self.pythonCode) == ("python", .content))
    }

    @Test func onlyContentIsUnsure() throws {
        let catalog = try LanguageCatalog.builtIn()
        #expect(try catalog.detect(explicit: "c", code: "").confidence == 1)
        let found = try catalog.detect(code: "import sys\nprint(sys.argv[1:])\n")
        #expect(found.pack.name == "python")
        #expect((ContentClassifier.threshold..<1).contains(found.confidence))
    }

    @Test(arguments: [
        ("main.py", "python"), ("a/b/Main.JAVA", "java"), ("x.tar.rb", "ruby"), ("Rakefile", "ruby"),
        ("lib/gemfile", "ruby"),
        ("a.tsx", "typescript"), ("a.mjs", "javascript"), ("a.c++", "cpp"), ("plot.R", "r"), (".Rprofile", "r"),
    ])
    func fileNamesTell(name: String, language: String) throws {
        #expect(try detect(filename: name, code: "") == (language, .filename))
    }

    @Test(arguments: [
        ("#!/bin/sh", "sh"), ("#!/usr/bin/env python3", "python"), ("#!/usr/bin/python3.11 -u", "python"),
        ("#! /usr/local/bin/python2.7", "python"), ("#!/usr/bin/env -S python3 -X dev", "python"),
        ("#!/usr/bin/env -S FOO=1 BAR=2 node --flag", "javascript"), ("#!/usr/bin/env -i PATH=/bin bash", "bash"),
        ("#!/usr/bin/env -u HOME perl", "perl"), ("#!/usr/bin/env -Sruby", "ruby"), ("#!/usr/bin/lua5.4", "lua"),
        ("#!/usr/bin/php8.2", "php"), ("#!/usr/bin/Rscript --vanilla", "r"), ("#!ruby", "ruby"),
        ("\u{FEFF}#!/bin/bash\r", "bash"),
        ("#!/usr/bin/env ts-node", "typescript"),
    ])
    func shebangsTell(line: String, language: String) throws {
        #expect(try detect(code: line + "\nx\n") == (language, .shebang))
    }

    @Test(arguments: [
        "#![allow(dead_code)]\nfn main() {}", "#!", "#! ", "# !/bin/sh", "#!/usr/bin/env", "#!/usr/bin/env -S",
        " #!/bin/sh",
    ])
    func whatIsNoShebangIsNotTakenForOne(code: String) {
        #expect(Shebang.interpreter(of: code) == nil)
    }

    @Test(arguments: [
        ("pyton", "did you mean 'python'?"), ("Javscript", "did you mean 'javascript'?"),
        ("typscript", "did you mean 'typescript'?"),
        ("gp", "did you mean 'go'"), ("rubby", "did you mean 'ruby'?"),
        ("javasc", "did you mean 'java' or 'javascript'?"),
        ("brainfuck", "known are ada, assembly, awk, bash,"), ("", "known are ada"),
        ("a\u{1}b\nc", "unknown language 'a?b?c'"),
        (String(repeating: "x", count: 5000), "unknown language '\(String(repeating: "x", count: 40))...'; known are"),
    ])
    func anUnknownNameIsAnErrorThatHelps(name: String, expected: String) throws {
        let error = #expect(throws: RequestError.self) { try detect(explicit: name) }
        #expect(error?.code == .unknownLanguage)
        #expect(error?.field == "language")
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test func unclearContentIsAnErrorThatNamesTheCandidates() throws {
        let error = #expect(throws: RequestError.self) { try detect(code: "}\nx = 1\n") }
        #expect(error?.code == .ambiguousLanguage)
        #expect(error?.message.contains("%)") == true)
        let candidates = try #require(error?.candidates)
        #expect((1...3).contains(candidates.count) && candidates.allSatisfy { (0.05..<0.5).contains($0.confidence) })
        #expect(candidates.map(\.confidence) == candidates.map(\.confidence).sorted(by: >))
        let empty = #expect(throws: RequestError.self) { try detect(code: "") }
        #expect(empty?.code == .ambiguousLanguage)
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("python", "python", 0), ("pyton", "python", 1), ("pyhton", "python", 1),
        ("abc", "cba", 2),
        ("kitten", "sitting", 3),
    ])
    func countsEdits(first: String, second: String, expected: Int) {
        #expect(editDistance(first, second) == expected)
        #expect(editDistance(second, first) == expected)
    }

    // MARK: Fences

    @Test(
        arguments: [
            ("python", "python", nil), ("Python", "python", nil), ("  python  ", "python", nil),
            ("{.python}", "python", nil),
            ("{.python .numberLines startFrom=\"5\"}", "python", nil), ("{#id .python}", "python", nil),
            ("{python}", "python", nil),
            ("{r, echo=FALSE, fig.width=5}", "r", nil), ("python title=\"x y.py\"", "python", "x y.py"),
            ("python filename=src/main.py", "python", "src/main.py"), ("python:main.py", "python", "main.py"),
            ("js{1,3-4}", "js", nil), ("rust,ignore", "rust", nil), ("c++", "c++", nil), ("c#", "c#", nil),
            ("language-python", "python", nil), ("title=\"a.rb\"", nil, "a.rb"),
            ("src/main.rs", "src/main.rs", "src/main.rs"),
            ("main.py", "main.py", "main.py"), ("python title=\"../x.py\"", "python", nil),
            ("python:/etc/passwd", "python", nil),
            ("python:a//b", "python", nil), ("python title=\"a\u{0}b\"", "python", nil), ("", nil, nil),
            ("   ", nil, nil), ("{}", nil, nil),
            ("python file='it.py' name=other.py", "python", "it.py"), ("\"python", "\"python", nil),
        ] as [(String, String?, String?)])
    func takesInfoStringsApart(info: String, language: String?, filename: String?) {
        let fence = FenceInfo(info)
        #expect(fence.language == language)
        #expect(fence.filename == filename)
    }

    @Test(arguments: [
        ("py", "python"), ("{.cpp}", "cpp"), ("ipython", "python"), ("tsx", "typescript"), ("rb title=x", "ruby"),
        ("zsh", "bash"),
    ])
    func fencesTell(info: String, language: String) throws {
        #expect(try detect(fence: info, code: "") == (language, .fence))
    }
}
