// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Engine

/// Computers on the namespace driver.
@Suite struct RealComputerTests {
    @Test func commandsRunAsTheirUserWithTheirEnvironment() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started { $0.environment = ["FOO": "computer"] }
            let whole = try await computer.sh("id -un; pwd; echo $HOME $FOO $E2B_SANDBOX_ID; echo err >&2; exit 3")
            #expect(
                whole
                    == ProcessOutcome(
                        stdout: "user\n/home/user\n/home/user computer \(computer.id)\n", stderr: "err\n", exitCode: 3))
            #expect(try await computer.sh("id -u; pwd", user: .root).stdout == "0\n/root\n")
            #expect(try await computer.sh("echo $FOO", environment: ["FOO": "request"]).stdout == "request\n")
            #expect(try await computer.sh("echo $FOO").stdout == "computer\n")
            #expect(try await computer.sh("kill -9 $$") == ProcessOutcome(exitCode: -1, signal: 9))
        }
    }

    @Test func whatCannotBeStartedSaysWhy() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            func message(_ request: ComputerProcessRequest) async -> String? {
                await #expect(throws: ComputerError.self) { _ = try await computer.start(request) }?.message
            }
            #expect(
                await message(ComputerProcessRequest(command: "true", directory: "/nope"))
                    == "cwd '/nope' does not exist")
            #expect(
                await message(ComputerProcessRequest(command: "true", directory: "/etc/passwd"))
                    == "cwd '/etc/passwd' is not a directory")
            #expect(
                await message(ComputerProcessRequest(command: "no-such-command"))
                    == "error starting process 'no-such-command': no such file or directory")
            #expect(
                await message(ComputerProcessRequest(command: "/etc/passwd"))
                    == "error starting process '/etc/passwd': permission denied")
        }
    }

    @Test func inputSignalsAndTerminal() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let cat = try await computer.start(ComputerProcessRequest(command: "cat", hasInput: true))
            try await cat.write(Array("hello ".utf8))
            try await cat.write(Array("there".utf8))
            cat.closeInput()
            #expect(await cat.outcome() == ProcessOutcome(stdout: "hello there", exitCode: 0))
            let empty = try await computer.start(ComputerProcessRequest(command: "cat"))
            #expect(await empty.outcome() == ProcessOutcome(exitCode: 0), "no input is an empty one")

            let sleep = try await computer.start(ComputerProcessRequest(command: "sleep", arguments: ["600"], tag: "s"))
            #expect(try await computer.sh("kill -0 \(sleep.pid) && echo lives").stdout == "lives\n")
            try await computer.process(.tag("s")).signal(15)
            #expect(await sleep.outcome() == ProcessOutcome(exitCode: -1, signal: 15))

            let shell = try await computer.start(
                ComputerProcessRequest(
                    command: "/bin/bash", arguments: ["-c", "tput cols; read line; tput cols; sleep 600 & sleep 600"],
                    environment: ["TERM": "xterm"], terminal: TerminalSize(columns: 80, rows: 24)))
            let listener = shell.listen()
            var shown = ""
            while !shown.contains("80"), case .terminal(let bytes)? = await listener.next() {
                shown += String(decoding: bytes, as: UTF8.self)
            }
            shell.resize(TerminalSize(columns: 100, rows: 30))
            try await shell.write(Array("go\r".utf8))
            while !shown.contains("100"), case .terminal(let bytes)? = await listener.next() {
                shown += String(decoding: bytes, as: UTF8.self)
            }
            shell.kill()
            var last: ComputerProcessEvent?
            while let event = await listener.next() { last = event }
            #expect(last == .ended(exitCode: -1, signal: 9))
            #expect(await computer.processes().isEmpty)
        }
    }

    @Test func aProcessSlowsDownForItsListener() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let process = try await computer.start(
                ComputerProcessRequest(
                    command: "/bin/bash", arguments: ["-c", "head -c 20000000 /dev/zero; echo > /tmp/printed"]))
            let listener = process.listen()
            #expect(await listener.next() != nil)
            #expect(try await computer.sh("ls /tmp/printed").exitCode != 0, "most of it cannot have been printed")
            var bytes = 0
            while let event = await listener.next() { if case .stdout(let data) = event { bytes += data.count } }
            #expect(bytes > 19_000_000)
            #expect(try await computer.sh("ls /tmp/printed").exitCode == 0)
        }
    }

    @Test func aPauseStopsTimeForWhatRuns() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let counter = try await computer.start(
                ComputerProcessRequest(
                    command: "/bin/bash",
                    arguments: ["-c", "for i in $(seq 100000); do echo $i > /tmp/n; sleep 0.01; done"]))
            while try await computer.sh("cat /tmp/n").stdout.isEmpty {}
            let boot = try await computer.sh("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/\(counter.pid)")
                .stdout
            try await all.manager.pause(computer.id, owner: "me", keepsMemory: true)
            let before = try await all.manager.info(computer.id, owner: "me")
            #expect(before.state == .paused && before.keepsMemory)
            _ = try await all.manager.connect(computer.id, owner: "me", seconds: 60)
            #expect(
                try await computer.sh("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/\(counter.pid)").stdout
                    == boot)
            let first = Int(try await computer.sh("cat /tmp/n").stdout.trimmingCharacters(in: .newlines)) ?? 0
            var later = first
            while later <= first {
                later = Int(try await computer.sh("cat /tmp/n").stdout.trimmingCharacters(in: .newlines)) ?? 0
            }
            #expect(try await computer.process(.pid(counter.pid)).isRunning)
        }
    }

    @Test(arguments: [true, false])
    func aKillEndsWhatListensAlsoWhenPaused(paused: Bool) async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let sleep = try await computer.start(ComputerProcessRequest(command: "sleep", arguments: ["600"]))
            async let outcome = sleep.outcome()
            if paused { try await all.manager.pause(computer.id, owner: "me", keepsMemory: true) }
            try await all.manager.kill(computer.id, owner: "me")
            await computer.untilGone()
            #expect(await outcome == ProcessOutcome())
        }
    }

    @Test func aTimeoutEndsIt() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started { $0.timeoutSeconds = 1 }
            let sleep = try await computer.start(ComputerProcessRequest(command: "sleep", arguments: ["600"]))
            await computer.untilGone()
            #expect(await sleep.outcome().exitCode == nil)
            #expect(await all.manager.list(owner: "me").isEmpty)
        }
    }

    @Test func metricsComeFromTheHost() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            _ = try await computer.sh("head -c 50M /dev/zero > /tmp/big")
            let usage = try #require(try (computer as? LivingComputer)?.body.usage())
            #expect(usage.memoryBytes > 50 << 20 && usage.diskBytes >= 50 << 20 && usage.diskBytes < 100 << 20)
            #expect(usage.cpu > .zero)
        }
    }

    @Test func twentyAtOnceLeaveNothing() async throws {
        try await RealComputers.with { all in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let computer = try await all.started()
                        return try await computer.sh("echo \(number) > ~/n; cat ~/n").stdout
                    }
                }
                let answers = try await group.reduce(into: Set()) { $0.insert($1) }
                #expect(answers.count == 20)
            }
            #expect(await all.manager.running().count == 20)
            await all.manager.shutDown()
            #expect(await all.manager.running().isEmpty)
        }
    }
}
