// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPAPI
import NestboxCore
import Synchronization
import Testing

@testable import NestboxCommands

@Suite struct OtherCommandsTests {
    private static let languages = [
        LanguageStatus(
            name: "python", aliases: ["py", "python3"], extensions: ["py"], available: true, version: "3.11.2",
            compiled: false, packages: ["python3"], missing: nil),
        LanguageStatus(
            name: "go", aliases: [], extensions: ["go"], available: false, version: nil, compiled: true,
            packages: ["golang-go"], missing: "/usr/bin/go"),
    ]

    @Test func listsLanguages() async throws {
        var fixture = CommandFixture()
        fixture.services.service = FakeService(languages: Self.languages) { _, _ in .program(.sample()) }
        #expect(await fixture.run("languages") == 0)
        #expect(
            fixture.output.text == """
                LANGUAGE  VERSION  ALSO         STATUS
                go        -        -            missing /usr/bin/go; apt-get install golang-go
                python    3.11.2   py, python3  ok

                """)

        fixture.output = MemorySink()
        #expect(await fixture.run("languages", "--names") == 0)
        #expect(fixture.output.text == "python\n")

        fixture.output = MemorySink()
        #expect(await fixture.run("languages", "--json") == 0)
        let decoded = try JSONDecoder().decode([LanguageStatus].self, from: Data(fixture.output.bytes))
        #expect(decoded.map(\.name) == ["go", "python"])
    }

    @Test func coloursATerminalUnlessAskedNotTo() async {
        var fixture = CommandFixture()
        fixture.services.service = FakeService(languages: Self.languages) { _, _ in .program(.sample()) }
        fixture.output = MemorySink(isTerminal: true)
        #expect(await fixture.run("languages") == 0)
        #expect(fixture.output.text.contains("\u{1b}[32mok\u{1b}[0m"))
        fixture.output = MemorySink(isTerminal: true)
        fixture.environment = ["NO_COLOR": "1"]
        #expect(await fixture.run("languages") == 0)
        #expect(!fixture.output.text.contains("\u{1b}"))
    }

    @Test func detectsALanguage() async throws {
        let scratch = try TemporaryDirectory()
        let path = try scratch.file("x", "print(1)")
        var fixture = CommandFixture()
        fixture.services.detected = .success(
            LanguageReport(name: "python", version: nil, detectedBy: .content, confidence: 0.876))
        #expect(await fixture.run("detect", path) == 0)
        #expect(fixture.output.text == "python (by content, confidence 88 %)\n")

        fixture.output = MemorySink()
        #expect(await fixture.run("detect", path, "--json") == 0)
        #expect(
            fixture.output.text == #"{"confidence":0.876,"detected_by":"content","name":"python","version":null}"#
                + "\n")

        fixture.output = MemorySink()
        fixture.services.detected = .success(
            LanguageReport(name: "python", version: nil, detectedBy: .shebang, confidence: 1))
        fixture.input = MemoryInput("#!/usr/bin/python3\n")
        #expect(await fixture.run("detect", "-") == 0)
        #expect(fixture.output.text == "python (by shebang)\n")
    }

    @Test func saysWhenALanguageIsNotClear() async throws {
        let scratch = try TemporaryDirectory()
        var fixture = CommandFixture()
        fixture.services.detected = .failure(RequestError(.ambiguousLanguage, "could be c or cpp; name one"))
        #expect(await fixture.run("detect", try scratch.file("x", "int x;")) == 64)
        #expect(fixture.errors.text == "nestbox: could be c or cpp; name one (ambiguous_language)\n")
        #expect(await fixture.run("detect", "/nonexistent") == 64)
    }

    @Test func namesTheCandidatesOfAnUnclearLanguage() async throws {
        let scratch = try TemporaryDirectory()
        var fixture = CommandFixture()
        fixture.services.detected = .failure(
            RequestError(
                .ambiguousLanguage, "could be c or cpp",
                candidates: [.init(name: "c", confidence: 0.48), .init(name: "cpp", confidence: 0.41)]))
        #expect(await fixture.run("detect", "--json", try scratch.file("x", "int x;")) == 64)
        #expect(
            fixture.output.text == #"{"candidates":[{"confidence":0.48,"name":"c"},{"confidence":0.41,"name":"cpp"}],"#
                + #""code":"ambiguous_language","message":"could be c or cpp"}"# + "\n")
        #expect(fixture.errors.text == "nestbox: could be c or cpp (ambiguous_language)\n")
    }

    @Test func diagnosesTheMachine() async throws {
        var fixture = CommandFixture()
        fixture.services.fakeDrivers = [
            FakeDriver(
                findings: [
                    .init(name: "user namespaces", level: .ok, detail: "15000 allowed"),
                    .init(
                        name: "landlock", level: .missing, detail: "not in this kernel",
                        remedy: "boot with lsm=landlock"),
                ])
        ]
        #expect(await fixture.run("doctor") == 0)
        #expect(
            fixture.output.text == """
                namespace (default): available, limits held by cgroup-v2
                  ok       user namespaces  15000 allowed
                  missing  landlock         not in this kernel
                           -> boot with lsm=landlock

                """)

        fixture.output = MemorySink()
        #expect(await fixture.run("doctor", "--json") == 0)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(fixture.output.bytes)) as? [String: Any])
        #expect(json["usable"] as? Bool == true)
        #expect(json["default_driver"] as? String == "namespace")
        #expect((json["drivers"] as? [Any])?.count == 1)
    }

    @Test func failsWhenTheDefaultDriverCannotBeUsed() async {
        var fixture = CommandFixture()
        fixture.services.fakeDrivers = [
            FakeDriver(
                available: false,
                findings: [.init(name: "clone3", level: .fatal, detail: "EPERM", remedy: "run as root")])
        ]
        #expect(await fixture.run("doctor") == 1)
        #expect(fixture.output.text.contains("namespace (default): not available"))
        #expect(fixture.output.text.contains("fatal    clone3  EPERM"))
        #expect(await fixture.run("doctor", "--json") == 1)

        fixture.services.fakeDrivers = [FakeDriver(name: "other")]
        #expect(await fixture.run("doctor") == 1)
        #expect(fixture.errors.text.contains("the default driver 'namespace' does not exist"))
        fixture.environment = ["NESTBOX_ISOLATION": "other"]
        #expect(await fixture.run("doctor") == 0)
    }

    @Test func explainsASandbox() async throws {
        var fixture = CommandFixture()
        fixture.services.fakeDrivers = [FakeDriver()]
        #expect(await fixture.run("explain", "--memory", "64M") == 0)
        #expect(
            fixture.output.text == """
                #  BY     STEP         DETAIL
                1  host   cgroup       memory 67108864
                2  guest  mount_tmpfs  /tmp

                """)
        fixture.output = MemorySink()
        #expect(await fixture.run("explain", "--json") == 0)
        #expect(
            fixture.output.text.hasPrefix(
                #"{"driver":"namespace","steps":[{"actor":"host","detail":"memory 536870912""#))
    }

    @Test func explainsAComputerWithItsOwnLimits() async {
        var fixture = CommandFixture()
        fixture.services.fakeDrivers = [FakeDriver()]
        #expect(await fixture.run("explain", "--computer") == 0)
        #expect(fixture.output.text.contains("memory 1073741824, computer"))
        #expect(await fixture.run("explain", "--computer", "--memory", "64M") == 64)
    }

    @Test func refusesToExplainWhatCannotBe() async {
        var fixture = CommandFixture()
        fixture.services.fakeDrivers = [FakeDriver()]
        #expect(await fixture.run("explain", "--isolation", "vm") == 64)
        #expect(await fixture.run("explain", "--memory", "1T") == 64)
        #expect(fixture.errors.lines.first?.contains("there is no isolation driver 'vm'; there is namespace") == true)
        #expect(fixture.errors.lines.last?.contains("invalid_limit") == true)
    }

    @Test func servesWithTheOptionsGiven() async throws {
        let scratch = try TemporaryDirectory()
        let file = try scratch.file("c.yaml", "server:\n  listen: 127.0.0.1:1\nengine:\n  queue: 5\n")
        let keys = try scratch.file("keys", "0123456789abcdef\n")
        let box = Box<ValidConfiguration>()
        var fixture = CommandFixture()
        fixture.services.onServe = { configuration in box.set(configuration) }
        let status = await fixture.run(
            "serve", "--config", file, "--listen", "0.0.0.0:9", "--api-key-file", keys, "--concurrency", "3",
            "--database", "/tmp/x.sqlite", "--isolation", "other", "--accept-rlimit-only")
        #expect(status == 0)
        let configuration = try #require(box.value)
        #expect(configuration.server.listen == .tcp(host: "0.0.0.0", port: 9))
        #expect(configuration.server.apiKeys == ["0123456789abcdef"])
        #expect(configuration.settings.engine.concurrency == 3)
        #expect(configuration.settings.engine.queueLength == 5)
        #expect(configuration.databasePath == "/tmp/x.sqlite")
        #expect(configuration.isolation.driver == "other")
        #expect(configuration.isolation.acceptRlimitOnly)
        #expect(fixture.errors.text == "nestbox: listening on http://0.0.0.0:9\n")
    }

    @Test func refusesToServeTheWorldWithoutAKey() async {
        let fixture = CommandFixture()
        #expect(await fixture.run("serve", "--listen", "0.0.0.0:8686") == 64)
        #expect(
            fixture.errors.text.hasPrefix(
                "nestbox: option --listen: 'server.listen' is 0.0.0.0:8686, which other machines"))
        #expect(fixture.errors.lines.count == 1)
    }

    @Test(arguments: [["--version"], ["--help"], ["help"], ["run", "--help"], ["help", "serve"], []])
    func answersOnStandardOutput(arguments: [String]) async {
        let fixture = CommandFixture()
        #expect(await CommandLineTool.run(arguments, in: fixture.context) == .success)
        #expect(!fixture.output.bytes.isEmpty)
        #expect(fixture.errors.bytes.isEmpty)
    }

    @Test func groupsTheHelp() async {
        let fixture = CommandFixture()
        _ = await fixture.run("--help")
        for group in ["RUNNING SUBCOMMANDS", "LANGUAGE SUBCOMMANDS", "MACHINE SUBCOMMANDS"] {
            #expect(fixture.output.text.uppercased().contains(group))
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completes(shell: String) async {
        let fixture = CommandFixture()
        #expect(await fixture.run("--generate-completion-script", shell) == 0)
        #expect(fixture.output.text.contains("nestbox"))
    }

    @Test(arguments: [["runn"], ["languages", "--jsn"], ["detect"]])
    func refusesWrongUseInOneLine(arguments: [String]) async {
        let fixture = CommandFixture()
        #expect(await CommandLineTool.run(arguments, in: fixture.context) == .usage)
        #expect(fixture.errors.lines.count == 1)
        #expect(fixture.errors.text.hasPrefix("nestbox: "))
        #expect(fixture.output.bytes.isEmpty)
    }

    @Test func endsQuietlyWhenTheReaderOfAListGoes() async {
        var fixture = CommandFixture()
        fixture.services.service = FakeService(languages: Self.languages) { _, _ in .program(.sample()) }
        fixture.output = MemorySink(capacity: 0)
        #expect(await fixture.run("languages") == 141)
        #expect(fixture.errors.bytes.isEmpty)
    }
}

/// Carries a value out of a closure.
private final class Box<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)

    func set(_ value: Value) { content.withLock { $0 = value } }

    var value: Value? { content.withLock { $0 } }
}
