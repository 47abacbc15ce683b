// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import NestboxCore
import Testing

@testable import Engine

/// Real programs, in real sandboxes.
@Suite struct DeterminismTests {
    /// 2001-02-03T04:05:06.5Z.
    static let milliseconds = 981_173_106_500

    static func clock(_ mode: FixedClock.Mode = .frozen) throws -> FixedClock {
        FixedClock(at: try #require(ClockTime(unixMilliseconds: milliseconds)), mode: mode)
    }

    private func run(
        _ language: String, _ code: String, stdin: String = "", _ determinism: Determinism?
    ) async throws -> RunReport {
        try await EngineFixture.engine.get().report(
            RunRequest(
                code: code, language: language, stdin: stdin, limits: LimitsRequest(wallMilliseconds: 60_000),
                deterministic: determinism))
    }

    private func printed(
        _ language: String, _ code: String, stdin: String = "", _ determinism: Determinism?
    ) async throws -> String {
        let report = try await run(language, code, stdin: stdin, determinism)
        #expect(report.verdict == .ok, "\(report.compile?.stderr ?? "")\(report.stage.stderr)")
        return report.stage.stdout
    }

    @Test(arguments: [
        ("python", "import random\nprint(random.random(), hash('a'), len({'a', 'b'}))"),
        ("javascript", "console.log(Math.random())"), ("typescript", "console.log(Math.random() as number)"),
        ("ruby", "puts rand"),
        ("php", "<?php echo mt_rand(), ' ', rand(), ' ', implode(',', array_rand(range(0, 99), 5));"),
        ("lua", "print(math.random(1 << 40))"), ("bash", "echo $RANDOM $RANDOM $RANDOM"),
        ("r", "cat(runif(1), rnorm(1))"),
        ("perl", "print rand()"),
        ("perl", "print join(' ', keys %{{map { $_ => 1 } 'a'..'z'}}), qq{\\n};"),
    ])
    func aSeedMakesRunsTheSame(language: String, code: String) async throws { try await expectSeeded(language, code) }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/octave-cli"), "needs octave"))
    func aSeedMakesRunsOfOctaveTheSame() async throws {
        try await expectSeeded("octave", "printf('%.9f %.9f %d', rand(), randn(), randi(1e6))")
    }

    private func expectSeeded(_ language: String, _ code: String) async throws {
        let first = try await printed(language, code, Determinism(seed: 7))
        #expect(try await printed(language, code, Determinism(seed: 7)) == first)
        #expect(try await printed(language, code, Determinism(seed: 8)) != first)
        #expect(try await printed(language, code, nil) != first)
    }

    /// Everything that programs print of themselves and where they are, and the whole report but for what is measured.
    @Test(arguments: SameProgram.all) func identicalRunsHaveIdenticalReports(_ program: SameProgram) async throws {
        let determinism = Determinism(seed: 7, clock: try Self.clock())
        var reports: [RunReport] = []
        for _ in 0..<2 { reports.append(try await run(program.language, program.code, determinism)) }
        #expect(reports[0].verdict == .ok, "\(reports[0].compile?.stderr ?? "")\(reports[0].stage.stderr)")
        #expect(!reports[0].stage.stdout.isEmpty)
        #expect(try Self.unmeasured(reports[0]) == Self.unmeasured(reports[1]))
    }

    /// A report as JSON, without its name and what was measured.
    private static func unmeasured(_ report: RunReport) throws -> NSDictionary {
        let measured: Set<String> = [
            "id", "timings", "wall_ms", "cpu_ms", "memory_peak_bytes", "disk_free_bytes",
        ]
        func without(_ value: Any) -> Any {
            if let list = value as? [Any] { return list.map(without) }
            guard let object = value as? [String: Any] else { return value }
            return object.filter { !measured.contains($0.key) }.mapValues(without)
        }
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(report))
        return try #require(without(object) as? NSDictionary)
    }

    /// What packs say of themselves (`clock` in their files), seen in a program of each.
    @Test(arguments: TimeProgram.all) func aProgramIsToldTheFixedTime(_ program: TimeProgram) async throws {
        let pack = try #require(try EngineFixture.catalog.get().pack(named: program.language))
        guard pack.missingRequirement(exists: { FileManager.default.fileExists(atPath: $0) }) == nil else { return }
        let clock = try Self.clock(pack.clock == .running ? .running : .frozen)
        let text = try await printed(program.language, program.code, stdin: program.stdin, Determinism(clock: clock))
        #expect(text.contains(program.shown), "\(text)")
    }

    @Test func everyPackThatCanHaveAClockIsTried() throws {
        let packs = try EngineFixture.catalog.get().packs.filter { $0.clock != nil }
        #expect(Set(packs.map(\.name)) == Set(TimeProgram.all.map(\.language)))
    }

    @Test func whereAClockCannotBeFixedItIsRefused() async throws {
        let engine = try EngineFixture.engine.get()
        let clock = try Self.clock()
        for pack in try EngineFixture.catalog.get().packs where pack.clock != .any {
            let conditions = try #require(try FixedConditions(Determinism(seed: 1, clock: clock)))
            let error = #expect(throws: RequestError.self) { try conditions.check(pack) }
            #expect(error?.code == .unsupportedDeterminism)
            #expect(error?.message.contains(pack.name) == true)
        }
        let request = RunRequest(
            code: "package main\nfunc main() {}", language: "go", deterministic: Determinism(clock: clock))
        let error = await #expect(throws: RequestError.self) { try await engine.report(request) }
        #expect(error?.field == "deterministic.clock")
    }

    /// Waits until a moment, for as long as the program meant, whatever it takes for the time.
    @Test(arguments: [FixedClock.Mode.frozen, .running], [("cpp", WaitProgram.cpp), ("python", WaitProgram.python)])
    func waitsLastAsLongAsWithoutAClock(mode: FixedClock.Mode, program: (language: String, code: String)) async throws {
        let text = try await printed(program.language, program.code, Determinism(clock: try Self.clock(mode)))
        #expect(text == "waited\n")
    }

    /// Processes that a program starts go on with its clock.
    @Test func aRunningClockGoesOnInChildren() async throws {
        let code = """
            before=$(date +%s%N)
            sleep 0.1
            after=$(bash -c 'date +%s%N')
            echo $((before >= \(Self.milliseconds)000000 && after >= before + 100000000 && after < before + 60000000000))
            """
        #expect(try await printed("bash", code, Determinism(clock: try Self.clock(.running))) == "1\n")
    }

    /// By what libraries count, and by what the kernel holds, also for programs that the library of the clock is not in.
    @Test func thereIsOneProcessor() async throws {
        let code = """
            import os, subprocess
            print(os.cpu_count(), os.sched_getaffinity(0), os.sysconf("SC_NPROCESSORS_CONF"))
            allowed = open("/proc/self/status").read().split("Cpus_allowed_list:")[1].split()[0]
            print(allowed.isdigit(), subprocess.run(["nproc"], env={}, capture_output=True, text=True).stdout)
            """
        #expect(try await printed("python", code, Determinism(seed: 1)) == "1 {0} 1\nTrue 1\n\n")
    }

    @Test(arguments: [".nestbox-seed", ".nestbox-seed/sitecustomize.py"])
    func filesInTheWayAreRefused(path: String) async throws {
        let engine = try EngineFixture.engine.get()
        let request = RunRequest(
            code: "print(1)", files: [FileInput(path: path, content: "x")], language: "python",
            deterministic: Determinism(seed: 1))
        let error = await #expect(throws: RequestError.self) { try await engine.report(request) }
        #expect(error?.code == .conflictingFields)
    }

    /// What the caller preloads is there too, and what it sets stays.
    @Test func variablesOfTheRequestStay() async throws {
        let request = RunRequest(
            code: "import os; print(os.environ['LD_PRELOAD'].split(':')[1:], os.environ['PYTHONHASHSEED'])",
            language: "python", env: ["LD_PRELOAD": "libc.so.6", "PYTHONHASHSEED": "3"],
            deterministic: Determinism(seed: 1))
        #expect(try await EngineFixture.engine.get().report(request).stage.stdout == "['libc.so.6'] 3\n")
    }

    @Test func compilersTellTheFixedTime() async throws {
        let code = "#include <stdio.h>\nint main(void) { puts(__DATE__ \" \" __TIME__); }"
        let text = try await printed("c", code, Determinism(clock: try Self.clock()))
        #expect(text == "Feb  3 2001 04:05:06\n")
    }
}
