// SPDX-License-Identifier: Apache-2.0
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
        // What the prompt has before the function it asks for: imports and helpers, unless the answer has them, too.
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
        let bytes = Array(code.utf8)
        let mask = CodeMask(bytes)
        guard let place = mask.declaration(of: Array(name.utf8), isScript: language == "javascript") else { return nil }
        head = String(decoding: bytes[..<place.lowerBound], as: UTF8.self)
        signature = String(decoding: bytes[place], as: UTF8.self)
    }
}

/// Which bytes of a text in a language like C are code, and not comment, text or preprocessor line.
struct CodeMask {
    private let bytes: [UInt8]
    /// The text with everything else made spaces; ends of preprocessor lines are `;`.
    private var code: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        code = bytes
        var i = 0
        var startsLine = true
        func blank(_ from: Int, _ to: Int, _ code: inout [UInt8]) {
            for j in from..<min(to, code.count) where code[j] != 0x0A { code[j] = 0x20 }
        }
        while i < bytes.count {
            let byte = bytes[i]
            let next = i + 1 < bytes.count ? bytes[i + 1] : 0
            var end = i + 1
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "/") {
                while end < bytes.count, bytes[end] != 0x0A { end += 1 }
                blank(i, end, &code)
            } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                end = i + 2
                while end < bytes.count,
                    !(bytes[end] == UInt8(ascii: "/") && bytes[end - 1] == UInt8(ascii: "*") && end > i + 2)
                {
                    end += 1
                }
                end = min(end + 1, bytes.count)
                blank(i, end, &code)
            } else if byte == UInt8(ascii: "#"), startsLine {
                while end < bytes.count, bytes[end] != 0x0A || bytes[end - 1] == UInt8(ascii: "\\") { end += 1 }
                blank(i, end, &code)
                code[end - 1] = UInt8(ascii: ";")
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
                while end < bytes.count, bytes[end] != byte, bytes[end] != 0x0A || byte == UInt8(ascii: "`") {
                    end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
                }
                end = min(end + 1, bytes.count)
                blank(i, end, &code)
            }
            startsLine = byte == 0x0A || (startsLine && (byte == 0x20 || byte == 0x09))
            i = end
        }
    }

    /// How many `{` are not closed.
    var depth: Int {
        code.reduce(0) { $0 + ($1 == UInt8(ascii: "{") ? 1 : $1 == UInt8(ascii: "}") ? -1 : 0) }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
            || byte == 0x24
    }

    /// The last place where `name` is declared with a body: from the first word behind what ends before it, to the `{`
    /// (in a script, to the end of its first words).
    func declaration(of name: [UInt8], isScript: Bool) -> Range<Int>? {
        var i = code.count - name.count
        while i >= 0 {
            defer { i -= 1 }
            guard code[i..<(i + name.count)].elementsEqual(name), i == 0 || !Self.isName(code[i - 1]),
                i + name.count == code.count || !Self.isName(code[i + name.count])
            else { continue }
            var start = i
            while start > 0, !";{}".utf8.contains(code[start - 1]) { start -= 1 }
            while start < i, code[start] <= 0x20 { start += 1 }
            let before = String(decoding: code[start..<i], as: UTF8.self).split { $0.isWhitespace }
            if isScript {
                // JavaScript may do without semicolons: the words directly before count.
                let word = before.last.map(String.init) ?? ""
                guard ["function", "const", "let", "var", "class", "function*"].contains(word) else { continue }
                var at = i - 1
                while at > 0, code[at - 1] != 0x0A, code[at - 1] != UInt8(ascii: ";"), code[at - 1] != UInt8(ascii: "}")
                { at -= 1 }
                return at..<(i + name.count)
            }
            guard let open = skipSpaces(i + name.count), code[open] == UInt8(ascii: "("), !before.isEmpty,
                !before.contains("return"), !before.joined().contains("="), !before.joined().contains("(")
            else { continue }
            var depth = 0
            var j = open
            while j < code.count {
                if code[j] == UInt8(ascii: "(") { depth += 1 }
                if code[j] == UInt8(ascii: ")") { depth -= 1 }
                j += 1
                if depth == 0 { break }
            }
            while j < code.count, code[j] != UInt8(ascii: "{"), code[j] != UInt8(ascii: ";") { j += 1 }
            guard j < code.count, code[j] == UInt8(ascii: "{") else { continue }
            return start..<(j + 1)
        }
        return nil
    }

    private func skipSpaces(_ from: Int) -> Int? {
        var i = from
        while i < code.count, code[i] <= 0x20 { i += 1 }
        return i < code.count ? i : nil
    }

    /// The text without comments and texts.
    var text: String { String(decoding: code, as: UTF8.self) }
}
