// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// Programs: output, input, ends.
enum ProgramChecks {
    static let all: [ConformanceCheck] = [
        ConformanceCheck("program/keeps_output_streams_apart") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell("echo out; echo err >&2")
                try requireEqual(run.text, "out\n", "stdout")
                try requireEqual(run.errorText, "err\n", "stderr")
                try requireEqual(run.end, .exited(code: 0), "end")
            }
        },
        ConformanceCheck("program/reports_exit_codes_and_signals") { driver in
            try await withSandbox(driver) { sandbox in
                try requireEqual(try await sandbox.shell("exit 42").end, .exited(code: 42), "exit code")
                try requireEqual(try await sandbox.shell("kill -SEGV $$").end, .signaled(11), "own signal")
                try requireEqual(try await sandbox.shell("kill -KILL $$").end, .signaled(9), "SIGKILL by itself")
            }
        },
        ConformanceCheck("program/reads_input_to_its_end") { driver in
            try await withSandbox(driver) { sandbox in
                let input = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
                let run = try await sandbox.shell("wc -c", stdin: input)
                try requireEqual(run.text.filter(\.isNumber), "\(3 << 20)", "bytes read")
            }
        },
        ConformanceCheck("program/may_ignore_its_input") { driver in
            try await withSandbox(driver) { sandbox in
                let input = [UInt8](repeating: 0, count: 3 << 20)
                try requireEqual(try await sandbox.shell("exec <&-; echo done", stdin: input).text, "done\n", "stdout")
            }
        },
        ConformanceCheck("program/has_exactly_the_given_environment") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.run(["/usr/bin/env"])
                try requireEqual(
                    run.text.split(separator: "\n").map(String.init).sorted(),
                    ["HOME=/home/user", "PATH=/usr/bin:/bin"], "environment")
            }
        },
        ConformanceCheck("program/starts_with_default_signals_and_three_descriptors", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "grep -E '^(SigBlk|SigIgn)' /proc/self/status; ls /proc/self/fd | tr '\\n' ' '")
                try require(run.text.contains("SigBlk:\t0000000000000000"), "blocked signals: \(run.text)")
                try require(run.text.contains("SigIgn:\t0000000000000000"), "ignored signals: \(run.text)")
                // 3 is ls's own descriptor of the directory.
                try require(run.text.hasSuffix("0 1 2 3 "), "descriptors: \(run.text)")
            }
        },
        ConformanceCheck("program/has_the_conditions_that_were_set") { driver in
            try await withSandbox(driver) { sandbox in
                // More than there are is counted round.
                sandbox.guest.setConditions(processor: 5, fixedAddresses: driver.properties.fixedAddresses)
                let script = "nproc; head -n 1 /proc/self/maps; grep -F '[stack]' /proc/self/maps"
                let runs = [try await sandbox.shell(script).text, try await sandbox.shell(script).text]
                try require(runs[0].hasPrefix("1\n"), "processors and addresses: \(runs[0])")
                if driver.properties.fixedAddresses { try requireEqual(runs[1], runs[0], "addresses of the second") }
            }
        },
        ConformanceCheck("program/not_found_is_a_start_error") { driver in
            try await withSandbox(driver) { sandbox in
                do {
                    _ = try await sandbox.run(["/nowhere/program"])
                } catch let error as ProgramStartError {
                    return try requireEqual(error.name, "ENOENT", "errno")
                }
                throw ConformanceFailure(description: "a program that does not exist was started")
            }
        },
        ConformanceCheck("program/slow_reader_slows_the_program_down") { driver in
            try await withSandbox(driver) { sandbox in
                // It prints until nothing more goes in for a while: pipes plus credit, not a gigabyte.
                let code = """
                    import os, select
                    os.set_blocking(1, False); printed = 0
                    while printed < 1 << 30:
                        try: printed += os.write(1, b"x" * 65536)
                        except BlockingIOError:
                            if not select.select([], [1], [], 0.7)[1]: break
                    open("/tmp/count", "w").write(str(printed)); os.rename("/tmp/count", "/tmp/printed")
                    """
                let spec = ProgramSpec(
                    arguments: ["/usr/bin/python3", "-c", code], environment: checkEnvironment,
                    directory: SandboxPath.home)
                // Its output is not asked for.
                let program = try await sandbox.guest.start(spec, endsSandboxProcesses: false)
                defer { withExtendedLifetime(program) {} }
                let run = try await sandbox.shell("until cat /tmp/printed 2>/dev/null; do sleep 0.05; done")
                let printed = Int(run.text) ?? Int.max
                try require(printed > 0 && printed < 4 << 20, "\(run.text) bytes were printed although nobody read")
            }
        },
        ConformanceCheck("program/background_process_does_not_delay_the_end") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell("sleep 60 & echo done", seconds: 10)
                try requireEqual(run.text, "done\n", "stdout")
                let left = try await sandbox.shell("ls -d /proc/[0-9]* | wc -l; ps ax | grep -c '[s]leep 60'")
                try require(left.text.hasSuffix("0\n"), "the background process lives on: \(left.text)")
            }
        },
        ConformanceCheck("program/many_at_once_do_not_mix") { driver in
            try await withSandbox(driver) { sandbox in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<8 {
                        group.addTask {
                            let spec = ProgramSpec(
                                arguments: ["/bin/sh", "-c", "for i in 1 2 3 4 5; do echo \(index); done"],
                                environment: checkEnvironment, directory: SandboxPath.home)
                            let program = try await sandbox.guest.start(spec, endsSandboxProcesses: false)
                            let run = try await program.transcript()
                            try requireEqual(run.text, String(repeating: "\(index)\n", count: 5), "program \(index)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        },
    ]
}
