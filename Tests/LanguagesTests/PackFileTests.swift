// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Languages

@Suite("Pack files")
struct PackFileTests {
    @Test func readsEveryKey() throws {
        let pack = try LanguagePack(
            yaml: """
                name: demo
                aliases: [dm]
                fences: [demoscript]
                extensions: [dm, demo]
                filenames: [Demofile]
                interpreters: [demo]
                packages: [demo-lang, demo-lib]
                requires: [/usr/bin/demo, /usr/bin/democ]
                etc: [demo]
                source_file: main.dm
                naming: java_class
                version:
                  arguments: [/usr/bin/demo, --version]
                  after: "demo "
                compile:
                  arguments: [/usr/bin/democ, -o, "{executable}", "{sources}"]
                  environment:
                    DEMO_CACHE: "{directory}/cache"
                run:
                  arguments: ["{executable}"]
                diagnostics: gcc
                limits:
                  memory_mib: 64
                  processes: 8
                clock: running
                smoke:
                  code: |
                    say 1
                  stdout: |
                    1
                self_tests:
                  - name: fails
                    code: bad
                    stdin: input
                    stdout: ""
                    outcome: runtime_error
                    error_type: Oops
                    error_line: 3
                """, file: "demo.yaml")
        #expect(
            pack
                == LanguagePack(
                    name: "demo", aliases: ["dm"], fences: ["demoscript"], extensions: ["dm", "demo"],
                    filenames: ["Demofile"],
                    interpreters: ["demo"], packages: ["demo-lang", "demo-lib"],
                    requires: ["/usr/bin/demo", "/usr/bin/democ"],
                    etc: ["demo"], sourceFile: "main.dm", naming: .javaClass,
                    version: .init(arguments: ["/usr/bin/demo", "--version"], after: "demo "),
                    compile: .init(
                        arguments: ["/usr/bin/democ", "-o", "{executable}", "{sources}"],
                        environment: ["DEMO_CACHE": "{directory}/cache"]),
                    run: .init(arguments: ["{executable}"]), diagnostics: .gcc, memoryBytes: 64 << 20, processes: 8,
                    clock: .running,
                    smoke: .init(code: "say 1\n", stdout: "1\n"),
                    selfTests: [
                        .init(
                            name: "fails", code: "bad", stdin: "input", stdout: "", outcome: .runtimeError,
                            errorType: "Oops",
                            errorLine: 3)
                    ]))
    }

    @Test func whatIsNotGivenIsEmpty() throws {
        let pack = try LanguagePack(yaml: PackText.minimal(), file: "demo.yaml")
        #expect(pack.aliases.isEmpty)
        #expect(pack.compile == nil)
        #expect(pack.memoryBytes == nil)
        #expect(pack.naming == .fixed)
        #expect(pack.clock == nil)
    }

    /// The added line is line 9 of the file.
    @Test(arguments: [
        ("colour: red", 9, "unknown key 'colour'; known here: aliases, clock, compile, "),
        ("clock: frozen", 9, "'frozen' is not possible for 'clock'; choose one of any, running"),
        ("limits: {memory: 5}", 9, "unknown key 'limits.memory'; known here: memory_mib, processes"),
        ("limits: {memory_mib: lots}", 9, "'limits.memory_mib' must be a whole number from 1 to 1048576"),
        ("limits: {processes: 0}", 9, "'limits.processes' must be a whole number"),
        ("aliases: py", 9, "'aliases' must be a list of texts"),
        ("aliases: [5]", 9, "an entry of 'aliases' must be a text, but '5' without quotes is not; write it in quotes"),
        ("aliases: [on]", 9, "an entry of 'aliases' must be a text, but 'on'"),
        ("aliases: [Py]", 9, "'Py' must be in lower case and without blanks"),
        ("aliases:\n  - a\n  - {b: c}", 11, "an entry of 'aliases' must be a text"),
        ("extensions: [.py]", 9, "extension '.py' must be in lower case and without its dot"),
        ("filenames: [a/b]", 9, "'a/b' must be one name, without '/'"),
        ("etc: [..]", 9, "'..' must be one name"),
        (
            "naming: kotlin", 9,
            "'kotlin' is not possible for 'naming'; choose one of fixed, java_class, javascript_module"
        ),
        ("compile: {arguments: []}", 9, "'compile.arguments' must not be empty"),
        ("compile: {arguments: [gcc]}", 9, "the program of 'compile' must be an absolute path, not 'gcc'"),
        (
            "compile: {arguments: [/usr/bin/gcc, \"{sourc}\"]}", 9,
            "'compile' has the unknown placeholder {sourc}; known are directory, "
        ),
        ("compile: {arguments: [/usr/bin/gcc, \"-x{sources}\"]}", 9, "unknown placeholder {sources}"),
        ("compile: {arguments: [/usr/bin/gcc], environment: {A: \"{b}\"}}", 9, "unknown placeholder {b}"),
        (
            "compile: {arguments: [/usr/bin/gcc], environment: {A: 1}}", 9,
            "'compile.environment.A' must be a text, but '1'"
        ),
        ("compile: {}", 9, "'compile.arguments' is missing"),
        ("compile: 5", 9, "'compile' must be a mapping of keys to values"),
        ("self_tests:\n  - name: a", 10, "'self_tests[0].code' is missing"),
        ("self_tests:\n  - name: a\n    code: b\n    outcome: maybe", 12, "'maybe' is not possible for 'outcome'"),
        ("name: other", 9, "given twice: name"),
        ("aliases: [a", 10, "not valid YAML"),
    ])
    func refusesWhatIsWrongWithItsLine(line: String, number: Int, message: String) throws {
        let text = PackText.minimal(extra: line)
        let error = #expect(throws: LanguagePackError.self) { try LanguagePack(yaml: text, file: "demo.yaml") }
        #expect(error?.file == "demo.yaml")
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        // For a repeated key the parser gives the line of the mapping.
        #expect(error?.line == (message.hasPrefix("given twice") ? 1 : number), "\(String(describing: error))")
    }

    @Test(arguments: ["name", "packages", "requires", "source_file", "version", "run", "diagnostics", "smoke"])
    func refusesAMissingKey(key: String) {
        let text = PackText.minimal().split(separator: "\n").filter { !$0.hasPrefix("\(key):") }.joined(separator: "\n")
        let error = #expect(throws: LanguagePackError.self) { try LanguagePack(yaml: text, file: "demo.yaml") }
        #expect(error?.message == "'\(key)' is missing")
        #expect(error?.line == 1)
    }

    @Test func refusesWhatIsNoMappingOrEmptyOrTooLarge() {
        for (text, message) in [
            ("", "the file is empty"), ("- a", "the file must be a mapping of keys to values"),
            (String(repeating: "#", count: 300 << 10), "the file is larger than 262144 bytes"),
        ] {
            let error = #expect(throws: LanguagePackError.self) { try LanguagePack(yaml: text, file: "x.yaml") }
            #expect(error?.message == message)
        }
    }

    @Test func anErrorReadsLikeACompilerMessage() {
        #expect(LanguagePackError(file: "a.yaml", line: 3, message: "bad").description == "a.yaml:3: bad")
        #expect(LanguagePackError(file: "a.yaml", line: nil, message: "bad").description == "a.yaml: bad")
    }
}
