// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import IsolationConformance
import NestboxCore
import Testing

/// A run's report must not tell how its interpreter came to be, but where it says so.
@Suite(.enabled(if: EngineFixture.hasZygotes)) struct StartTests {
    /// What of a report is the program's, not the machine's.
    private static func outcome(_ report: RunReport) -> StartOutcome {
        func bytes(_ text: String, _ base64: String?) -> [UInt8] {
            base64.flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? Array(text.utf8)
        }
        let stage = report.stage
        let end = [
            stage.verdict.rawValue, stage.exitCode.map { "exit \($0)" } ?? "", stage.signal ?? "",
            "\(stage.stdoutTruncated) \(stage.stderrTruncated)", "\(report.warnings)",
            report.error.map { "\($0.type): \($0.message) in \($0.line ?? 0): \($0.traceback)" } ?? "",
        ]
        var files: [String: [UInt8]] = [:]
        for file in report.files { files[file.path] = bytes("", file.contentBase64) }
        return StartOutcome(
            stdout: bytes(stage.stdout, stage.stdoutBase64), stderr: bytes(stage.stderr, stage.stderrBase64),
            end: end.joined(separator: ", "), files: files)
    }

    private static func request(_ program: StartProgram) -> RunRequest {
        RunRequest(
            files: program.files.map {
                FileInput(path: $0.path, contentBase64: Data($0.content).base64EncodedString())
            },
            entrypoint: program.entry, language: program.interpreter == .node ? "javascript" : "python",
            stdin: String(bytes: program.stdin, encoding: .utf8),
            args: program.arguments, env: program.environment,
            limits: .init(wallMilliseconds: 60_000, memoryBytes: 256 << 20), collect: program.collect)
    }

    private static func withEngine(
        _ warm: WarmConfiguration?, _ body: (Engine) async throws -> Void
    ) async throws {
        let engine = try EngineFixture.make(EngineConfiguration(concurrency: 2, warm: warm))
        engine.openWarmStarts()
        do {
            try await body(engine)
        } catch {
            await engine.shutDown()
            throw error
        }
        await engine.shutDown()
    }

    /// The report of the first run that started so: zygotes start, and pools fill, behind the requests that ask for them.
    private static func report(_ engine: Engine, _ request: RunRequest, start: String) async throws -> RunReport? {
        for attempt in 0..<60 {
            let report = try await engine.report(request)
            if report.isolation.start == start { return report }
            try await Task.sleep(for: .milliseconds(attempt < 10 ? 50 : 500))
        }
        return nil
    }

    private static func runnable(_ programs: Result<[StartProgram], any Error>) throws -> [StartProgram] {
        try programs.get().filter { program in
            !program.isMissing && String(bytes: program.stdin, encoding: .utf8) != nil
        }
    }

    @Test(arguments: ["forked", "warm"]) func reportsAreTheSame(start: String) async throws {
        try await Self.compare(try Self.runnable(StartProgram.all), start: start)
    }

    @Test func reportsOfJavaScriptAreTheSame() async throws {
        try await Self.compare(try Self.runnable(StartProgram.node), start: "warm")
    }

    private static func compare(_ programs: [StartProgram], start: String) async throws {
        var cold: [String: StartOutcome] = [:]
        try await Self.withEngine(nil) { engine in
            for program in programs {
                let report = try await engine.report(Self.request(program))
                #expect(report.isolation.start == "cold")
                cold[program.name] = Self.outcome(report)
            }
        }
        let warm = start == "warm" ? WarmConfiguration() : WarmConfiguration(mostPrepared: 0)
        try await Self.withEngine(warm) { engine in
            for program in programs {
                let before = try #require(cold[program.name])
                if program.startsCold {
                    for _ in 0..<3 {
                        let report = try await engine.report(Self.request(program))
                        #expect(report.isolation.start != "forked", "\(program.name)")
                        #expect(Self.outcome(report) == before, "\(program.name)")
                    }
                    continue
                }
                guard let report = try await Self.report(engine, Self.request(program), start: start) else {
                    Issue.record("\(program.name) never starts \(start)")
                    continue
                }
                let differences = Self.outcome(report).differences(fromCold: before, of: program)
                #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
            }
        }
    }

    @Test func nothingIsLeftWhenTheEngineEnds() async throws {
        try await Self.withEngine(WarmConfiguration()) { engine in
            _ = try await Self.report(engine, RunRequest(code: "print(1)", language: "python"), start: "warm")
            let status = try #require(await engine.warmStatus())
            #expect(status.warmTakes > 0)
            #expect(status.zygotes.contains { $0.name == "python" && $0.isReady && $0.births > 0 })
            await engine.shutDown()
            let after = try #require(await engine.warmStatus())
            #expect(after.prepared == 0)
            #expect(after.zygotes.allSatisfy { !$0.isReady })
        }
    }

    @Test func anUnopenedEngineStartsCold() async throws {
        let engine = try EngineFixture.engine.get()
        #expect(await engine.warmStatus() == nil)
        #expect(try await engine.python("print(1)").isolation.start == "cold")
    }
}
