// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import Engine

/// Two programs in two sandboxes that talk to each other.
@Suite(.timeLimit(.minutes(3))) struct PairTests {
    let engine: Engine

    init() throws { engine = try EngineFixture.engine.get() }

    private func python(
        _ code: String, limits: LimitsRequest = LimitsRequest(), kept: Int? = nil, most: Int? = nil,
        grace: Duration? = .milliseconds(200)
    ) -> PairedRequest {
        PairedRequest(
            request: RunRequest(code: code, language: "python", limits: limits), mostBytes: most, keptBytes: kept,
            grace: grace)
    }

    private static let echo = "import sys\nfor line in sys.stdin: print(line.strip() * 2, flush=True)"

    @Test func eachReadsWhatTheOtherPrints() async throws {
        let asks = "print('ab', flush=True); a = input(); print(a, flush=True); b = input(); exit(len(b))"
        let pair = try await engine.runPair(python(asks), python(Self.echo))
        #expect(pair.first.stage.exitCode == 8)
        #expect(pair.first.stage.stdout == "ab\nabab\n")
        #expect(pair.second.verdict == .ok)
        #expect(pair.second.stage.stdout == "abab\nabababab\n")
        #expect(pair.endedFirst == .first)
    }

    @Test func oneThatDoesNotEndWithTheOtherIsEnded() async throws {
        let pair = try await engine.runPair(python("print('x', flush=True)"), python("import time; time.sleep(60)"))
        #expect(pair.first.verdict == .ok)
        #expect(pair.second.verdict == .cancelled)
        #expect(pair.endedFirst == .first)
    }

    @Test func eachHasItsOwnLimits() async throws {
        let spins = python("while True: pass", limits: LimitsRequest(cpuMilliseconds: 200))
        let pair = try await engine.runPair(spins, python("import sys; print(repr(sys.stdin.read()))", grace: nil))
        #expect(pair.first.verdict == .cpuTimeout)
        #expect(pair.second.verdict == .ok)
        #expect(pair.second.stage.stdout == "''\n")
    }

    @Test func talkHasItsOwnBoundAndIsKeptUpToOne() async throws {
        let talks = "import sys\nfor _ in range(64): sys.stdout.write('x' * 65536)"
        let counts = "import sys\nprint(len(sys.stdin.buffer.read()))"
        let pair = try await engine.runPair(python(talks, kept: 100, most: 8 << 20), python(counts, grace: nil))
        #expect(pair.first.verdict == .ok)
        #expect(pair.first.stage.stdout.utf8.count == 100)
        #expect(pair.first.stage.stdoutTruncated)
        #expect(pair.second.stage.stdout == "\(4 << 20)\n")
        let over = try await engine.runPair(python(talks, most: 1 << 20), python("import time; time.sleep(60)"))
        #expect(over.first.verdict == .outputLimit)
        #expect(over.second.verdict == .cancelled)
    }

    @Test func oneThatDoesNotReadHoldsTheOtherUpAndNotItsLimits() async throws {
        let talks = python(
            "import os\nwhile True: os.write(1, b'x' * 65536)", limits: LimitsRequest(wallMilliseconds: 700),
            most: 1 << 30)
        let pair = try await engine.runPair(talks, python("import time; time.sleep(60)"))
        #expect(pair.first.verdict == .wallTimeout)
        #expect(pair.second.verdict == .cancelled)
    }

    @Test func neitherRunsWhenOneDoesNotCompile() async throws {
        let broken = PairedRequest(request: RunRequest(code: "int main(", language: "c"))
        let pair = try await engine.runPair(broken, python("print('ran')"))
        #expect(pair.first.verdict == .compileError)
        #expect(pair.second.verdict == .cancelled)
        #expect(pair.second.stage.stdout.isEmpty)
    }

    @Test func aCompiledOneIsWaitedFor() async throws {
        let code = "#include <stdio.h>\nint main(void) { int n; if (scanf(\"%d\", &n) == 1) printf(\"%d\\n\", n + 1); }"
        let compiled = PairedRequest(request: RunRequest(code: code, language: "c"))
        let asks = python("print(41, flush=True); print(input())", limits: LimitsRequest(wallMilliseconds: 5000))
        let pair = try await engine.runPair(compiled, asks)
        #expect(pair.first.verdict == .ok)
        #expect(pair.second.stage.stdout == "41\n42\n")
    }

    @Test func onePlaceIsEnoughAndIsGivenBack() async throws {
        let engine = try EngineFixture.make(EngineConfiguration(concurrency: 1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    let pair = try await engine.runPair(python("print(1, flush=True); input()"), python(Self.echo))
                    #expect(pair.first.verdict == .ok)
                }
            }
            try await group.waitForAll()
        }
        #expect(engine.queue.counts.running == 0)
    }

    @Test func cancellingEndsBoth() async throws {
        let (running, signal) = AsyncStream<Void>.makeStream()
        let waits = python("import time; time.sleep(60)", limits: LimitsRequest(wallMilliseconds: 60_000))
        let task = Task {
            signal.yield()
            return try await engine.runPair(waits, waits)
        }
        for await _ in running { break }
        task.cancel()
        let pair = try? await task.value
        #expect(pair == nil || (pair?.first.verdict == .cancelled && pair?.second.verdict == .cancelled))
    }
}
