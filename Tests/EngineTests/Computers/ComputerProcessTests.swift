// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import Engine

@Suite struct ComputerProcessTests {
    private func started(
        _ all: FakeComputers, _ request: ComputerProcessRequest = ComputerProcessRequest(command: "cat", hasInput: true)
    ) async throws -> (computer: any Computer, process: any ComputerProcess, program: FakeProgram) {
        let (_, body, computer) = try await all.started()
        let process = try await computer.start(request)
        return (computer, process, try #require(body.state.withLock { $0.programs.last }))
    }

    @Test func theFirstListenerGetsEverythingAndTheOthersWhatComes() async throws {
        let all = try await FakeComputers()
        let (_, process, program) = try await started(all)
        program.print("early")
        await all.eventually { program.taken == 1 && program.isAwaited }
        let first = process.listen()
        let second = process.listen()
        program.print("late")
        program.end(code: 3)
        #expect(await first.next() == .stdout(Array("early".utf8)))
        #expect(await first.next() == .stdout(Array("late".utf8)))
        #expect(await second.next() == .stdout(Array("late".utf8)))
        for listener in [first, second] {
            #expect(await listener.next() == .ended(exitCode: 3, signal: nil))
            #expect(await listener.next() == nil)
        }
    }

    @Test func aListenerThatDoesNotAskHoldsTheProcessUp() async throws {
        let all = try await FakeComputers()
        let (_, process, program) = try await started(all)
        let fast = process.listen()
        let slow = process.listen()
        let chunk = String(repeating: "x", count: OutputHub.lagBytes)
        for _ in 0..<3 { program.print(chunk) }
        #expect(await fast.next() != nil)
        #expect(program.taken == 1, "the second is asked for when the slow one has room again")
        #expect(await slow.next() != nil)
        #expect(await fast.next() != nil)
        slow.stop()
        #expect(await fast.next() != nil)
        #expect(await slow.next() == nil)
    }

    @Test func whatNobodyWantsIsDropped() async throws {
        let all = try await FakeComputers()
        let (_, process, program) = try await started(all)
        let chunk = String(repeating: "x", count: OutputHub.lagBytes)
        do {
            let listener = process.listen()
            program.print(chunk)
            program.print(chunk)
            #expect(await listener.next() != nil)
        }
        // Nobody holds the listener any more: the process goes on.
        for _ in 0..<20 { program.print(chunk) }
        program.end(code: 0)
        #expect(await process.listen().last() == .ended(exitCode: 0, signal: nil))
        #expect(program.taken == 23)
    }

    @Test func withoutAnyListenerItWaitsForTenSeconds() async throws {
        let all = try await FakeComputers()
        let (_, process, program) = try await started(all)
        for _ in 0..<5 { program.print(String(repeating: "x", count: OutputHub.lagBytes)) }
        program.end(code: 0)
        await all.eventually { program.taken == 1 && all.time.sleepers == 3 }
        all.time.advance(seconds: 10)
        await all.eventually { !process.isRunning }
        let listener = process.listen()
        #expect(await listener.next() == .ended(exitCode: 0, signal: nil))
    }

    @Test func anEndIsKeptForThirtySeconds() async throws {
        let all = try await FakeComputers()
        let (computer, process, program) = try await started(all, ComputerProcessRequest(command: "sh", tag: "build"))
        #expect(await computer.processes().map(\.pid) == [process.pid])
        program.end(signal: 15)
        #expect(await process.listen().next() == .ended(exitCode: -1, signal: 15))
        #expect(await computer.processes().isEmpty)
        all.time.advance(seconds: 29)
        let late = try await computer.process(.tag("build"))
        #expect(await late.listen().next() == .ended(exitCode: -1, signal: 15))
        #expect(!late.isRunning)
        all.time.advance(seconds: 1)
        let error = await #expect(throws: ComputerError.self) { _ = try await computer.process(.pid(process.pid)) }
        #expect(error?.message == "process with pid \(process.pid) not found" && error?.code == .notFound)
        let other = await #expect(throws: ComputerError.self) { _ = try await computer.process(.tag("build")) }
        #expect(other?.message == "process with tag build not found")
    }

    @Test func aListenerIsToldWhenTheComputerGoes() async throws {
        let all = try await FakeComputers()
        let (computer, process, program) = try await started(all)
        let listener = process.listen()
        program.print("some")
        #expect(await listener.next() != nil)
        async let last = listener.next()
        try await all.manager.kill(computer.id, owner: "me")
        #expect(await last == nil)
        #expect(all.living == 0)
    }

    @Test func aListenerThatIsCancelledComesBack() async throws {
        let all = try await FakeComputers()
        let (_, process, program) = try await started(all)
        let listener = process.listen()
        let call = Task { await listener.next() }
        await all.eventually { program.isAwaited }
        call.cancel()
        #expect(await call.value == nil)
        program.print("still here")
        #expect(await listener.next() == .stdout(Array("still here".utf8)))
    }

    @Test func inputOfSeveralGoesInOneAfterTheOther() async throws {
        let all = try await FakeComputers()
        let (_, process, program) = try await started(all)
        await withTaskGroup(of: Void.self) { group in
            for letter in "abcd" {
                group.addTask { try? await process.write(Array(String(repeating: letter, count: 50).utf8)) }
            }
        }
        let runs = String(decoding: program.input, as: UTF8.self).split(separator: "a").joined()
        #expect(program.input.count == 200)
        #expect(["b", "c", "d"].allSatisfy { runs.contains(String(repeating: $0, count: 50)) })
        let deaf = try await started(all, ComputerProcessRequest(command: "true"))
        await expect(.invalidArgument) { try await deaf.process.write([1]) }
    }

    @Test func variablesOfTheRequestAreAboveThoseOfTheComputer() async throws {
        let all = try await FakeComputers()
        let (id, body, computer) = try await all.started {
            $0.environment = ["A": "computer", "B": "computer", "HOME": "/x"]
        }
        _ = try await computer.start(ComputerProcessRequest(command: "env", environment: ["B": "request"], user: .root))
        _ = try await computer.start(ComputerProcessRequest(command: "env", directory: "sub"))
        let specs = body.state.withLock { $0.specs }
        #expect(
            specs[0].environment == [
                "A": "computer", "B": "request", "HOME": "/x", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash",
                "PATH": ProcessRequestRules.path, "E2B_SANDBOX": "true", "E2B_SANDBOX_ID": id,
                "E2B_TEMPLATE_ID": "base",
            ])
        #expect(specs[0].directory == "/root" && specs[0].user == .root)
        #expect(specs[1].environment["B"] == "computer" && specs[1].environment["USER"] == "user")
        #expect(specs[1].directory == "/home/user/sub")
    }

    @Test(arguments: [
        ComputerProcessRequest(command: ""), ComputerProcessRequest(command: "a\0b"),
        ComputerProcessRequest(command: "a", arguments: ["\0"]),
        ComputerProcessRequest(command: "a", environment: ["": "x"]),
    ])
    func whatNoKernelTakesIsRefused(request: ComputerProcessRequest) async throws {
        let all = try await FakeComputers()
        let (_, body, computer) = try await all.started()
        await expect(.invalidArgument) { _ = try await computer.start(request) }
        let long = String(repeating: "x", count: 2 << 20)
        await expect(.invalidArgument) {
            _ = try await computer.start(ComputerProcessRequest(command: "a", arguments: [long]))
        }
        #expect(body.state.withLock { $0.specs.isEmpty })
    }
}

extension ComputerProcessListener {
    fileprivate func last() async -> ComputerProcessEvent? {
        var last: ComputerProcessEvent?
        while let event = await next() { last = event }
        return last
    }
}
