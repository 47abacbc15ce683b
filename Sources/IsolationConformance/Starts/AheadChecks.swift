// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// Programs that go on in an interpreter that was started before they were there: nothing but time may tell.
enum AheadChecks {
    private static let python = ["/usr/bin/python3"]
    private static let node = ["/usr/bin/node", "--max-old-space-size=256"]

    /// Programs of zygotes whose known differences are those of an interpreter started ahead as well: it has room for the variables
    /// of any program.
    private static let knownOfPython: Set = ["environment"]

    static let all: [ConformanceCheck] = [
        ConformanceCheck("ahead/same_outcome_as_cold") { driver in
            try await isTheSame(programs(.node), atLeast: 40, driver)
        },
        ConformanceCheck("ahead/many_at_once_do_not_mix") { driver in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<4 {
                    group.addTask {
                        let text = try await output(
                            of: "console.log(process.argv[2], process.env.X)", driver, argument: "\(index)")
                        try requireEqual(text, "\(index) \(index)\n", "output of program \(index)")
                    }
                }
                try await group.waitForAll()
            }
        },
        ConformanceCheck("ahead/no_two_draw_the_same") { driver in
            let code = """
                const crypto = require('node:crypto');
                console.log(Math.random(), crypto.randomUUID(), crypto.randomBytes(8).toString('hex'));
                """
            var seen: Set<Substring> = []
            for _ in 0..<4 {
                for value in try await output(of: code, driver, argument: "x").split(separator: " ") {
                    try require(seen.insert(value).inserted, "\(value) was drawn twice")
                }
            }
        },
        ConformanceCheck("ahead/python_has_the_outcome_of_a_cold_start") { driver in
            try await isTheSame(programs(.python), atLeast: 40, driver)
        },
        ConformanceCheck("ahead/some_programs_have_the_outcome_of_a_cold_start") { driver in
            for interpreter in [StartProgram.Interpreter.node, .python] {
                let some = try programs(interpreter).enumerated().filter { $0.offset % 8 == 3 }.map(\.element)
                try await isTheSame(some, atLeast: 5, driver)
            }
        },
        ConformanceCheck("ahead/python_draws_nothing_twice") { driver in
            let code = "import os, random, uuid; print(random.random(), uuid.uuid4(), os.urandom(8).hex(), hash('x'))"
            var seen: Set<Substring> = []
            for _ in 0..<2 {
                let text = try await withSandbox(driver, limits: StartChecks.limits) { sandbox in
                    let wanted = ProgramSpec(
                        arguments: python + ["main.py"], environment: StartProgram.Interpreter.python.environment,
                        directory: SandboxPath.home)
                    let adopted = try await driver.startAhead(start(wanted, "main.py", of: .python), in: sandbox)
                    try await sandbox.guest.put(Array(code.utf8), at: "main.py", root: SandboxPath.home, mode: 0o644)
                    return try await sandbox.guest.start(wanted, adopted: adopted).transcript(input: [], within: 60)
                        .text
                }
                let values = text.split(whereSeparator: \.isWhitespace)
                try requireEqual(values.count, 4, "values of \(text)")
                for value in values { try require(seen.insert(value).inserted, "\(value) was drawn twice") }
            }
        },
        ConformanceCheck("ahead/what_it_was_not_started_for_is_refused") { driver in
            for (name, change) in changes {
                try await withSandbox(driver, limits: StartChecks.limits) { sandbox in
                    let adopted = try await driver.startAhead(start(spec(argument: "a"), "main.js"), in: sandbox)
                    var other = spec(argument: "a")
                    change(&other)
                    do {
                        _ = try await sandbox.guest.start(other, adopted: adopted)
                    } catch let error as ProgramStartError {
                        return try requireEqual(error.step, .descriptors, name)
                    }
                    throw ConformanceFailure(description: "it runs with another \(name)")
                }
            }
        },
        ConformanceCheck("ahead/what_never_looks_for_its_program_is_an_error") { driver in
            for program in ["/bin/true", "/not/there"] {
                try await withSandbox(driver, limits: StartChecks.limits) { sandbox in
                    let wanted = ProgramSpec(arguments: [program], environment: [:], directory: SandboxPath.home)
                    do {
                        _ = try await driver.startAhead(start(wanted, "main.js"), in: sandbox)
                    } catch let error as IsolationError {
                        return try requireEqual(error.code, .setupFailed, "code of \(program)")
                    }
                    throw ConformanceFailure(description: "\(program) waits for a program")
                }
            }
        },
        ConformanceCheck("ahead/one_that_ended_is_not_started") { driver in
            try await withSandbox(driver, limits: StartChecks.limits) { sandbox in
                let wanted = spec(argument: "a")
                let adopted = try await driver.startAhead(start(wanted, "main.js"), in: sandbox)
                try await sandbox.guest.killAll()
                do {
                    _ = try await sandbox.guest.start(wanted, adopted: adopted)
                } catch let error as ProgramStartError {
                    return try requireEqual(error.step, .descriptors, "the step that fails")
                }
                throw ConformanceFailure(description: "a process that was killed starts a program")
            }
        },
        ConformanceCheck("ahead/a_program_beside_it_cannot_see_it") { driver in
            try await withSandbox(driver, limits: StartChecks.limits) { sandbox in
                let wanted = spec(argument: "a")
                let adopted = try await driver.startAhead(start(wanted, "main.js"), in: sandbox)
                let look = ProgramSpec(
                    arguments: [
                        "/bin/sh", "-c", "cat /proc/2/environ /proc/2/maps /proc/2/mem; ls /proc/2/fd; echo $?",
                    ],
                    environment: ["PATH": "/bin:/usr/bin"], directory: "/")
                let program = try await sandbox.guest.start(look, endsSandboxProcesses: false)
                let text = try await program.transcript(input: [], within: 60).text
                try require(["1\n", "2\n"].contains(text), "it sees \(text)")
                try await sandbox.guest.put(
                    Array("console.log('ran')".utf8), at: "main.js", root: SandboxPath.home, mode: 0o644)
                let ran = try await sandbox.guest.start(wanted, adopted: adopted).transcript(input: [], within: 60)
                try requireEqual(ran.text, "ran\n", "stdout")
            }
        },
    ]

    /// Those with the outcome of every program, which take minutes where a sandbox takes tenths of a second.
    static let long: Set = ["ahead/same_outcome_as_cold", "ahead/python_has_the_outcome_of_a_cold_start"]

    private static func programs(_ interpreter: StartProgram.Interpreter) throws -> [StartProgram] {
        let all = interpreter == .node ? StartProgram.node : StartProgram.all
        return try all.get().filter { !$0.startsCold && !$0.isForEngine && $0.modules.isEmpty }
    }

    private static func isTheSame(
        _ programs: [StartProgram], atLeast least: Int, _ driver: any IsolationDriver
    ) async throws {
        var differences: [String] = []
        for program in programs {
            let interpreter = program.interpreter
            let arguments = interpreter == .node ? node : python
            let cold = try await StartChecks.outcome(of: program, arguments: arguments, driver) { _, _ in nil }
            let ahead = try await StartChecks.outcome(of: program, arguments: arguments, driver) { sandbox, spec in
                try await driver.startAhead(start(spec, program.entry, of: interpreter), in: sandbox)
            }
            let isKnown = interpreter == .node || knownOfPython.contains(program.name)
            differences += ahead.differences(fromCold: cold, of: isKnown ? program : program.strict)
        }
        try require(programs.count >= least, "only \(programs.count) programs were compared")
        try require(differences.isEmpty, "differences:\n\(differences.joined(separator: "\n"))")
    }

    private static let changes: [(String, @Sendable (inout ProgramSpec) -> Void)] = [
        ("argument", { $0.arguments[$0.arguments.count - 1] = "b" }),
        ("directory", { $0.directory = "/tmp" }),
        ("program", { $0.arguments[0] = "/usr/bin/python3" }),
        ("terminal", { $0.terminal = TerminalWindow(columns: 80, rows: 24) }),
    ]

    private static func spec(argument: String) -> ProgramSpec {
        ProgramSpec(
            arguments: node + ["main.js", argument], environment: StartProgram.Interpreter.node.environment,
            directory: SandboxPath.home)
    }

    /// Ahead of a program nothing is known of the variables that its caller adds.
    private static func start(
        _ spec: ProgramSpec, _ entry: String, of interpreter: StartProgram.Interpreter = .node
    ) -> AheadStart {
        var spec = spec
        spec.environment = interpreter.environment
        return AheadStart(program: spec, entry: "\(spec.directory)/\(entry)")
    }

    private static func output(
        of code: String, _ driver: any IsolationDriver, argument: String
    ) async throws -> String {
        try await withSandbox(driver, limits: StartChecks.limits) { sandbox in
            var wanted = spec(argument: argument)
            let adopted = try await driver.startAhead(start(wanted, "main.js"), in: sandbox)
            try await sandbox.guest.put(Array(code.utf8), at: "main.js", root: SandboxPath.home, mode: 0o644)
            wanted.environment["X"] = argument
            let transcript = try await sandbox.guest.start(wanted, adopted: adopted).transcript(input: [], within: 60)
            try requireEqual(transcript.errorText, "", "stderr")
            return transcript.text
        }
    }
}
