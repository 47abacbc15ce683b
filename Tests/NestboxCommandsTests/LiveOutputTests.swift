// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import NestboxCommands

@Suite struct LiveOutputTests {
    @Test func sendsEachStreamToItsOwn() async throws {
        let output = MemorySink()
        let errors = MemorySink()
        let live = LiveOutput(output: output, errors: errors, quiet: false, raw: false)
        try await live.show(.stdout(Array("compiling".utf8), compile: true))
        try await live.show(.stderr(Array("; warning".utf8), compile: true))
        try await live.show(.result(verdict: .ok, exitCode: 0, signal: nil, compile: true))
        try await live.show(.stdout([0xff, 0x1b, 0x00], compile: false))
        try await live.show(.stderr(Array("; trace".utf8), compile: false))
        try await live.finish()
        #expect(output.bytes == [0xff, 0x1b, 0x00])
        #expect(errors.text == "compiling; warning; trace")
    }

    @Test func sanitisesOnATerminalAcrossPieces() async throws {
        let output = MemorySink(isTerminal: true)
        let live = LiveOutput(output: output, errors: MemorySink(), quiet: false, raw: false)
        try await live.show(.stdout([0xe4, 0xb8], compile: false))
        #expect(output.bytes.isEmpty)
        try await live.show(.stdout([0x96, 0x1b, 0xe4], compile: false))
        try await live.finish()
        #expect(output.text == "世^[\\xe4")
    }

    @Test func sanitisesEachStreamByWhereItGoes() async throws {
        let output = MemorySink(isTerminal: false)
        let errors = MemorySink(isTerminal: true)
        let live = LiveOutput(output: output, errors: errors, quiet: false, raw: false)
        try await live.show(.stdout([0x1b], compile: false))
        try await live.show(.stderr([0x1b], compile: false))
        #expect(output.bytes == [0x1b])
        #expect(errors.text == "^[")
    }

    @Test func passesEverythingWhenToldTo() async throws {
        let output = MemorySink(isTerminal: true)
        let live = LiveOutput(output: output, errors: MemorySink(), quiet: false, raw: true)
        try await live.show(.stdout([0x1b, 0x5b, 0x9b], compile: false))
        try await live.finish()
        #expect(output.bytes == [0x1b, 0x5b, 0x9b])
    }

    @Test func headsTheBlocksOfAnAnswer() async throws {
        let output = MemorySink()
        let errors = MemorySink()
        let live = LiveOutput(output: output, errors: errors, quiet: false, raw: false)
        try await live.show(.block(language: "python", line: 5))
        try await live.show(.stdout(Array("1\n".utf8), compile: false))
        try await live.show(.block(language: "java\u{1b}[2Jscript\n", line: 20))
        try await live.show(.stdout(Array("2\n".utf8), compile: false))
        #expect(output.text == "1\n2\n")
        #expect(errors.lines == ["--- block 1: python, line 5 ---", "--- block 2: java^[[2Jscript^J, line 20 ---"])
    }

    @Test func headsNothingWhenQuiet() async throws {
        let errors = MemorySink()
        let live = LiveOutput(output: MemorySink(), errors: errors, quiet: true, raw: false)
        try await live.show(.block(language: "python", line: 5))
        #expect(errors.bytes.isEmpty)
    }

    @Test func endsALineOnlyWhereTheProgramLeftOneOpen() async throws {
        let terminal = MemorySink(isTerminal: true)
        let live = LiveOutput(output: terminal, errors: terminal, quiet: false, raw: false)
        try await live.show(.stdout(Array("done\n".utf8), compile: false))
        try await live.endLine()
        #expect(terminal.text == "done\n")
        try await live.show(.stdout(Array("open".utf8), compile: false))
        try await live.endLine()
        try await live.endLine()
        #expect(terminal.text == "done\nopen\n")
    }
}
