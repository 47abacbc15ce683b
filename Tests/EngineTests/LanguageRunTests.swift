// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Languages
import NestboxCore
import Testing

/// Languages in a real sandbox: one of each kind of toolchain. `make test-languages` runs the programs of every pack whose toolchain
/// is installed, and those that meet a limit, through a server.
@Suite struct LanguageRunTests {
    static let packs = (try? EngineFixture.catalog.get().packs) ?? []

    struct Case: Sendable, CustomTestStringConvertible {
        let pack: LanguagePack
        /// The smoke program and the self-tests, but those that meet a limit: scripts/language-table runs them too.
        let tests: [LanguagePack.SelfTest]
        var testDescription: String { pack.name }
    }

    /// An interpreter, compilers, virtual machines, and those that reserve memory, or start threads, as no other does: where only
    /// setrlimit(2) holds limits they are the ones that differ.
    private static let kinds: Set = [
        "c", "commonlisp", "csharp", "erlang", "go", "haskell", "java", "javascript", "python",
    ]

    private static func missing(_ pack: LanguagePack) -> String? {
        pack.missingRequirement(exists: { FileManager.default.fileExists(atPath: $0) }).map(pack.sentence(missing:))
    }

    static let cases = packs.filter {
        kinds.contains($0.name) && missing($0) == nil
    }.map { pack in
        let smoke = LanguagePack.SelfTest(name: "smoke", code: pack.smoke.code, stdout: pack.smoke.stdout)
        let limited = [LanguagePack.runsForEver, LanguagePack.takesAllMemory]
        return Case(pack: pack, tests: [smoke] + pack.selfTests.filter { !limited.contains($0.name) })
    }

    @Test func everyLanguageOfTheFirstReleaseIsThere() {
        let names = Set(Self.packs.map(\.name))
        #expect(
            names.isSuperset(of: [
                "python", "javascript", "typescript", "bash", "c", "cpp", "go", "rust", "java", "ruby", "php", "perl",
                "lua", "r", "sql",
            ]))
    }

    /// What is not here is not tested; a warning says so. `make test-languages` wants a number of languages to be here.
    @Test func toolchainsThatAreMissingAreTold() {
        #expect(Self.packs.count > 40)
        for pack in Self.packs {
            guard let missing = Self.missing(pack) else { continue }
            Issue.record("not tested: \(pack.name): \(missing)", severity: .warning)
        }
    }

    @Test(arguments: cases)
    func runs(_ check: Case) async throws {
        for test in check.tests { try await run(test, in: check.pack) }
    }

    private func run(_ test: LanguagePack.SelfTest, in pack: LanguagePack) async throws {
        // SBCL reserves its heap of 1 GiB, which counts where only setrlimit(2) holds memory; docs/languages.md says so.
        let needsReserve = EngineFixture.isWithoutCgroups && pack.name == "commonlisp"
        let report = try await EngineFixture.engine.get().report(
            RunRequest(
                code: test.code, language: pack.name, stdin: test.stdin,
                limits: LimitsRequest(wallMilliseconds: 60_000, memoryBytes: needsReserve ? 2 << 30 : nil)))
        #expect(
            report.verdict.rawValue == test.outcome.rawValue,
            "\(test.name): \(report.compile?.stderr ?? "") \(report.stage.stderr)")
        if test.outcome != .compileError { #expect(report.stage.stdout == test.stdout, "\(test.name)") }
        #expect(report.error?.type == test.errorType, "\(test.name)")
        #expect(report.error?.line == test.errorLine, "\(test.name): \(report.stage.stderr)")
        if let line = test.warningLine { #expect(report.warnings.contains { $0.line == line }, "\(test.name)") }
        let version = try #require(report.language.version)
        #expect(version.first?.isNumber == true && version.contains("."), "\(version)")
    }
}
