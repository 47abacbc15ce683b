// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import Languages

@Suite("Commands")
struct CommandTests {
    private let values = CommandValues(
        source: "src/main.c", sources: ["src/main.c", "src/util.c"], directory: "/tmp/build", mainClass: "a.Main",
        memoryMebibytes: 512)

    @Test func replacesEveryPlaceholder() {
        let command = LanguagePack.Command(
            arguments: [
                "/usr/bin/cc", "-o", "{executable}", "{sources}", "-I{source_directory}", "{source}", "-d={directory}/x",
                "-m{memory_mib}m", "{main_class}",
            ],
            environment: ["CACHE": "{directory}/cache", "PLAIN": "x"])
        #expect(
            command.argv(values) == [
                "/usr/bin/cc", "-o", "/tmp/build/program", "src/main.c", "src/util.c", "-I./src", "src/main.c",
                "-d=/tmp/build/x", "-m512m", "a.Main",
            ])
        #expect(command.variables(values) == ["CACHE": "/tmp/build/cache", "PLAIN": "x"])
    }

    @Test func leavesOtherBracesAlone() {
        let command = LanguagePack.Command(arguments: ["/x", "{a: {source}}", "{}", "{Source}", "{sourceX}", "{", "import{x as y}"])
        #expect(command.argv(values) == ["/x", "{a: src/main.c}", "{}", "{Source}", "{sourceX}", "{", "import{x as y}"])
    }

    @Test func neverExpandsValues() {
        let odd = CommandValues(source: "{directory}.py", directory: "/tmp/{source}", memoryMebibytes: 1)
        let command = LanguagePack.Command(arguments: ["/x", "{source}", "{sources}", "{directory}"])
        #expect(command.argv(odd) == ["/x", "{directory}.py", "{directory}.py", "/tmp/{source}"])
    }

    @Test func aFileNameIsNeverAnOption() {
        let odd = CommandValues(source: "-rf.py", sources: ["-rf.py", "-x"], directory: "/d", memoryMebibytes: 1)
        let command = LanguagePack.Command(arguments: ["/x", "{source}", "{sources}", "{source_directory}"])
        #expect(command.argv(odd) == ["/x", "./-rf.py", "./-rf.py", "./-x", "."])
    }

    @Test(arguments: [("main.go", "."), ("cmd/app/main.go", "./cmd/app"), ("./main.go", "./.")])
    func namesTheDirectoryOfTheSource(source: String, expected: String) {
        #expect(CommandValues(source: source, directory: "/d", memoryMebibytes: 1).value(of: "source_directory") == expected)
    }

    // MARK: Availability

    @Test func availabilityIsTheFirstMissingFile() throws {
        let pack = try #require(LanguageCatalog.builtIn().pack(named: "typescript"))
        #expect(pack.missingRequirement { _ in true } == nil)
        #expect(pack.missingRequirement { $0 != "/usr/bin/node" } == "/usr/bin/node")
        #expect(pack.missingRequirement { _ in false } == "/usr/bin/esbuild")
        let error = pack.unavailable(missing: "/usr/bin/node")
        #expect(error.code == .languageUnavailable)
        #expect(
            error.message
                == "language 'typescript' is not available here: /usr/bin/node does not exist; install it with: "
                + "apt-get install esbuild nodejs")
    }

    // MARK: Versions

    @Test(arguments: [
        ("python", "Python 3.11.2\n", "3.11.2"),
        ("javascript", "v20.20.2\n", "20.20.2"),
        ("typescript", "0.17.0\n", "0.17.0"),
        ("bash", "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n", "5.2.15"),
        ("c", "12.2.0\n", "12.2.0"),
        ("go", "go version go1.19.8 linux/amd64\n", "1.19.8"),
        ("rust", "rustc 1.63.0\n", "1.63.0"),
        ("java", "openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment\n", "17.0.15"),
        ("java", "openjdk version \"21-ea\" 2023-09-19\n", "21-ea"),
        ("ruby", "ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux-gnu]\n", "3.1.2p20"),
        ("php", "PHP 8.2.35 (cli) (built: Oct 21 2026 06:29:51) (NTS)\n", "8.2.35"),
        ("perl", "\nThis is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64-linux-gnu-thread-multi\n", "5.36.0"),
        ("lua", "Lua 5.4.4  Copyright (C) 1994-2022 Lua.org, PUC-Rio\n", "5.4.4"),
        ("r", "Rscript (R) version 4.2.2 Patched (2022-11-10 r83330)\n", "4.2.2"),
        ("sql", "3.40.1 2022-12-28 14:03:47 df5c253c0b3d\n", "3.40.1"),
    ])
    func readsTheVersionInRealOutput(language: String, output: String, version: String) throws {
        let pack = try #require(LanguageCatalog.builtIn().pack(named: language))
        #expect(pack.version.version(in: output) == version)
    }

    @Test func findsNoVersionWhereThereIsNone() {
        let probe = LanguagePack.VersionProbe(arguments: ["/x"], after: "demo ")
        #expect(probe.version(in: "") == nil)
        #expect(probe.version(in: "demo unknown") == nil)
        #expect(probe.version(in: "other 1.2") == nil)
        #expect(LanguagePack.VersionProbe(arguments: ["/x"]).version(in: "no digits") == nil)
        #expect(LanguagePack.VersionProbe(arguments: ["/x"]).version(in: "v1.2.") == "1.2")
    }
}
