// SPDX-License-Identifier: Apache-2.0
import NestboxCore

extension LanguagePack {
    /// Most bytes of a pack file. More is a mistake, and parsing it would cost time at every start.
    static let mostFileBytes = 256 << 10

    /// Reads a pack file. docs/languages.md describes the keys.
    ///
    /// - Throws: ``LanguagePackError`` with the line of an unknown, missing or mistyped key, or of a value that cannot be.
    public init(yaml text: String, file: String) throws(LanguagePackError) {
        guard text.utf8.count <= Self.mostFileBytes else {
            throw LanguagePackError(
                file: file, line: nil, message: "the file is larger than \(Self.mostFileBytes) bytes")
        }
        let top = try YAMLMapping(text: text, file: file)
        try top.refuseOthers(known: [
            "name", "aliases", "fences", "extensions", "filenames", "interpreters", "packages", "install", "requires",
            "elsewhere", "etc", "paths", "source_file", "naming", "version", "versions", "compile", "run",
            "diagnostics", "messages", "limits", "libraries", "clock", "smoke", "self_tests",
        ])
        let limits = try top.optionalMapping("limits")
        try limits?.refuseOthers(known: ["memory_mib", "processes"])
        self.init(
            name: try top.text("name"),
            aliases: try top.texts("aliases"),
            fences: try top.texts("fences"),
            extensions: try top.texts("extensions"),
            filenames: try top.texts("filenames"),
            interpreters: try top.texts("interpreters"),
            packages: try top.texts("packages", required: !top.has("install")),
            install: try top.optionalText("install"),
            requires: try top.texts("requires", required: true),
            elsewhere: try top.dictionary("elsewhere"),
            etc: try top.texts("etc"),
            paths: try top.texts("paths"),
            sourceFile: try top.text("source_file"),
            naming: try top.choice("naming", default: .fixed),
            version: try VersionProbe(try top.mapping("version")),
            versions: try Versions(try top.optionalMapping("versions")),
            compile: try top.has("compile") ? Command(try top.mapping("compile")) : nil,
            run: try Command(try top.mapping("run")),
            diagnostics: try top.choice("diagnostics", default: nil),
            messages: try MessageRules(try top.optionalMapping("messages")) ?? MessageRules(),
            memoryBytes: try limits?.optionalNumber("memory_mib", most: 1 << 20).map { $0 << 20 },
            processes: try limits?.optionalNumber("processes", most: 1 << 20),
            libraries: try top.has("libraries") ? top.choice("libraries", default: nil) : nil,
            clock: try top.has("clock") ? top.choice("clock", default: nil) : nil,
            smoke: try Smoke(try top.mapping("smoke")),
            selfTests: try Self.selfTests(top)
        )
        try check(top)
    }

    private static func selfTests(_ top: YAMLMapping) throws(LanguagePackError) -> [SelfTest] {
        var tests: [SelfTest] = []
        for mapping in try top.mappings("self_tests") { tests.append(try SelfTest(mapping)) }
        return tests
    }

    /// Refuses values that have the right type but cannot work.
    private func check(_ top: YAMLMapping) throws(LanguagePackError) {
        let names = [("name", [name]), ("aliases", aliases), ("fences", fences)]
        for (key, values) in names {
            for value in values
            where value.isEmpty || value.utf8.contains(where: { $0 <= 0x20 || (0x41...0x5A).contains($0) }) {
                throw top.error(key, "'\(value)' must be in lower case and without blanks")
            }
        }
        for value in extensions where value.isEmpty || value.hasPrefix(".") || value != value.lowercased() {
            throw top.error("extensions", "extension '\(value)' must be in lower case and without its dot")
        }
        let files = [
            ("filenames", filenames), ("interpreters", interpreters), ("etc", etc), ("source_file", [sourceFile]),
        ]
        for (key, values) in files {
            for value in values where PathText.hasSlash(value) || !PathText.staysBeneath(value.utf8) {
                throw top.error(key, "'\(value)' must be one name, without '/'")
            }
        }
        for path in requires where !PathText.isAbsolute(path) {
            throw top.error("requires", "'\(path)' must be an absolute path")
        }
        for path in elsewhere.keys.sorted() + elsewhere.values.sorted() where !PathText.isAbsolute(path) {
            throw top.error("elsewhere", "'\(path)' must be an absolute path")
        }
        for path in paths
        where !PathText.isAbsolute(path) || PathText.components(of: path).contains("..") || path == "/" {
            throw top.error("paths", "'\(path)' must be an absolute path below /, without '..'")
        }
        let commands = [("version", version.arguments), ("compile", compile?.arguments ?? []), ("run", run.arguments)]
        for (key, arguments) in commands {
            if let program = arguments.first, !PathText.isAbsolute(program), program != "{executable}" {
                throw top.error(key, "the program of '\(key)' must be an absolute path, not '\(program)'")
            }
        }
        for (key, command) in [("compile", compile), ("run", run)] {
            if let unknown = command?.unknownPlaceholder {
                let known = CommandValues.placeholders.sorted().joined(separator: ", ")
                throw top.error(key, "'\(key)' has the unknown placeholder {\(unknown)}; known are \(known)")
            }
        }
    }
}

extension YAMLMapping {
    /// One of the raw values of an enumeration; `default` nil means that the key is required.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default value: Choice?
    ) throws(LanguagePackError) -> Choice where Choice.RawValue == String {
        if let value, !has(key) { return value }
        let text = try text(key)
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(key, "'\(text)' is not possible for '\(key)'; choose one of \(known)")
        }
        return choice
    }
}

extension LanguagePack.Command {
    init(_ mapping: YAMLMapping) throws(LanguagePackError) {
        try mapping.refuseOthers(known: ["arguments", "environment"])
        self.init(
            arguments: try mapping.texts("arguments", required: true),
            environment: try mapping.dictionary("environment"))
    }
}

extension LanguagePack.VersionProbe {
    init(_ mapping: YAMLMapping) throws(LanguagePackError) {
        try mapping.refuseOthers(known: ["arguments", "after"])
        self.init(
            arguments: try mapping.texts("arguments", required: true), after: try mapping.text("after", default: ""))
    }
}

extension LanguagePack.Smoke {
    init(_ mapping: YAMLMapping) throws(LanguagePackError) {
        try mapping.refuseOthers(known: ["code", "stdout"])
        self.init(code: try mapping.text("code"), stdout: try mapping.text("stdout"))
    }
}

extension LanguagePack.SelfTest {
    init(_ mapping: YAMLMapping) throws(LanguagePackError) {
        try mapping.refuseOthers(known: [
            "name", "code", "stdin", "stdout", "outcome", "error_type", "error_line",
            "warning_line",
        ])
        self.init(
            name: try mapping.text("name"), code: try mapping.text("code"),
            stdin: try mapping.text("stdin", default: ""), stdout: try mapping.text("stdout", default: ""),
            outcome: try mapping.choice("outcome", default: .ok), errorType: try mapping.optionalText("error_type"),
            errorLine: try mapping.optionalNumber("error_line", most: 1 << 20),
            warningLine: try mapping.optionalNumber("warning_line", most: 1 << 20))
    }
}
