// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages
import NestboxCore
import Testing

@testable import Engine

/// Whatever an interpreter looks at when it starts decides whether it may be forked, and from which.
@Suite struct ZygoteChoiceTests {
    private let pack: LanguagePack
    private let choice: ZygoteChoice

    init() throws {
        pack = try #require(try EngineFixture.catalog.get().packs.first { $0.name == "python" })
        choice = ZygoteChoice(
            zygotes: WarmConfiguration.standardZygotes, environment: PreparedProgram.environment(of: pack))
    }

    private func zygote(
        _ code: String, entry: String = "main.py", files: [String] = [], environment: [String: String] = [:],
        arguments: [String] = [], conditions: FixedConditions? = nil
    ) throws -> String? {
        var program = PreparedProgram(
            language: DetectedLanguage(pack: pack, detectedBy: .explicit, confidence: 1),
            files: [.init(path: entry, content: Array(code.utf8))] + files.map { .init(path: $0, content: []) },
            entry: entry, code: code, stdin: [], arguments: arguments, environment: environment, limits: .standard,
            compileLimits: .standardCompile, collect: [], driver: FakeSandboxDriver())
        program.conditions = conditions
        return choice.zygote(for: program)
    }

    @Test func theFirstThatHasAllImports() throws {
        #expect(try zygote("print(1)") == "python")
        #expect(try zygote("import json, requests") == "python")
        #expect(try zygote("import numpy") == "numpy")
        #expect(try zygote("import pandas") == "pandas")
        #expect(try zygote("import matplotlib.pyplot as plt") == "plot")
        #expect(try zygote("import pandas\nimport matplotlib") == "data")
    }

    @Test(arguments: [
        "numpy.py", "lib/x.py", "x.so", "x.zip", "x.pyc", "matplotlibrc", ".config/matplotlib/matplotlibrc", ".x",
    ])
    func filesThatImportsMayFindLeaveTheBareOne(path: String) throws {
        #expect(try zygote("import numpy", files: [path]) == "python")
    }

    @Test(arguments: ["TZ", "OPENBLAS_NUM_THREADS", "NUMPY_X", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "TMPDIR", "PANDAS_X"])
    func variablesThatModulesReadLeaveTheBareOne(name: String) throws {
        #expect(try zygote("import numpy", environment: [name: "other"]) == "python")
    }

    @Test(arguments: [
        "PYTHONHASHSEED", "PYTHONOPTIMIZE", "PYTHONUNBUFFERED", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "HOME", "LANG",
        "LC_ALL", "LD_PRELOAD", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES", "LOCPATH",
    ]) func variablesThatTheInterpreterReadsStartCold(name: String) throws {
        #expect(try zygote("print(1)", environment: [name: "other"]) == nil)
    }

    /// Whatever variables the caller sets besides.
    @Test(arguments: [
        Determinism(seed: 1), Determinism(clock: ClockTime(unixMilliseconds: 0).map { FixedClock(at: $0) }),
    ])
    func whatShallBeTheSameEachTimeStartsCold(determinism: Determinism) throws {
        let conditions = try #require(try FixedConditions(determinism))
        #expect(try zygote("print(1)", conditions: conditions) == nil)
    }

    @Test func otherVariablesDoNotMatter() throws {
        #expect(try zygote("import numpy", environment: ["GREETING": "x", "LANG": "C.UTF-8"]) == "numpy")
        #expect(try zygote("import numpy", files: ["data.csv", "dir/file.txt"], arguments: ["-x"]) == "numpy")
    }

    @Test func whatOnlyAFreshInterpreterCanStartsCold() throws {
        #expect(try zygote("PK\u{0}\u{0}") == nil)
        #expect(try zygote("print(1)", files: [".local/lib/python3.11/site-packages/x.txt"]) == nil)
        #expect(try zygote("import numpy", entry: "app/other.py") == "python")
    }

    @Test func withoutZygotesNothingIsChosen() throws {
        let none = ZygoteChoice(zygotes: [], environment: PreparedProgram.environment(of: pack))
        let program = PreparedProgram(
            language: DetectedLanguage(pack: pack, detectedBy: .explicit, confidence: 1),
            files: [.init(path: "main.py", content: [])], entry: "main.py", code: "", stdin: [], arguments: [],
            environment: [:], limits: .standard, compileLimits: .standardCompile, collect: [],
            driver: FakeSandboxDriver())
        #expect(none.zygote(for: program) == nil)
    }
}
