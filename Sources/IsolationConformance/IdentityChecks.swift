// SPDX-License-Identifier: Apache-2.0
import Isolation
import NestboxCore

/// Who a program is, and what it sees of others.
enum IdentityChecks {
    static let all: [ConformanceCheck] = [
        ConformanceCheck("identity/is_an_unprivileged_user", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "id -u; id -g; id -un; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status")
                try require(run.text.hasPrefix("1000\n1000\nuser\n"), "ids: \(run.text)")
                for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                    try require(run.text.contains("\(set):\t0000000000000000"), "capabilities: \(run.text)")
                }
                try require(run.text.contains("NoNewPrivs:\t1"), "no_new_privs: \(run.text)")
                try require(run.text.contains("Seccomp:\t2"), "seccomp: \(run.text)")
            }
        },
        ConformanceCheck("identity/cannot_change_ids") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import os
                    for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.setresuid(0, 0, 0)):
                        try: call(); print("changed")
                        except OSError as e: print("refused")
                    """)
                try requireEqual(run.text, String(repeating: "refused\n", count: 4), "changes of ids")
            }
        },
        ConformanceCheck("identity/sees_only_its_own_processes", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "ls -d /proc/[0-9]* | wc -l; cat /proc/1/environ /proc/1/cmdline 2>/dev/null | wc -c")
                let numbers = run.text.split(separator: "\n").compactMap { Int($0.filter(\.isNumber)) }
                try require(
                    numbers.count == 2 && numbers[0] <= 4 && numbers[1] == 0,
                    "processes and bytes of PID 1: \(run.text)")
            }
        },
        ConformanceCheck("identity/cannot_touch_the_agent", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import os, signal, resource
                    for s in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, signal.SIGINT):
                        try: os.kill(1, s)
                        except OSError: pass
                    try: resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))
                    except OSError: pass
                    try: os.sched_setaffinity(1, {0})
                    except OSError: pass
                    for p in ("/proc/1/mem", "/proc/1/fd", "/proc/1/exe", "/proc/1/root"):
                        try: open(p, "rb").read(1); print("opened", p)
                        except OSError: pass
                    try: print("fds", os.listdir("/proc/1/fd"))
                    except OSError: pass
                    """)
                try requireEqual(run.text, "", "reached in the agent")
                try requireEqual(try await sandbox.shell("echo alive").text, "alive\n", "the agent afterwards")
            }
        },
        ConformanceCheck("identity/has_no_terminal_and_its_own_session") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    "import os; print(os.getsid(0) == os.getpid(), [os.isatty(i) for i in range(3)])")
                try requireEqual(run.text, "True [False, False, False]\n", "session and terminals")
            }
        },
        ConformanceCheck("identity/has_a_made_up_host_name") { driver in
            try await withSandbox(driver) { sandbox in
                try requireEqual(
                    try await sandbox.shell("uname -n; cat /etc/hostname").text, "nestbox\nnestbox\n", "host name")
            }
        },
        ConformanceCheck("network/has_loopback_and_nothing_else") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import socket
                    server = socket.create_server(("127.0.0.1", 0))
                    client = socket.create_connection(server.getsockname()); print("loopback")
                    for address in ("192.0.2.1", "10.0.0.1", "169.254.169.254", "8.8.8.8"):
                        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        try: s.connect((address, 9)); print("route to", address)
                        except OSError: pass
                    print(sorted(n for _, n in socket.if_nameindex()))
                    """)
                try requireEqual(run.text, "loopback\n['lo']\n", "network")
            }
        },
        ConformanceCheck("network/names_fail_fast") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import socket, time
                    t = time.monotonic()
                    try: socket.getaddrinfo("example.com", 80); print("resolved")
                    except OSError: print("refused" if time.monotonic() - t < 2 else "slow")
                    """)
                try requireEqual(run.text, "refused\n", "name look-up")
            }
        },
    ]
}
