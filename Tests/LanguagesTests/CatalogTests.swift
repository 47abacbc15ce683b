// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Languages

@Suite("Language catalogue")
struct CatalogTests {
    @Test func holdsTheBuiltInLanguagesByName() throws {
        let names = try LanguageCatalog.builtIn().packs.map(\.name)
        #expect(
            names == [
                "ada", "assembly", "awk", "bash", "basic", "c", "clojure", "cobol", "coffeescript", "commonlisp", "cpp",
                "csharp", "d", "elisp", "elixir", "erlang", "forth", "fortran", "go", "groovy", "haskell", "java",
                "javascript", "julia", "kotlin", "lua", "nim", "objectivec", "ocaml", "octave", "pascal", "perl", "php",
                "pike", "prolog", "python", "r", "racket", "raku", "rexx", "ruby", "rust", "scala", "scheme", "sed",
                "sh", "sml", "sql", "swift", "tcl", "typescript", "vala", "zig",
            ])
    }

    @Test(arguments: [
        ("python", "python"), ("PY", "python"), ("Python3", "python"), ("C++", "cpp"), ("js", "javascript"),
        ("golang", "go"),
        ("rs", "rust"), ("sh", "sh"), ("shell", "bash"), ("c#", "csharp"), ("objc", "objectivec"),
        ("lisp", "commonlisp"), ("sqlite", "sql"), ("R", "r"),
    ])
    func findsPacksByNameAndAliasInAnyCase(name: String, expected: String) throws {
        #expect(try LanguageCatalog.builtIn().pack(named: name)?.name == expected)
    }

    @Test func knowsNoPackByFenceOrNonsense() throws {
        let catalog = try LanguageCatalog.builtIn()
        #expect(catalog.pack(named: "ipython") == nil)
        #expect(catalog.pack(named: "") == nil)
        #expect(catalog.pack(named: "cobol85") == nil)
        #expect(catalog.pack(named: "brainfuck") == nil)
    }

    /// `sh` is told from Bash by name only: a script without Bash's own syntax runs as either.
    @Test func theClassifierKnowsEveryBuiltInPack() throws {
        let known = Set(try #require(ContentModel.builtIn).classes + ["sh"])
        #expect(try LanguageCatalog.builtIn().packs.map(\.name).filter { !known.contains($0) } == [])
    }

    @Test func everyBuiltInPackCanTellAndProveItself() throws {
        for pack in try LanguageCatalog.builtIn().packs {
            #expect(!pack.extensions.isEmpty, "\(pack.name) has no extension")
            #expect(pack.extensions.contains { pack.sourceFile.lowercased().hasSuffix(".\($0)") }, "\(pack.name)")
            #expect(
                pack.selfTests.contains { $0.outcome == .runtimeError || $0.outcome == .signaled },
                "\(pack.name) has no failing self-test")
            if pack.compile != nil {
                #expect(
                    pack.selfTests.contains { $0.outcome == .compileError },
                    "\(pack.name) has no self-test for its compiler")
            }
            let names = Set(pack.selfTests.map(\.name))
            var wanted: Set = [LanguagePack.printsOK, LanguagePack.runsForEver, LanguagePack.takesAllMemory]
            // SQL reads tables.
            if pack.name != "sql" { wanted.insert(LanguagePack.readsInput) }
            if pack.compile != nil { wanted.insert(LanguagePack.doesNotCompile) }
            #expect(wanted.subtracting(names).isEmpty, "\(pack.name) lacks \(wanted.subtracting(names))")
        }
    }

    @Test func listsWhatToolchainsReadBelowEtc() throws {
        let etc = try LanguageCatalog.builtIn().etc
        #expect(
            etc == [
                "GNUstep", "R", "alternatives", "common-lisp", "emacs", "fpc-*.cfg", "fpc.cfg", "ghc", "gnucobol",
                "groovy",
                "java-*-openjdk", "julia", "mono", "nim", "octave.conf", "php", "racket", "swi-prolog",
            ])
        #expect(try LanguageCatalog.builtIn().packs.flatMap(\.paths) == ["/var/lib/ghc/package.conf.d", "/opt/swift"])
    }

    @Test(arguments: [
        ("aliases: [py]", "name 'py' belongs to 'first' already"),
        ("extensions: [one]", "extension 'one' belongs to 'first' already"),
        ("filenames: [Onefile]", "file name 'onefile' belongs to 'first' already"),
        ("interpreters: [one]", "interpreter 'one' belongs to 'first' already"),
        ("fences: [fpy]", "fence 'fpy' belongs to 'first' already"),
    ])
    func refusesTwoPacksThatClaimTheSame(line: String, message: String) throws {
        let first = PackText.minimal(
            name: "first",
            extra: "aliases: [py]\nfences: [fpy]\nextensions: [one]\nfilenames: [Onefile]\ninterpreters: [one]")
        let second = PackText.minimal(name: "second", extra: line)
        let error = #expect(throws: LanguagePackError.self) {
            try LanguageCatalog(packs: []).adding([("first.yaml", first), ("second.yaml", second)])
        }
        #expect(error?.message == message)
        #expect(error?.file == "second.yaml")
    }

    @Test func takesFurtherPacksAndLetsThemReplaceBuiltInOnes() throws {
        let catalog = try LanguageCatalog.builtIn().adding([
            ("mine.yaml", PackText.minimal(name: "mine", extra: "extensions: [mine]")),
            ("python.yaml", PackText.minimal(name: "python", extra: "aliases: [py]")),
        ])
        #expect(catalog.packs.count == 54)
        #expect(catalog.pack(named: "mine")?.extensions == ["mine"])
        #expect(catalog.pack(named: "py")?.requires == ["/usr/bin/true"])
        #expect(catalog.pack(named: "python3") == nil)
        #expect(catalog.packs.map(\.name) == catalog.packs.map(\.name).sorted())
    }

    @Test func refusesTwoFilesOfOneLanguage() throws {
        let text = PackText.minimal(name: "zig")
        #expect(
            throws: LanguagePackError(file: "b.yaml", line: nil, message: "another file defines language 'zig' too")
        ) {
            try LanguageCatalog.builtIn().adding([("a.yaml", text), ("b.yaml", text)])
        }
    }
}

/// Pack files for tests.
enum PackText {
    static func minimal(name: String = "demo", extra: String = "") -> String {
        """
        name: \(name)
        packages: [demo]
        requires: [/usr/bin/true]
        source_file: main.demo
        version: {arguments: [/usr/bin/true]}
        run: {arguments: [/usr/bin/true, "{source}"]}
        diagnostics: none
        smoke: {code: x, stdout: ""}
        \(extra)
        """
    }
}
