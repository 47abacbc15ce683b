// SPDX-License-Identifier: Apache-2.0
import Isolation
import NestboxCore

/// What a driver must show whose sandboxes have a kernel of their own, in place of the checks that look at the host's.
enum KernelChecks {
    static let all: [ConformanceCheck] = [
        ConformanceCheck("kernel/is_not_the_hosts", kernel: .own) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell("cat /proc/version /proc/sys/kernel/osrelease; uname -r")
                let host = HostKernel.release
                try require(
                    !host.isEmpty && !run.text.isEmpty && !run.text.contains(host),
                    "the kernel of the host: \(run.text)")
            }
        },
        ConformanceCheck("kernel/programs_are_confined_in_it", kernel: .own) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell("id -u; id -g; grep -E '^(Cap|Seccomp:)' /proc/self/status")
                try require(run.text.hasPrefix("1000\n1000\n"), "ids: \(run.text)")
                for set in ["CapInh", "CapPrm", "CapEff", "CapBnd"] {
                    try require(run.text.contains("\(set):\t0000000000000000"), "capabilities: \(run.text)")
                }
                try require(run.text.contains("Seccomp:\t2"), "seccomp: \(run.text)")
            }
        },
        ConformanceCheck("kernel/agent_cannot_be_touched", kernel: .own) { driver in
            try await withSandbox(driver) { sandbox in
                // Whether it can be seen is up to that kernel. What it holds is its own, but for what programs have anyway.
                let run = try await sandbox.python(
                    """
                    import os, signal, stat
                    for s in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, signal.SIGINT):
                        try: os.kill(1, s)
                        except OSError: pass
                    for p in ("/proc/1/mem", "/proc/1/exe", "/proc/1/root"):
                        try: open(p, "rb").read(1); print("opened", p)
                        except OSError: pass
                    known = {os.stat(p).st_dev for p in ("/dev/null", "/dev/pts", "/home/user")}
                    for n in range(64):
                        for how in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
                            try: f = os.open(f"/proc/1/fd/{n}", how | os.O_NONBLOCK)
                            except OSError: continue
                            s = os.fstat(f)
                            if s.st_dev not in known or stat.S_ISSOCK(s.st_mode) or stat.S_ISFIFO(s.st_mode): print("opened", n)
                    """)
                try requireEqual(run.text, "", "reached in the agent: \(run.errorText)")
                try requireEqual(try await sandbox.shell("echo alive").text, "alive\n", "the agent afterwards")
            }
        },
        // What programs count themselves is that kernel's own idea of time.
        ConformanceCheck("kernel/cpu_time_is_counted_by_the_host", kernel: .own, where: { $0.cpuTime == .sandbox }) {
            driver in
            try await withSandbox(driver) { sandbox in
                let before = try sandbox.usage().cpu
                let run = try await sandbox.python(
                    "import os; child = os.fork(); print(sum(range(5_000_000))); child and os.wait()")
                try requireEqual(run.text.split(separator: "\n").count, 2, "programs that came to their end")
                let used = try sandbox.usage().cpu - before
                try require(used > .milliseconds(40), "CPU time of \(used) for ten million additions")
            }
        },
        ConformanceCheck("kernel/memory_shown_is_the_limit", kernel: .own) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    "f = dict(l.split(':') for l in open('/proc/meminfo')); print(int(f['MemTotal'].split()[0]) >> 10)")
                try requireEqual(run.text, "128\n", "MiB of memory")
            }
        },
        ConformanceCheck("kernel/host_directories_are_not_there", kernel: .own) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "ls -A /home /root /mnt /srv /opt /var 2>/dev/null; ls /etc/shadow /etc/machine-id /boot /lost+found 2>/dev/null; true"
                )
                try require(!run.text.contains("shadow") && !run.text.contains("/boot"), "host files: \(run.text)")
            }
        },
    ]
}
