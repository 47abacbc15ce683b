// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

extension Sandbox {
    /// What a program said, its errors after its output. Nothing else in the sandbox is ended with it.
    func say(_ script: String, as user: ProgramUser = .standard, seconds: Int = 20) async throws -> String {
        let run = try await run(["/bin/bash", "-c", script], as: user, seconds: seconds, endsSandboxProcesses: false)
        return run.text + run.errorText
    }
}

func withComputer<Value: Sendable>(
    _ driver: any IsolationDriver, limits: Limits = .check, _ body: @Sendable (any Sandbox) async throws -> Value
) async throws -> Value {
    try await withSandbox(driver, limits: limits, profile: .computer, body)
}

/// A machine to work in: its users, its files, its processes.
enum ComputerChecks {
    static let all: [ConformanceCheck] = [
        ConformanceCheck("computer/programs_are_user_or_root") { driver in
            try await withComputer(driver) { sandbox in
                let who = "id -u; id -g; id -un; id -G; pwd; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status"
                let user = try await sandbox.say(who)
                try require(user.hasPrefix("1000\n1000\nuser\n1000\n/home/user\n"), "user: \(user)")
                // gVisor knows no ambient ones.
                let sets = ["CapInh", "CapPrm", "CapEff"] + (driver.properties.kernel == .host ? ["CapAmb"] : [])
                for set in sets {
                    try require(user.contains("\(set):\t0000000000000000"), "capabilities of user: \(user)")
                }
                let root = try await sandbox.say(who, as: .root)
                try require(root.hasPrefix("0\n0\nroot\n0\n/home/user\n"), "root: \(root)")
                // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, NET_BIND_SERVICE, SYS_CHROOT
                for text in [user, root] {
                    try require(text.contains("CapBnd:\t00000000000404fb"), "bounding set: \(text)")
                    try require(text.contains("Seccomp:\t2"), "seccomp: \(text)")
                }
                try require(root.contains("CapEff:\t00000000000404fb"), "capabilities of root: \(root)")
            }
        },
        ConformanceCheck("computer/sudo_is_root", kernel: .host) { driver in
            try await withComputer(driver) { sandbox in
                try requireEqual(
                    try await sandbox.say("sudo id -u; sudo -u user id -u; sudo -n -E -H true && echo fine"),
                    "0\n1000\nfine\n", "sudo")
                let environment = try await sandbox.say(
                    "export SECRET=x TERM=vt100 LANG=C; sudo A=b env | grep -E '^(SECRET|TERM|LANG|HOME|USER|LOGNAME|SUDO_|A=)' | sort"
                )
                try requireEqual(
                    environment,
                    """
                    A=b
                    HOME=/root
                    LANG=C
                    LOGNAME=root
                    SUDO_COMMAND=/usr/bin/env
                    SUDO_GID=1000
                    SUDO_UID=1000
                    SUDO_USER=user
                    TERM=vt100
                    USER=root

                    """, "environment of sudo")
                try requireEqual(
                    try await sandbox.say(
                        "SECRET=x sudo -E printenv SECRET; SECRET=y sudo --preserve-env=SECRET printenv SECRET"),
                    "x\ny\n", "kept")
                try requireEqual(
                    try await sandbox.say("sudo sh -c 'exit 7'; echo $?; sudo nothing-of-the-kind; echo $?"),
                    "7\n1\nsudo: nothing-of-the-kind: command not found\n", "exit status")
                try requireEqual(
                    try await sandbox.say("sudo -i pwd; sudo -i 'echo' 'a  b'; sudo -s -- echo '$HOME' x"),
                    "/root\na  b\n/root x\n", "shells")
                try requireEqual(
                    try await sandbox.say("sudo -u nobody id -u; sudo -u nobody sudo id -u; sudo -u nobody-else id"),
                    "65534\nsudo: uid 65534 may not use sudo\nsudo: unknown user nobody-else\n", "other users")
            }
        },
        ConformanceCheck("computer/system_is_writable_by_root_only") { driver in
            try await withComputer(driver) { sandbox in
                let script = """
                    for d in /usr /usr/bin /usr/lib /usr/share/doc /usr/local/bin /etc / /opt /var/lib; do
                        if sudo -u $1 touch $d/nestbox-check 2>/dev/null; then echo wrote $d; fi
                    done
                    """
                let user = try await sandbox.run(
                    ["/bin/bash", "-c", script, "sh", "user"], as: .root, endsSandboxProcesses: false)
                try requireEqual(user.text, "", "written by user")
                let root = try await sandbox.run(
                    ["/bin/bash", "-c", script, "sh", "root"], as: .root, endsSandboxProcesses: false)
                try requireEqual(
                    root.text,
                    "wrote /usr\nwrote /usr/bin\nwrote /usr/lib\nwrote /usr/share/doc\nwrote /usr/local/bin\nwrote /etc\nwrote /\nwrote /opt\nwrote /var/lib\n",
                    "written by root")
                let changes = try await sandbox.say(
                    """
                    sudo rm /usr/bin/env && ! test -e /usr/bin/env && echo removed
                    sudo sh -c 'echo 127.0.0.1 made-up >> /etc/hosts' && getent hosts made-up | grep -c made-up
                    sudo mv /usr/share/base-passwd /usr/share/papers && test -d /usr/share/papers && ! test -e /usr/share/base-passwd && echo moved
                    sudo mkdir /usr/share/base-passwd && find /usr/share/base-passwd -mindepth 1 | wc -l
                    sudo ln -s /bin/true /usr/local/bin/mine && /usr/local/bin/mine && echo linked
                    sudo chown 33:33 /opt/nestbox-check && find /opt/nestbox-check -printf "%U:%G\\n"
                    sudo useradd --help >/dev/null 2>&1; sudo chmod 600 /etc/hosts && sudo -u user cat /etc/hosts 2>&1 | grep -c denied
                    """, as: .root)
                try requireEqual(changes, "removed\n1\nmoved\n0\nlinked\n33:33\n1\n", "changes")
            }
        },
        ConformanceCheck("computer/changes_reach_no_host_and_no_other") { driver in
            let name = Identifier.make(prefix: "check")
            try await withComputer(driver) { first in
                try requireEqual(
                    try await first.say(
                        "sudo touch /usr/lib/\(name) /etc/\(name) /\(name) /tmp/\(name) /dev/shm/\(name) && echo made",
                        as: .root),
                    "made\n", "files")
                try await withComputer(driver) { second in
                    try requireEqual(
                        try await second.say(
                            "sudo find /usr/lib/\(name) /etc/\(name) /\(name) /tmp/\(name) /dev/shm/\(name) -maxdepth 0 2>/dev/null",
                            as: .root), "", "seen by another")
                }
                // A sandbox of the other profile shows the host's own files.
                try await withSandbox(driver) { host in
                    try requireEqual(try await host.shell("ls -d /usr/lib/\(name)").text, "", "seen on the host")
                }
            }
            try await withComputer(driver) { later in
                try requireEqual(
                    try await later.say("sudo find /usr/lib/\(name) /etc/\(name) -maxdepth 0 2>/dev/null", as: .root),
                    "",
                    "survived its computer")
            }
        },
        ConformanceCheck("computer/disk_limit_is_one_for_everything") { driver in
            try await withComputer(driver) { sandbox in
                // 16 MiB for programs, 4 MiB for what the sandbox itself holds.
                for place in ["/home/user", "/usr/share", "/etc", "/opt", "/dev/shm"] {
                    let run = try await sandbox.say(
                        "sudo dd if=/dev/zero of=\(place)/fill bs=1M count=64 2>&1 | grep -c 'No space left'; sudo find \(place)/fill -printf '%s\\n'",
                        as: .root)
                    let lines = run.split(separator: "\n")
                    try require(
                        lines.count == 2 && lines[0] == "1" && (Int(lines[1]) ?? .max) <= 20 << 20, "\(place): \(run)")
                    // Full here is full everywhere.
                    try requireEqual(
                        try await sandbox.say("echo x 2>/dev/null > /tmp/more || echo full"), "full\n",
                        "elsewhere, with \(place) full")
                    _ = try await sandbox.say("sudo rm \(place)/fill", as: .root)
                }
            }
        },
        ConformanceCheck("computer/processes_go_on_after_the_program_that_started_them") { driver in
            try await withComputer(driver) { sandbox in
                // What is left running is a copy of the shell until it executes its program.
                _ = try await sandbox.say(
                    "setsid sleep 1000 </dev/null >/dev/null 2>&1 & for i in {1..1000}; do pgrep -x sleep >/dev/null && break; done"
                )
                try requireEqual(try await sandbox.say("pgrep -c -x sleep"), "1\n", "left running")
                try requireEqual(
                    try await sandbox.say("ps -eo user,comm | grep -c 'user *sleep'", as: .root), "1\n", "seen by root")
                try requireEqual(
                    try await sandbox.say(
                        "sudo pkill -x sleep; for i in {1..1000}; do pgrep -x sleep >/dev/null || break; done; pgrep -c -x sleep",
                        as: .root), "0\n", "after root's kill")
            }
        },
        ConformanceCheck("computer/python_has_both_names") { driver in
            try await withComputer(driver) { sandbox in
                let run = try await sandbox.run(
                    [
                        "/bin/bash", "-c",
                        "PATH=/usr/local/bin:/usr/bin; python --version | cut -d. -f1; python3 --version | cut -d. -f1",
                    ])
                try requireEqual(run.text, "Python 3\nPython 3\n", "python: \(run.errorText)")
            }
        },
        ConformanceCheck("computer/input_may_be_none") { driver in
            try await withComputer(driver) { sandbox in
                let spec = ProgramSpec(
                    arguments: ["/bin/sh", "-c", "cat; readlink /proc/self/fd/0"], environment: checkEnvironment,
                    directory: "/", hasInput: false)
                let program = try await sandbox.guest.start(spec)
                try require(program.pid > 1, "pid \(program.pid)")
                try requireEqual(try await program.transcript().text, "/dev/null\n", "input")
            }
        },
        ConformanceCheck("computer/freeze_stops_and_thaw_goes_on") { driver in
            try await withComputer(driver) { sandbox in
                let spec = ProgramSpec(
                    arguments: ["/bin/sh", "-c", "while :; do echo x; done"], environment: checkEnvironment,
                    directory: "/")
                let program = try await sandbox.guest.start(spec, endsSandboxProcesses: false)
                _ = try await program.next()
                try await sandbox.freeze()
                try await sandbox.freeze()
                let before = try sandbox.usage().cpu
                try await Task.sleep(for: .milliseconds(100))
                try requireEqual(try sandbox.usage().cpu, before, "CPU time while frozen")
                try await sandbox.thaw()
                try await sandbox.thaw()
                // More than was under way when it froze.
                var bytes = 0
                while bytes < 1 << 20 {
                    guard case .output(_, let data)? = try await program.next() else {
                        throw ConformanceFailure(description: "ended")
                    }
                    bytes += data.count
                }
                try require(try sandbox.usage().memoryBytes > 0, "no memory in use")
                program.signal(9)
                // A frozen sandbox can be destroyed; `withComputer` does it.
                try await sandbox.freeze()
            }
        },
        ConformanceCheck("computer/tool_is_there_and_fixed") { driver in
            try await withComputer(driver) { sandbox in
                let run = try await sandbox.say(
                    "test -x \(SandboxPath.tool) && echo there; sudo sh -c 'echo x > \(SandboxPath.tool)'; sudo rm \(SandboxPath.tool); sudo chmod 777 \(SandboxPath.tool)",
                    as: .root)
                try require(
                    run.hasPrefix("there\n") && run.contains("Read-only file system") && run.contains("busy"),
                    "the tool: \(run)")
            }
        },
        ConformanceCheck("computer/run_profile_has_no_root") { driver in
            try await withSandbox(driver) { sandbox in
                do {
                    _ = try await sandbox.run(["/bin/true"], as: .root)
                    throw ConformanceFailure(description: "a program was root in the profile 'run'")
                } catch let error as ProgramStartError {
                    try requireEqual(error.step, .identity, "refusal")
                }
            }
        },
    ]
}
