// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Testing

/// Contexts: what they keep, what ends them, and what one of them cannot do to another.
@Suite struct InterpreterLifeTests {
    /// The next event that says something, which then has happened.
    private func wait(for text: String, in execution: Execution) async throws {
        while case .event(let event) = try await execution.next(within: .seconds(60)) {
            if case .stdout(let said, _) = event, said.contains(text) { return }
        }
        Issue.record("'\(text)' was not said")
    }

    @Test(arguments: [
        ("python", "kept = 7", "print('on', flush=True)\nwhile True: pass", "kept"),
        ("python", "kept = 7", "import time; print('on'); time.sleep(1000)", "kept"),
        ("python", "import asyncio; kept = 7", "print('on'); await asyncio.sleep(1000)", "kept"),
        ("python", "kept = 7", "print('on')\n!sleep 1000", "kept"),
        ("javascript", "const kept = 7", "console.log('on'); while (true) {}", "kept"),
        ("javascript", "const kept = 7", "await null; console.log('on'); while (true) {}", "kept"),
        ("typescript", "const kept: number = 7", "console.log('on'); await new Promise(() => {})", "kept"),
        ("bash", "kept=7", "echo on; sleep 1000; echo no", "echo $kept"),
        ("bash", "kept=7", "echo on; while :; do :; done", "echo $kept"),
    ])
    func leavingInterruptsAndKeepsTheContext(language: String, before: String, endless: String, after: String)
        async throws
    {
        let computer = try LocalComputer()
        let service = InterpreterService(computer: computer)
        #expect(try await service.run(before, language: language).error == nil)
        let execution = try await service.execute(ExecutionRequest(code: endless, language: language))
        try await wait(for: "on", in: execution)
        execution.abandon()
        let outcome = try await service.run(after, language: language)
        #expect((outcome.text ?? outcome.stdout.joined().trimmingCharacters(in: .whitespacesAndNewlines)) == "7")
        #expect(outcome.error == nil)
    }

    @Test(arguments: [
        ("python", "import os; os._exit(7)"), ("python", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
        ("javascript", "process.kill(process.pid, 'SIGKILL')"), ("bash", "set -e; false"),
    ])
    func aDeadKernelIsAnErrorAndANewKernel(language: String, code: String) async throws {
        let computer = try LocalComputer()
        let service = InterpreterService(computer: computer)
        let outcome = try await service.run(code, language: language)
        #expect(outcome.error?.name == "ContextRestarting" && outcome.error?.value == "Context was restarted")
        #expect(outcome.events.last == .ended)
        let next = try await service.run("1", language: language)
        #expect(next.count == 1, "\(next.events)")
    }

    @Test func restartingEndsWhatRunsAndKeepsTheName() async throws {
        let computer = try LocalComputer()
        let service = InterpreterService(computer: computer)
        let context = try await service.create(language: "python", directory: nil)
        _ = try await service.run("x = 1", in: context.id)
        let execution = try await service.execute(
            ExecutionRequest(code: "import time; print('on'); time.sleep(1000)", contextID: context.id))
        try await wait(for: "on", in: execution)
        async let rest = execution.rest()
        try await service.restart(context.id)
        #expect(try await rest.error?.name == "ContextRestarting")
        #expect(try await service.run("x", in: context.id).error?.name == "NameError")
        #expect(await service.contexts.last == context)
    }

    @Test func contextsAreSeparateAndListedInOrder() async throws {
        let computer = try LocalComputer()
        let service = InterpreterService(computer: computer)
        #expect(await service.contexts.map(\.language) == ["python", "javascript"])
        #expect(await service.contexts.allSatisfy { $0.directory == "/home/user" })
        try FileManager.default.createDirectory(
            at: computer.home.appending(path: "sub"), withIntermediateDirectories: true)
        let one = try await service.create(language: nil, directory: "/home/user/sub")
        let two = try await service.create(language: "PYTHON", directory: nil)
        #expect(await service.contexts.suffix(2) == [one, two])
        #expect(two.language == "python")
        #expect(try await service.run("import os; os.path.basename(os.getcwd())", in: one.id).text == "sub")
        _ = try await service.run("x = 1", in: one.id)
        #expect(try await service.run("x", in: two.id).error?.name == "NameError")
        try await service.delete(one.id)
        await #expect(throws: InterpreterError(.notFound, "Context \(one.id) not found")) {
            try await service.run("1", in: one.id)
        }
        await #expect(throws: InterpreterError(.notFound, "Context \(one.id) not found")) {
            try await service.delete(one.id)
        }
        await #expect(throws: InterpreterError.self) { try await service.run("1", in: two.id, language: "python") }
    }

    @Test func oneContextIsSerialTwoAreNot() async throws {
        let computer = try LocalComputer()
        let service = InterpreterService(computer: computer)
        let other = try await service.create(language: "python", directory: nil)
        let waits = "import os, time; print('on')\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('went')"
        let first = try await service.execute(ExecutionRequest(code: waits))
        try await wait(for: "on", in: first)
        let second = try await service.execute(ExecutionRequest(code: "print('second')"))
        #expect(try await second.next(within: .milliseconds(200)) == .silence)
        // The other context can go on, and lets the first one go on.
        #expect(try await service.run("open('go', 'w').close()", in: other.id).error == nil)
        #expect(try await first.rest().stdout.joined().contains("went"))
        #expect(try await second.rest().stdout == ["second\n"])
    }

    @Test func unknownLanguagesAreRefused() async throws {
        let computer = try LocalComputer()
        let service = InterpreterService(computer: computer)
        let error = await #expect(throws: InterpreterError.self) { try await service.run("1", language: "nosuch") }
        #expect(error?.code == .kernelFailure && error?.message.contains("there is no kernel for 'nosuch'") == true)
        await #expect(throws: InterpreterError.self) { try await service.create(language: "nosuch", directory: nil) }
        await #expect(throws: InterpreterError.self) {
            try await service.create(language: nil, directory: "/nonexistent")
        }
        #expect(await service.contexts.count == 2)
    }

    @Test func aGoneComputerIsNoEmptySuccess() async throws {
        let computer = try LocalComputer()
        let service = InterpreterService(computer: computer)
        let execution = try await service.execute(ExecutionRequest(code: "import time; print('on'); time.sleep(1000)"))
        try await wait(for: "on", in: execution)
        computer.vanish()
        let error = await #expect(throws: InterpreterError.self) { try await execution.rest() }
        #expect(error?.code == .gone)
    }

    @Test func aSlowReaderSlowsTheKernel() async throws {
        let computer = try LocalComputer()
        let service = InterpreterService(computer: computer)
        let execution = try await service.execute(
            ExecutionRequest(code: "print('on')\nfor i in range(64): print('x' * (1 << 20))\nopen('done', 'w').close()")
        )
        try await wait(for: "on", in: execution)
        // Nobody reads: pipes of at most a few MiB fill up, and the code waits in `print`.
        #expect(try await service.create(language: "bash", directory: nil).language == "bash")
        #expect(!FileManager.default.fileExists(atPath: computer.home.appending(path: "done").path))
        let outcome = try await execution.rest()
        #expect(outcome.stdout.joined().utf8.count > 63 << 20)
        #expect(FileManager.default.fileExists(atPath: computer.home.appending(path: "done").path))
    }

    @Test func registryKeepsOneServicePerComputer() async throws {
        let registry = InterpreterRegistry()
        let computer = try LocalComputer(), other = try LocalComputer()
        let service = await registry.service(for: computer)
        #expect(await registry.service(for: computer) === service)
        #expect(await registry.service(for: other) !== service)
    }
}
