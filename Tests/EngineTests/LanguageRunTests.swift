// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Languages
import NestboxCore
import Testing

/// Every language whose toolchain is installed, in a real sandbox. A missing toolchain is a visible skip.
@Suite struct LanguageRunTests {
    static let packs = (try? EngineFixture.catalog.get().packs) ?? []

    struct Case: Sendable, CustomTestStringConvertible {
        let pack: LanguagePack
        let test: LanguagePack.SelfTest?
        var testDescription: String { "\(pack.name) \(test?.name ?? "smoke")" }
    }

    static let cases = packs.flatMap { pack in
        [Case(pack: pack, test: nil)] + pack.selfTests.map { Case(pack: pack, test: $0) }
    }

    @Test func everyLanguageOfTheFirstReleaseIsThere() {
        let names = Set(Self.packs.map(\.name))
        #expect(
            names.isSuperset(of: [
                "python", "javascript", "typescript", "bash", "c", "cpp", "go", "rust", "java", "ruby", "php", "perl",
                "lua", "r", "sql",
            ]))
    }

    @Test(arguments: cases)
    func runs(_ check: Case) async throws {
        if let missing = check.pack.missingRequirement(exists: { FileManager.default.fileExists(atPath: $0) }) {
            try Test.cancel("\(check.pack.sentence(missing: missing))")
        }
        let code = check.test?.code ?? check.pack.smoke.code
        let report = try await EngineFixture.engine.get().report(
            RunRequest(code: code, language: check.pack.name, stdin: check.test?.stdin))
        #expect(
            report.verdict.rawValue == check.test?.outcome.rawValue ?? "ok",
            "\(report.compile?.stderr ?? "") \(report.stage.stderr)")
        if check.test?.outcome != .compileError {
            #expect(report.stage.stdout == check.test?.stdout ?? check.pack.smoke.stdout)
        }
        #expect(report.error?.type == check.test?.errorType)
        if let line = check.test?.errorLine { #expect(report.error?.line == line) }
        #expect(report.language.version?.isEmpty == false)
    }
}
