// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Isolation
import NestboxCore
import Testing

@testable import NestboxCommands

@Suite struct CommandExitTests {
    struct Case: Sendable {
        let verdict: Verdict
        var exitCode: Int?
        var signal: String?
        let expected: Int32
    }

    static let cases: [Case] = [
        Case(verdict: .ok, exitCode: 0, expected: 0),
        Case(verdict: .runtimeError, exitCode: 1, expected: 1),
        Case(verdict: .runtimeError, exitCode: 3, expected: 3),
        Case(verdict: .runtimeError, exitCode: 255, expected: 255),
        Case(verdict: .runtimeError, expected: 1),
        Case(verdict: .compileError, exitCode: 2, expected: 1),
        Case(verdict: .wallTimeout, signal: "SIGKILL", expected: 124),
        Case(verdict: .wallTimeout, exitCode: 0, expected: 124),
        Case(verdict: .cpuTimeout, signal: "SIGKILL", expected: 124),
        Case(verdict: .memoryLimit, signal: "SIGKILL", expected: 137),
        Case(verdict: .memoryLimit, exitCode: 1, expected: 137),
        Case(verdict: .outputLimit, signal: "SIGKILL", expected: 137),
        Case(verdict: .outputLimit, expected: 137),
        Case(verdict: .processLimit, exitCode: 1, expected: 1),
        Case(verdict: .processLimit, signal: "SIGABRT", expected: 134),
        Case(verdict: .diskLimit, exitCode: 28, expected: 28),
        Case(verdict: .diskLimit, expected: 137),
        Case(verdict: .diskLimit, exitCode: 0, expected: 137),
        Case(verdict: .signaled, signal: "SIGSEGV", expected: 139),
        Case(verdict: .signaled, signal: "SIGTERM", expected: 143),
        Case(verdict: .signaled, signal: "SIGRTMIN+2", expected: 164),
        Case(verdict: .signaled, signal: "SIGSOMETHING", expected: 125),
        Case(verdict: .policyViolation, expected: 126),
        Case(verdict: .cancelled, expected: 130),
        Case(verdict: .wrongAnswer, exitCode: 0, expected: 1),
        Case(verdict: .internalError, expected: 125),
        Case(verdict: .checkerFailed, expected: 125),
        Case(verdict: .invalidSubmission, expected: 126),
    ]

    @Test(arguments: cases) func followsTheVerdict(_ item: Case) {
        let stage = StageReport.sample(item.verdict, exitCode: item.exitCode, signal: item.signal)
        #expect(CommandExit(stage).rawValue == item.expected)
    }

    @Test func theTableCoversEveryVerdict() {
        #expect(Set(Self.cases.map(\.verdict)) == Set(Verdict.allCases))
    }

    @Test func onlySuccessIsZero() {
        for verdict in Verdict.allCases where verdict != .ok {
            #expect(CommandExit(.sample(verdict, exitCode: 0)).rawValue != 0, "\(verdict)")
        }
    }

    @Test func aMarkdownAnswerEndsLikeItsFirstBlockThatFailed() {
        func block(_ stage: StageReport) -> MarkdownReport.Block {
            .init(language: "python", line: 1, report: .sample(stage))
        }
        let blocks = [block(.sample()), block(.sample(.runtimeError, exitCode: 7)), block(.sample(.wallTimeout))]
        #expect(CommandExit(.markdown(.init(id: "x", verdict: .runtimeError, blocks: blocks))).rawValue == 7)
        #expect(CommandExit(.markdown(.init(id: "x", verdict: .ok, blocks: [blocks[0]]))).rawValue == 0)
    }

    @Test(
        arguments: [
            (CommandError.usage("x"), 64),
            (CommandError.failure("x"), 125),
            (ConfigurationError(place: .defaults, message: "x"), 64),
            (RequestError(.unknownLanguage, "x"), 64),
            (RequestError(.languageUnavailable, "x"), 64),
            (RequestError(.isolationUnavailable, "x"), 125),
            (RequestError(.queueFull, "x"), 125),
            (ServiceError(.internalError, "x"), 125),
            (IsolationError(.setupFailed, step: "x", message: "x"), 125),
            (BrokenPipe(), 141),
            (CancellationError(), 130),
        ] as [(any Error, Int32)])
    func knowsEveryErrorOfNestbox(error: any Error, expected: Int32) {
        #expect(CommandExit(error)?.rawValue == expected)
    }

    @Test func leavesForeignErrorsAlone() {
        struct Foreign: Error {}
        #expect(CommandExit(Foreign()) == nil)
    }

    @Test(arguments: [
        ("SIGHUP", Int32(1)), ("SIGKILL", 9), ("SIGSEGV", 11), ("SIGTERM", 15), ("SIGSYS", 31), ("SIGRTMIN", 34),
        ("SIGRTMIN+30", 64), ("SIG40", 40),
    ])
    func numbersSignals(name: String, number: Int32) {
        #expect(SignalNumber.of(name) == number)
    }

    @Test(arguments: ["", "SIG", "KILL", "sigkill", "SIG0", "SIG65", "SIGRTMIN+31", "SIGRTMIN+255", "SIG-1"])
    func doesNotInventSignals(name: String) {
        #expect(SignalNumber.of(name) == nil)
    }

    /// The table of docs/cli.md names every code that there is.
    @Test func theDocumentationNamesEachCode() throws {
        let documentation = try String(contentsOfFile: repositoryRoot + "/docs/cli.md", encoding: .utf8)
        let codes: [CommandExit] = [
            .success, .negative, .usage, .timedOut, .failure, .refused, .killed, .brokenPipe,
            Interrupt.interrupt.exitStatus,
            Interrupt.terminate.exitStatus,
        ]
        for code in codes { #expect(documentation.contains("| \(code.rawValue) |"), "code \(code.rawValue)") }
    }
}
