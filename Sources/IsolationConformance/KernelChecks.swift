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
                    !host.isEmpty && !run.text.isEmpty && !run.text.contains(host), "the kernel of the host: \(run.text)")
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
