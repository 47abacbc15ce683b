// SPDX-License-Identifier: Apache-2.0

/// The names in a Java source file that its compiler and its launcher need.
struct JavaSource {
    /// `a.b` of `package a.b;`.
    private(set) var package: String?
    /// The top-level type that is public; its file must have its name (JLS 7.6).
    private(set) var publicType: String?
    /// The first top-level type with a `main` method.
    private(set) var typeWithMain: String?
    /// The first top-level type.
    private(set) var firstType: String?

    private static let syntax = CodeSyntax(
        lineComments: ["//"], blockComments: [.init(open: "/*", close: "*/")], strings: ["\""], textBlocks: ["\"\"\""],
        characters: ["'"])
    private static let kinds: Set<String> = ["class", "interface", "enum", "record"]

    init(_ code: String) {
        let tokens = CodeLexer.tokens(of: code, syntax: Self.syntax)
        var depth = 0
        var isPublic = false
        var current: String?
        var staticMain: String?
        var anyMain: String?
        for (index, token) in tokens.enumerated() {
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            switch token.text {
            case "{": depth += 1
            case "}":
                depth = max(0, depth - 1)
                isPublic = false
            case ";": isPublic = false
            case "public" where depth == 0: isPublic = true
            case "package" where depth == 0 && package == nil && firstType == nil:
                package = Self.dottedName(tokens[(index + 1)...])
            case let kind where depth == 0 && Self.kinds.contains(kind):
                guard let next, next.kind == .word, index == 0 || tokens[index - 1].text != "." else { break }
                current = next.text
                if firstType == nil { firstType = next.text }
                if isPublic, publicType == nil { publicType = next.text }
                isPublic = false
            case "main" where depth == 1 && next?.text == "(" && index > 0 && tokens[index - 1].text == "void":
                let modifiers = tokens[max(0, index - 5)..<index].map(\.text)
                if anyMain == nil { anyMain = current }
                if staticMain == nil, modifiers.contains("static") { staticMain = current }
            default: break
            }
        }
        typeWithMain = staticMain ?? anyMain
    }

    private static func dottedName(_ tokens: ArraySlice<CodeToken>) -> String? {
        let parts = tokens.prefix { $0.kind == .word || $0.text == "." }.prefix(64)
        return parts.isEmpty ? nil : parts.map(\.text).joined()
    }

    /// Nil when the file declares no type, or one whose name is too long for a file (`NAME_MAX`).
    var fileName: String? {
        (publicType ?? typeWithMain ?? firstType).map { "\($0).java" }.flatMap { $0.utf8.count <= 255 ? $0 : nil }
    }

    /// Nil when the file declares no type.
    var mainClass: String? {
        (typeWithMain ?? publicType ?? firstType).map { type in package.map { "\($0).\(type)" } ?? type }
    }
}

/// Which of its two module systems JavaScript code is written for.
enum JavaScriptSource {
    private static let syntax = CodeSyntax(
        lineComments: ["//"], blockComments: [.init(open: "/*", close: "*/")], strings: ["\"", "'"], textBlocks: ["`"])

    /// Whether the code can only be an ECMAScript module: it imports or exports by statement, or awaits outside functions.
    static func isModule(_ code: String) -> Bool {
        let tokens = CodeLexer.tokens(of: code, syntax: syntax)
        var braces = 0
        var parentheses = 0
        var lineOfAsync = 0
        for (index, token) in tokens.enumerated() {
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            let isStatement = braces == 0 && parentheses == 0 && token.startsLine
            switch token.text {
            case "{": braces += 1
            case "}": braces = max(0, braces - 1)
            case "(": parentheses += 1
            case ")": parentheses = max(0, parentheses - 1)
            case "async": lineOfAsync = token.line
            case "import" where isStatement:
                if let next, next.text != "(", next.text != "=" { return true }
            case "export" where isStatement:
                if let next, next.kind == .word || next.text == "{" || next.text == "*" { return true }
            case "await" where braces == 0 && lineOfAsync != token.line:
                let isName = index > 0 && tokens[index - 1].text == "."
                if !isName, let next, next.kind == .word || next.text == "(" { return true }
            default: break
            }
        }
        return false
    }
}
