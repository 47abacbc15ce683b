// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// Birth, kill and end of a sandbox.
enum LifeChecks {
    static let all: [ConformanceCheck] = [
        ConformanceCheck("life/kill_takes_everything") { driver in
            try await withSandbox(driver) { sandbox in
                // A daemon by double fork, a stopped process, and one that ignores every signal it may.
                let code = """
                    import os, signal, sys, time
                    for s in range(1, 65):
                        try: signal.signal(s, signal.SIG_IGN)
                        except (OSError, ValueError): pass
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork() == 0: time.sleep(100)
                        os._exit(0)
                    if os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)
                    print("ready", flush=True); time.sleep(100)
                    """
                let spec = ProgramSpec(
                    arguments: ["/usr/bin/python3", "-c", code], environment: checkEnvironment,
                    directory: SandboxPath.home)
                let program = try await sandbox.guest.start(spec)
                guard case .output(.stdout, _)? = try await program.next() else {
                    throw ConformanceFailure(description: "the program did not start")
                }
                try await sandbox.guest.killAll()
                try requireEqual(try await program.transcript().end, .signaled(9), "end")
                // The shell itself, which starts nothing for this, and the agent where programs see it.
                let left = try await sandbox.shell("set -- /proc/[0-9]*; echo $#")
                try require((Int(left.text.filter(\.isNumber)) ?? .max) <= 2, "processes left: \(left.text)")
            }
        },
        ConformanceCheck("life/fork_bomb_ends_with_the_kill") { driver in
            try await withSandbox(driver) { sandbox in
                let spec = ProgramSpec(
                    arguments: [
                        "/usr/bin/python3", "-c",
                        "import os\nfor i in range(3000):\n  try: os.fork()\n  except OSError: pass",
                    ],
                    environment: checkEnvironment, directory: SandboxPath.home)
                let program = try await sandbox.guest.start(spec)
                try await Task.sleep(for: .milliseconds(300))
                do {
                    try await sandbox.guest.killAll()
                    _ = try await program.transcript()
                } catch let error as IsolationError {
                    // A kernel of the sandbox's own is memory of the sandbox, and may be what the bomb used up.
                    guard try sandbox.usage().memoryKills > 0 else { throw error }
                }
            }
        },
        ConformanceCheck("life/sandboxes_do_not_see_each_other") { driver in
            try await withSandbox(driver) { first in
                _ = try await first.shell(
                    "echo secret > /tmp/note; echo secret > /dev/shm/note; echo secret > /home/user/note")
                try await withSandbox(driver) { second in
                    let run = try await second.shell(
                        "cat /tmp/note /dev/shm/note /home/user/note 2>/dev/null; ls -A /tmp /dev/shm /home/user")
                    try require(
                        !run.text.contains("note") && !run.text.contains("secret"),
                        "seen from another sandbox: \(run.text)")
                }
            }
        },
        ConformanceCheck("life/destroying_during_a_run_ends_it") { driver in
            let sandbox = try await driver.makeSandbox(
                SandboxSpec(id: Identifier.make(prefix: "check"), limits: .check))
            let spec = ProgramSpec(arguments: ["/bin/sleep", "100"], environment: checkEnvironment, directory: "/")
            let program = try await sandbox.guest.start(spec)
            try await sandbox.destroy()
            do {
                _ = try await program.transcript()
            } catch is IsolationError {
                // Idempotent.
                return try await sandbox.destroy()
            }
            throw ConformanceFailure(description: "the program of a destroyed sandbox ended as if nothing had happened")
        },
        ConformanceCheck("life/many_sandboxes_at_once") { driver in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<12 {
                    group.addTask {
                        try await withSandbox(driver) { sandbox in
                            try requireEqual(
                                try await sandbox.shell("echo \(index); id -u").text, "\(index)\n1000\n",
                                "sandbox \(index)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
        ConformanceCheck("life/clock_is_right") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    "import time; a = time.monotonic(); time.sleep(0.1); print(0.09 < time.monotonic() - a < 5, time.time() > 1.7e9)"
                )
                try requireEqual(run.text, "True True\n", "clocks")
            }
        },
    ]
}
