// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import NestboxCommands

/// What the options of `nestbox run` ask the service for.
@Suite struct RunRequestTests {
    private let scratch: TemporaryDirectory

    init() throws { scratch = try TemporaryDirectory() }

    private func request(
        _ arguments: String..., input: MemoryInput = MemoryInput(isTerminal: true)
    ) async throws -> RunRequest {
        var fixture = CommandFixture()
        fixture.input = input
        let service = fixture.services.service
        let status = await CommandLineTool.run(["run", "--quiet"] + arguments, in: fixture.context)
        #expect(status == .success, "\(fixture.errors.text)")
        return try #require(service.requests.first)
    }

    private func refusal(
        _ arguments: String..., input: MemoryInput = MemoryInput(isTerminal: true)
    ) async -> String {
        var fixture = CommandFixture()
        fixture.input = input
        let status = await CommandLineTool.run(["run"] + arguments, in: fixture.context)
        #expect(status == .usage)
        #expect(fixture.services.service.requests.isEmpty)
        #expect(fixture.output.bytes.isEmpty)
        #expect(fixture.errors.lines.count == 1)
        return fixture.errors.text
    }

    @Test func carriesEveryOption() async throws {
        let request = try await request(
            "--code", "print(1)", "--language", "python", "--env", "A=1", "-e", "B=x=y", "--env", "C=", "--timeout",
            "2.5",
            "--cpu-time", "500ms", "--memory", "512M", "--processes", "9", "--disk", "1MiB", "--output-limit", "100",
            "--collect", "*.csv", "--collect", "out/**", "--output-dir", scratch.path, "--isolation", "namespace",
            "--template", "base", "--", "--json", "-x", "y")
        #expect(
            request
                == RunRequest(
                    code: "print(1)", language: "python", args: ["--json", "-x", "y"],
                    env: ["A": "1", "B": "x=y", "C": ""],
                    limits: LimitsRequest(
                        wallMilliseconds: 2500, cpuMilliseconds: 500, memoryBytes: 512 << 20, outputBytes: 100,
                        processes: 9, diskBytes: 1 << 20),
                    collect: ["*.csv", "out/**"], isolation: "namespace", template: "base"))
    }

    @Test func carriesWhatShallBeTheSameEachTime() async throws {
        let time = try #require(ClockTime("2024-02-29T12:00:00Z"))
        #expect(
            try await request("-c", "x", "--seed", "7", "--clock", "\(time)").deterministic
                == Determinism(seed: 7, clock: FixedClock(at: time)))
        #expect(
            try await request("-c", "x", "--clock", "2024-02-29T13:00:00+01:00", "--clock-runs").deterministic
                == Determinism(clock: FixedClock(at: time, mode: .running)))
    }

    @Test func asksForNothingThatWasNotGiven() async throws {
        #expect(try await request("-c", "x", "-l", "bash") == RunRequest(code: "x", language: "bash"))
    }

    @Test func runsAFileUnderItsOwnName() async throws {
        let path = try scratch.file("answer.py", "print(2)")
        let request = try await request(path, "--", "a")
        #expect(request.files == [FileInput(path: "answer.py", content: "print(2)")])
        #expect(request.entrypoint == "answer.py")
        #expect(request.code == nil)
        #expect(request.args == ["a"])
        #expect(request.stdin == nil)
    }

    @Test func copiesFilesIn() async throws {
        let path = try scratch.file("data.csv", "a,b")
        let binary = scratch.path + "/x.bin"
        try Data([0xff, 0x00]).write(to: URL(filePath: binary))
        let request = try await request(
            "--code", "x", "--file", path, "--file", "\(path):in/other.csv", "-f", binary)
        #expect(
            request.files == [
                FileInput(path: "data.csv", content: "a,b"), FileInput(path: "in/other.csv", content: "a,b"),
                FileInput(path: "x.bin", contentBase64: "/wA="),
            ])
        #expect(request.entrypoint == nil)
    }

    @Test func splitsAtTheLastColon() async throws {
        let path = try scratch.file("a:b", "x")
        #expect(try await request("-c", "x", "--file", "\(path):c").files == [FileInput(path: "c", content: "x")])
    }

    @Test func runsTheProgramOnStandardInput() async throws {
        #expect(try await request("-", input: MemoryInput("print(3)")) == RunRequest(code: "print(3)"))
        #expect(try await request(input: MemoryInput("print(3)")) == RunRequest(code: "print(3)"))
        #expect(try await request("-", input: MemoryInput("typed", isTerminal: true)) == RunRequest(code: "typed"))
    }

    @Test func runsAnAnswer() async throws {
        let path = try scratch.file("answer.md", "```python\n```")
        #expect(try await request("--markdown", path) == RunRequest(markdown: "```python\n```"))
        #expect(try await request("--markdown", "-", input: MemoryInput("text")) == RunRequest(markdown: "text"))
    }

    @Test func passesStandardInputThatIsNoTerminal() async throws {
        let program = try scratch.file("p.py", "")
        #expect(try await request("-c", "x", input: MemoryInput("data")).stdin == "data")
        #expect(try await request(program, input: MemoryInput("data")).stdin == "data")
        #expect(try await request("-c", "x", input: MemoryInput("")).stdin == "")
    }

    @Test func neverReadsATerminalUnasked() async throws {
        let terminal = MemoryInput("typed", isTerminal: true)
        #expect(try await request("-c", "x", input: terminal).stdin == nil)
        #expect(await refusal(input: terminal).contains("no program"))
        #expect(terminal.timesRead == 0)
        #expect(try await request("-c", "x", "--stdin", "-", input: terminal).stdin == "typed")
    }

    @Test func takesStandardInputFromAFile() async throws {
        let path = try scratch.file("in.txt", "from the file")
        let input = MemoryInput("ours")
        #expect(try await request("-c", "x", "--stdin", path, input: input).stdin == "from the file")
        #expect(try await request("-c", "x", "--stdin", "/dev/null", input: input).stdin == "")
        #expect(input.timesRead == 0)
        #expect(try await request("-", "--stdin", path, input: MemoryInput("code")).stdin == "from the file")
    }

    @Test func saysThatItWaits() async {
        var fixture = CommandFixture()
        fixture.input = MemoryInput("late", idle: true)
        #expect(await fixture.run("run", "-c", "x") == 0)
        #expect(fixture.errors.text.hasPrefix("nestbox: waiting for the end of standard input"))
        #expect(fixture.services.service.requests.first?.stdin == "late")
    }

    @Test func refusesWhatDoesNotGoTogether() async throws {
        let path = try scratch.file("p.py", "")
        #expect(await refusal(path, "--code", "x").contains("'\(path)' and --code each name a program"))
        #expect(await refusal("--code", "x", "--markdown", path).contains("--code and --markdown"))
        #expect(
            await refusal("-", "--stdin", "-", input: MemoryInput("x")).contains("cannot be the program and its input"))
        #expect(await refusal("-c", "x", "--collect", "*").contains("--output-dir"))
        #expect(await refusal("-c", "x", "--output-dir", scratch.path).contains("--collect"))
        #expect(await refusal("-c", "x", "-f", path, "-f", path).contains("two files would be 'p.py'"))
        #expect(await refusal(path, "-f", "\(path):p.py").contains("two files would be 'p.py'"))
        #expect(
            await refusal(path, "second").contains(
                "'second' is one argument too many; arguments of the program go behind --"))
        #expect(await refusal(path, "--tiemout", "5", "--", "a").contains("Unknown option '--tiemout'"))
    }

    @Test func refusesWhatCannotBeRead() async throws {
        #expect(await refusal("/nonexistent.py").contains("cannot read '/nonexistent.py': No such file or directory"))
        #expect(await refusal(scratch.path).contains("is a directory"))
        #expect(await refusal("-c", "x", "-f", scratch.path).contains("is a directory"))
        #expect(await refusal("-c", "x", "-f", "a:").contains("neither PATH nor HOST_PATH:SANDBOX_PATH"))
        #expect(await refusal("-c", "x", input: MemoryInput(bytes: [0xff])).contains("standard input is not UTF-8"))
        #expect(await refusal("-", input: MemoryInput(bytes: [0xff])).contains("not UTF-8"))
    }

    @Test(arguments: [
        (["--timeout", "soon"], "'soon' is not a time"),
        (["--timeout=-5"], "'-5' is not a time"),
        (["--memory", "512MB"], "'512MB' is not a size"),
        (["--processes", "many"], "'many' is not a whole number"),
        (["--seed", "-1"], "--seed"),
        (["--seed", "4294967296"], "'4294967296' is not a whole number from 0 to 4294967295"),
        (["--clock", "2024-02-29"], "'2024-02-29' is not a moment from 1970 to 2261"),
        (["--clock-runs"], "--clock-runs needs --clock"),
        (["--env", "NOVALUE"], "--env 'NOVALUE' is not NAME=VALUE"),
        (["--env", "=x"], "--env '=x' is not NAME=VALUE"),
        (["--tiemout", "5"], "--tiemout"),
        (["--language"], "--language"),
    ])
    func refusesOptionsThatMakeNoSense(options: [String], message: String) async {
        let fixture = CommandFixture()
        #expect(await CommandLineTool.run(["run", "-c", "x"] + options, in: fixture.context) == .usage)
        #expect(fixture.errors.text.contains(message))
        #expect(fixture.errors.lines.count == 1)
        #expect(fixture.services.service.requests.isEmpty)
    }
}
