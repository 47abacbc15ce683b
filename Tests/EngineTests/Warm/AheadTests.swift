// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages
import Logging
import NestboxCore
import Synchronization
import Testing

@testable import Engine

/// Which programs of Node.js may go on in an interpreter that was started ahead, and how many of those wait.
@Suite(.timeLimit(.minutes(1))) struct AheadTests {
    private let pack: LanguagePack

    init() throws {
        pack = try #require(try EngineFixture.catalog.get().packs.first { $0.name == "javascript" })
    }

    private func program(
        entry: String = "main.js", files: [String] = [], environment: [String: String] = [:],
        arguments: [String] = [], pack other: LanguagePack? = nil, memory: Int = Limits.standard.memoryBytes
    ) -> PreparedProgram {
        var limits = Limits.standard
        limits.memoryBytes = memory
        return PreparedProgram(
            language: DetectedLanguage(pack: other ?? pack, detectedBy: .explicit, confidence: 1),
            files: ([entry] + files).map { .init(path: $0, content: []) }, entry: entry, code: "", stdin: [],
            arguments: arguments, environment: environment, limits: limits, compileLimits: .standardCompile,
            collect: [],
            driver: FakeSandboxDriver())
    }

    private func start(_ program: PreparedProgram) -> AheadStart? { AheadChoice(pack: pack).start(for: program) }

    // MARK: Choice

    @Test func isLikeTheProgramButForItsVariables() throws {
        let plain = program()
        let ahead = try #require(start(plain))
        #expect(ahead.program.arguments == plain.runSpec.arguments && ahead.entry == "/home/user/main.js")
        #expect(start(program(environment: ["GREETING": "x"])) == ahead)
        #expect(start(program(files: ["package.json", "lib/x.js", ".npmrc"])) == ahead)
        #expect(start(program(environment: ["LANG": "C.UTF-8"])) == ahead)
    }

    @Test func whatIsFixedAtTheStartIsPartOfIt() throws {
        let ahead = try #require(start(program()))
        let arguments = try #require(start(program(arguments: ["a"])))
        #expect(arguments != ahead && arguments.program.arguments.last == "a")
        #expect(start(program(entry: "src/main.js"))?.entry == "/home/user/src/main.js")
        #expect(start(program(entry: "main.mjs"))?.entry == "/home/user/main.mjs")
        #expect(start(program(memory: 64 << 20)) != ahead)
    }

    @Test(arguments: [
        "NODE_OPTIONS", "NODE_PATH", "NODE_ENV", "NODE_EXTRA_CA_CERTS", "TZ", "LANG", "LC_ALL", "LANGUAGE", "HOME",
        "LD_PRELOAD", "LD_LIBRARY_PATH", "UV_THREADPOOL_SIZE", "SSL_CERT_FILE", "OPENSSL_CONF", "ICU_DATA",
        "NESTBOX_AHEAD_PROGRAM",
    ]) func variablesThatTheInterpreterReadsStartCold(name: String) {
        #expect(start(program(environment: [name: "other"])) == nil)
    }

    @Test func othersStartCold() throws {
        let catalog = try EngineFixture.catalog.get()
        for name in ["typescript", "python", "bash", "c"] {
            let other = try #require(catalog.packs.first { $0.name == name })
            #expect(start(program(entry: "main", pack: other)) == nil, "\(name)")
        }
        #expect(AheadChoice(pack: nil).start(for: program()) == nil)
        var same = program()
        same.conditions = try FixedConditions(Determinism(seed: 1))
        #expect(start(same) == nil)
    }

    @Test func pythonIsStartedAheadWhereThereAreNoZygotes() throws {
        let python = try #require(try EngineFixture.catalog.get().packs.first { $0.name == "python" })
        let choice = AheadChoice(pack: nil, python: python)
        func start(_ program: PreparedProgram) -> AheadStart? { choice.start(for: program) }
        let ahead = try #require(start(program(entry: "main.py", pack: python)))
        #expect(ahead.entry == "/home/user/main.py" && ahead.program.arguments == ["/usr/bin/python3", "main.py"])
        #expect(start(program(entry: "main.py", files: ["random.py"], pack: python)) == ahead)
        #expect(start(program(entry: "main.py", environment: ["PYTHONHASHSEED": "0"], pack: python)) == nil)
        #expect(start(program(entry: "main.py", files: [".local/lib/x.py"], pack: python)) == nil)
        #expect(start(program()) == nil && self.start(program(entry: "main.py", pack: python)) == nil)
        #expect(choice.name == "ahead" && AheadChoice(pack: pack).name == "node" && AheadChoice(pack: nil).name == nil)
    }

    // MARK: Pools

    private func make(_ driver: FakeSandboxDriver, _ configuration: WarmConfiguration) -> WarmStarts {
        WarmStarts(
            configuration: configuration, driver: driver, python: nil, node: pack, concurrency: 8,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func take(_ warm: WarmStarts, _ program: PreparedProgram) async throws -> WarmStarts.Taken {
        let taken = try await warm.sandbox(for: program, SandboxSpec(id: "run", limits: program.limits))
        try await taken.sandbox.destroy()
        return taken
    }

    private func until(_ condition: () async -> Bool) async throws {
        while !(await condition()) { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test func theSecondRunMakesTheThirdWarm() async throws {
        let driver = FakeSandboxDriver()
        let warm = make(driver, WarmConfiguration())
        for _ in 0..<2 {
            let taken = try await take(warm, program())
            #expect(taken.start == .cold && taken.adopted == nil)
        }
        try await until { await warm.status().prepared > 0 }
        let taken = try await take(warm, program(environment: ["A": "1"]))
        #expect(taken.start == .warm && taken.adopted != nil)
        let status = try #require(await warm.status().zygotes.first { $0.name == "node" })
        #expect(status.isReady && status.births > 0)
        await warm.close()
        #expect(driver.living.load(ordering: .relaxed) == 0)
    }

    @Test func neverMoreThanTheMostOverAllKinds() async throws {
        let driver = FakeSandboxDriver()
        let warm = make(driver, WarmConfiguration(mostAhead: 3))
        for _ in 0..<6 {
            for argument in ["a", "b"] { _ = try await take(warm, program(arguments: [argument])) }
            #expect(await warm.status().prepared <= 3)
        }
        try await until { await warm.status().prepared == 3 }
        try await Task.sleep(for: .milliseconds(50))
        #expect(await warm.status().prepared == 3)
        await warm.close()
        #expect(driver.living.load(ordering: .relaxed) == 0)
    }

    @Test func whereNoInterpreterWaitsASandboxMay() async throws {
        let driver = FakeSandboxDriver()
        let warm = make(driver, WarmConfiguration(zygotes: []))
        warm.open(standard: SandboxSpec(id: "standard", limits: program().limits))
        try await until { await warm.status().prepared == 2 }
        let taken = try await take(warm, program())
        #expect(taken.start == .warm && taken.adopted == nil)
        await warm.close()
        #expect(driver.living.load(ordering: .relaxed) == 0)
    }

    @Test func noneWhereNoneIsWanted() async throws {
        let driver = FakeSandboxDriver()
        let warm = make(driver, WarmConfiguration(mostAhead: 0))
        for _ in 0..<4 { #expect(try await take(warm, program()).adopted == nil) }
        try await until { await warm.status().prepared > 0 }
        #expect(try await take(warm, program()).start == .warm)
        #expect(driver.ahead.load(ordering: .relaxed) == 0)
        await warm.close()
    }

    /// The kind that fails is prepared without an interpreter from then on; others are not concerned.
    @Test func whatCannotStartAheadIsPreparedWithout() async throws {
        let driver = FakeSandboxDriver(canStartAhead: false)
        let warm = make(driver, WarmConfiguration())
        _ = try await take(warm, program())
        _ = try await take(warm, program())
        try await until { await warm.status().zygotes.contains { $0.failure == "it has no memory" } }
        for _ in 0..<2 { #expect(try await take(warm, program()).adopted == nil) }
        try await until { await warm.status().prepared > 0 }
        let taken = try await take(warm, program())
        #expect(taken.start == .warm && taken.adopted == nil)
        await warm.close()
        #expect(driver.living.load(ordering: .relaxed) == 0)
    }
}
