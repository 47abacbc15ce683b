// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import NestboxCommands

@Suite struct RunCommandTests {
    @Test func streamsAndEndsAsTheProgramDid() async {
        var fixture = CommandFixture()
        fixture.services.service = FakeService(
            events: [.stdout(Array("out\n".utf8), compile: false), .stderr(Array("err\n".utf8), compile: false)],
            .program(.sample(.sample(.runtimeError, exitCode: 3))))
        #expect(await fixture.run("run", "-c", "x") == 3)
        #expect(fixture.output.text == "out\n")
        #expect(fixture.errors.text == "err\nnestbox: runtime_error with exit code 3 after 12 ms\n")
    }

    @Test func saysNothingAboutAnOkRun() async {
        let fixture = CommandFixture()
        #expect(await fixture.run("run", "-c", "x") == 0)
        #expect(fixture.output.bytes.isEmpty)
        #expect(fixture.errors.bytes.isEmpty)
    }

    @Test func staysQuietWhenTold() async {
        var fixture = CommandFixture()
        fixture.services.service = FakeService(.program(.sample(.sample(.wallTimeout, exitCode: nil))))
        #expect(await fixture.run("run", "-c", "x", "--quiet") == 124)
        #expect(fixture.errors.bytes.isEmpty)
    }

    @Test func mentionsWeakerLimits() async {
        var fixture = CommandFixture()
        fixture.services.service = FakeService(.program(.sample(limitsEnforcedBy: "rlimit")))
        #expect(await fixture.run("run", "-c", "x", "--accept-rlimit-only") == 0)
        #expect(fixture.errors.text.contains("setrlimit"))
    }

    @Test func putsRemarksOnALineOfTheirOwnOnATerminal() async {
        var fixture = CommandFixture()
        let terminal = MemorySink(isTerminal: true)
        fixture.output = terminal
        fixture.errors = terminal
        fixture.services.service = FakeService(
            events: [.stdout(Array("no end\u{1b}[A".utf8), compile: false)],
            .program(.sample(.sample(.runtimeError, exitCode: 1))))
        #expect(await fixture.run("run", "-c", "x") == 1)
        #expect(terminal.text == "no end^[[A\nnestbox: runtime_error with exit code 1 after 12 ms\n")
    }

    @Test(arguments: [false, true])
    func printsTheReportAsJSON(terminal: Bool) async throws {
        var fixture = CommandFixture()
        fixture.output = MemorySink(isTerminal: terminal)
        let result = RunResult.program(.sample(.sample(.memoryLimit, exitCode: nil, signal: "SIGKILL")))
        fixture.services.service = FakeService(events: [.stdout(Array("live".utf8), compile: false)], result)
        #expect(await fixture.run("run", "-c", "x", "--json") == 137)
        #expect(fixture.errors.bytes.isEmpty)
        #expect((fixture.output.lines.count > 1) == terminal)
        #expect(fixture.output.text.hasSuffix("}\n"))
        #expect(try JSONDecoder().decode(RunResult.self, from: Data(fixture.output.bytes)) == result)
    }

    @Test func printsOneDocumentForAnAnswer() async throws {
        var fixture = CommandFixture()
        let scratch = try TemporaryDirectory()
        let result = RunResult.markdown(
            MarkdownReport(
                id: "run_x", verdict: .runtimeError,
                blocks: [
                    .init(language: "python", line: 3, report: .sample()),
                    .init(language: "bash", line: 9, report: .sample(.sample(.runtimeError, exitCode: 4))),
                ]))
        fixture.services.service = FakeService(events: [.block(language: "python", line: 3)], result)
        let path = try scratch.file("a.md", "text")
        #expect(await fixture.run("run", "--markdown", path, "--json") == 4)
        #expect(try JSONDecoder().decode(RunResult.self, from: Data(fixture.output.bytes)) == result)

        fixture.output = MemorySink()
        #expect(await fixture.run("run", "--markdown", path) == 4)
        #expect(
            fixture.errors.lines == [
                "--- block 1: python, line 3 ---",
                "nestbox: block 2 (bash, line 9): runtime_error with exit code 4 after 12 ms",
            ])
    }

    @Test func writesCollectedFiles() async throws {
        let scratch = try TemporaryDirectory()
        var fixture = CommandFixture()
        fixture.services.service = FakeService(
            .program(
                .sample(files: [
                    CollectedFile(path: "out/a.csv", sizeBytes: 1, contentBase64: "YQ=="),
                    CollectedFile(path: "big.bin", sizeBytes: 9 << 30, contentBase64: nil, skipped: "too_large"),
                ])))
        let arguments = ["run", "-c", "x", "--collect", "**", "--output-dir", scratch.path + "/got"]
        #expect(await CommandLineTool.run(arguments, in: fixture.context) == .success)
        #expect(try scratch.read("got/out/a.csv") == "a")
        #expect(fixture.errors.lines == ["nestbox: 'big.bin' was not fetched: too_large"])

        #expect(await CommandLineTool.run(arguments, in: fixture.context) == .failure)
        #expect(fixture.errors.text.contains("'out/a.csv' is already in"))
        #expect(await CommandLineTool.run(arguments + ["--force"], in: fixture.context) == .success)
    }

    @Test func writesTheGoodFilesWhenOneIsHostile() async throws {
        let scratch = try TemporaryDirectory()
        var fixture = CommandFixture()
        fixture.services.service = FakeService(
            .program(
                .sample(files: [
                    CollectedFile(path: "../escaped", sizeBytes: 1, contentBase64: "YQ=="),
                    CollectedFile(path: "not\nbase64", sizeBytes: 1, contentBase64: "%%%"),
                    CollectedFile(path: "good", sizeBytes: 1, contentBase64: "YQ=="),
                ])))
        #expect(await fixture.run("run", "-c", "x", "--collect", "*", "--output-dir", scratch.path + "/got") == 125)
        #expect(try scratch.names() == ["got", "got/good"])
        #expect(fixture.errors.lines.count == 2)
        #expect(fixture.errors.text.contains("'../escaped'"))
        #expect(fixture.errors.text.contains("'not^Jbase64'"))
    }

    @Test func keepsTheFilesOfBlocksApart() async throws {
        let scratch = try TemporaryDirectory()
        var fixture = CommandFixture()
        let report = RunReport.sample(files: [CollectedFile(path: "x", sizeBytes: 1, contentBase64: "YQ==")])
        fixture.services.service = FakeService(
            .markdown(
                MarkdownReport(
                    id: "x", verdict: .ok,
                    blocks: [
                        .init(language: "python", line: 1, report: report),
                        .init(language: "bash", line: 2, report: report),
                    ])))
        let answer = try scratch.file("a.md", "")
        #expect(
            await fixture.run("run", "--markdown", answer, "--collect", "x", "--output-dir", scratch.path + "/got") == 0
        )
        #expect(try scratch.names() == ["a.md", "got", "got/block-1", "got/block-1/x", "got/block-2", "got/block-2/x"])
    }

    @Test func refusesAnUnusableOutputDirectoryBeforeAnythingRuns() async throws {
        let scratch = try TemporaryDirectory()
        let file = try scratch.file("file", "")
        let fixture = CommandFixture()
        #expect(await fixture.run("run", "-c", "x", "--collect", "*", "--output-dir", file) == 64)
        #expect(fixture.services.service.requests.isEmpty)
    }

    @Test func tellsABadRequestInOneSentence() async {
        var fixture = CommandFixture()
        fixture.services.service = FakeService { _, _ in
            throw RequestError(.unknownLanguage, "no language 'pythn'; did you mean python?")
        }
        #expect(await fixture.run("run", "-c", "x", "-l", "pythn") == 64)
        #expect(fixture.errors.text == "nestbox: no language 'pythn'; did you mean python? (unknown_language)\n")
    }

    @Test func endsQuietlyWhenTheReaderGoes() async {
        var fixture = CommandFixture()
        fixture.output = MemorySink(capacity: 10)
        fixture.services.service = FakeService { _, send in
            while true { try await send(.stdout(Array("spam\n".utf8), compile: false)) }
        }
        #expect(await fixture.run("run", "-c", "x") == 141)
        #expect(fixture.errors.bytes.isEmpty)
    }

    @Test(arguments: [(Interrupt.interrupt, Int32(130)), (.terminate, 143)])
    func cancelsTheRunWhenInterrupted(interrupt: Interrupt, expected: Int32) async {
        var fixture = CommandFixture()
        let interrupts = fixture.interrupts
        fixture.services.service = FakeService { _, send in
            try await send(.stdout(Array("begun\n".utf8), compile: false))
            interrupts.send(interrupt)
            while !Task.isCancelled { await Task.yield() }
            return .program(.sample(.sample(.cancelled, exitCode: nil, wall: 100)))
        }
        #expect(await fixture.run("run", "-c", "x") == expected)
        #expect(fixture.output.text == "begun\n")
        #expect(fixture.errors.text == "nestbox: cancelled after 100 ms\n")
        #expect(interrupts.exitedWith.isEmpty)
    }

    @Test func endsAsInterruptedWhenTheServiceThrows() async {
        var fixture = CommandFixture()
        let interrupts = fixture.interrupts
        fixture.services.service = FakeService { _, _ in
            interrupts.send(.terminate)
            while true {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        #expect(await fixture.run("run", "-c", "x") == 143)
    }

    /// The second interrupt does not wait for the cleaning up.
    @Test func leavesAtOnceOnTheSecondInterrupt() async {
        let exited = AsyncStream<Void>.makeStream()
        var fixture = CommandFixture()
        fixture.interrupts = TestInterrupts(onExit: { exited.continuation.yield() })
        let interrupts = fixture.interrupts
        fixture.services.service = FakeService { _, _ in
            interrupts.send(.interrupt)
            while !Task.isCancelled { await Task.yield() }
            interrupts.send(.interrupt)
            // A real process is gone now; here the cleaning up that took too long ends after the exit was asked for.
            await Task { for await _ in exited.stream { break } }.value
            return .program(.sample())
        }
        #expect(await fixture.run("run", "-c", "x") == 130)
        #expect(interrupts.exitedWith == [CommandExit(rawValue: 130)])
    }
}
