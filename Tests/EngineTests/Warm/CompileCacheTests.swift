// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation
import Languages
import NestboxCore
import Testing

@testable import Engine

/// A program that comes again is not compiled again, and nobody can see or spoil what another run finds.
@Suite struct CompileCacheTests {
    private static func withEngine(_ bytes: Int = 64 << 20, _ body: (Engine) async throws -> Void) async throws {
        let engine = try EngineFixture.make(
            EngineConfiguration(
                concurrency: 2, warm: WarmConfiguration(mostPrepared: 0, compileCacheBytes: bytes)))
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(engine)) } catch { outcome = .failure(error) }
        await engine.shutDown()
        try outcome.get()
    }

    private static func c(_ code: String, stdin: String? = nil, files: [FileInput] = []) -> RunRequest {
        RunRequest(code: code, files: files, language: "c", stdin: stdin)
    }

    private static let echo = """
        #include <stdio.h>
        #warning "seen"
        int main(void) { char line[64]; if (fgets(line, sizeof line, stdin)) printf("<%s>", line); return 0; }
        """

    @Test func theSameProgramIsCompiledOnceAndReadsItsOwnInput() async throws {
        try await Self.withEngine { engine in
            let first = try await engine.report(Self.c(Self.echo, stdin: "one"))
            let second = try await engine.report(Self.c(Self.echo, stdin: "two"))
            #expect(first.compile?.cached == false && first.stage.stdout == "<one>")
            #expect(second.compile?.cached == true && second.stage.stdout == "<two>")
            #expect(second.compile?.verdict == .ok && second.compile?.exitCode == 0)
            #expect(second.compile?.stderr == first.compile?.stderr && second.warnings == first.warnings)
            #expect(second.warnings.count == 1 && second.compile?.cpuMilliseconds == 0)
            #expect(await engine.metrics().contains("nestbox_compile_cache_hits_total 1\n"))
        }
    }

    @Test func anotherProgramAnotherFileOrAnErrorIsCompiled() async throws {
        try await Self.withEngine { engine in
            let uses = "#include <stdio.h>\n#include \"value.h\"\nint main(void) { printf(\"%d\", VALUE); return 0; }"
            func header(_ value: Int) -> [FileInput] {
                [FileInput(path: "value.h", content: "#define VALUE \(value)\n")]
            }
            let first = try await engine.report(Self.c(uses, files: header(1)))
            #expect(first.stage.stdout == "1")
            let changed = try await engine.report(Self.c(uses, files: header(2)))
            #expect(changed.stage.stdout == "2" && changed.compile?.cached == false)
            for _ in 0..<2 {
                let broken = try await engine.report(Self.c("int main(void) { return x; }"))
                #expect(broken.stage.verdict == .compileError && broken.compile?.cached == false)
            }
            let dated = "#include <stdio.h>\nint main(void) { puts(__TIME__); return 0; }"
            for _ in 0..<2 {
                let report = try await engine.report(Self.c(dated))
                #expect(report.compile?.cached == false)
            }
        }
    }

    /// What was compiled under other limits says nothing about these.
    @Test func otherCompileLimitsCompileAgain() async throws {
        try await Self.withEngine { engine in
            let first = try await engine.report(Self.c(Self.echo, stdin: "one"))
            #expect(first.compile?.cached == false)
            var request = Self.c(Self.echo, stdin: "two")
            request.compileLimits = LimitsRequest(outputBytes: 1)
            let narrow = try await engine.report(request)
            #expect(narrow.compile?.cached == false && narrow.compile?.verdict == .outputLimit, "\(narrow)")
            #expect(try await engine.report(Self.c(Self.echo, stdin: "three")).compile?.cached == true)
        }
    }

    @Test(arguments: ["java", "rust", "go", "typescript", "cpp"])
    func everyCompiledLanguageRunsFromWhatIsKept(language: String) async throws {
        let pack = try #require(try EngineFixture.catalog.get().packs.first { $0.name == language })
        if let missing = pack.missingRequirement(exists: { FileManager.default.fileExists(atPath: $0) }) {
            try Test.cancel("needs \(missing)")
        }
        try await Self.withEngine { engine in
            for isKept in [false, true] {
                let report = try await engine.report(
                    RunRequest(
                        code: pack.smoke.code, language: language, limits: .init(wallMilliseconds: 60_000)))
                #expect(report.stage.stdout == pack.smoke.stdout, "\(report)")
                #expect(report.compile?.cached == isKept)
            }
        }
    }

    /// The attack: a program that puts another one in its own place, for whoever sends the same text next.
    @Test func aProgramCannotChangeWhatTheNextRunFinds() async throws {
        let hostile = """
            #include <stdio.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int main(int count, char **arguments) {
                char self[4096] = {0};
                readlink("/proc/self/exe", self, sizeof self - 1);
                int removed = unlink(self);
                FILE *file = fopen(self, "w");
                if (file) { fputs("#!/bin/sh\\necho replaced\\n", file); fclose(file); chmod(self, 0755); }
                printf("%d%d\\n", removed == 0, file != NULL);
                return 0;
            }
            """
        try await Self.withEngine { engine in
            let first = try await engine.report(Self.c(hostile))
            #expect(first.stage.stdout == "11\n", "the attack must reach its file: \(first.stage.stdout)")
            for _ in 0..<2 {
                let next = try await engine.report(Self.c(hostile))
                #expect(next.compile?.cached == true && next.stage.stdout == first.stage.stdout)
            }
        }
    }

    @Test func withoutMemoryForItEveryRunCompiles() async throws {
        try await Self.withEngine(0) { engine in
            for _ in 0..<2 {
                let report = try await engine.report(Self.c(Self.echo))
                #expect(report.compile?.cached == false)
            }
            #expect(!(await engine.metrics()).contains("compile_cache"))
        }
    }

    private static func entry(_ bytes: Int) -> CompileCache.Entry {
        CompileCache.Entry(
            files: [.init(path: "program", content: Array(repeating: 7, count: bytes))], output: CappedOutput(limit: 0))
    }

    private static func key(_ number: Int) -> CompileCache.Key {
        CompileCache.Key(
            driver: "d", language: "c", toolchain: "t", arguments: ["cc"], environment: [:],
            limits: .standardCompile, files: [.init(path: "main.c", content: Array("\(number)".utf8))])
    }

    @Test func theLongestUnusedGoesAndTheBoundHolds() {
        let cache = CompileCache(mostBytes: 100_000)
        for number in 0..<4 { cache.keep(Self.entry(20_000), for: Self.key(number)) }
        #expect(cache.find(Self.key(0)) != nil)
        cache.keep(Self.entry(20_000), for: Self.key(4))
        #expect(cache.find(Self.key(1)) == nil && cache.find(Self.key(0)) != nil && cache.find(Self.key(4)) != nil)
        #expect(cache.counts.bytes <= 100_000 && cache.counts.entries == 4)
        // One that would push out most of the others is not kept.
        cache.keep(Self.entry(25_001), for: Self.key(5))
        #expect(cache.find(Self.key(5)) == nil && cache.counts.entries == 4)
        for number in 10..<500 { cache.keep(Self.entry(1), for: Self.key(number)) }
        #expect(cache.counts.bytes <= 100_000)
    }
}
