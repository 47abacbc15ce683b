// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// What of the file system a program sees and may change.
enum FileSystemChecks {
    /// Takes the exclusive lock on every path that exists, says so, and keeps them until its input ends.
    private static let lockAll = """
        import fcntl, os, sys
        held = [os.open(p, os.O_RDONLY) for p in sys.argv[2:] if os.path.exists(p)]
        for f in held: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print('locked', flush=True)
        if sys.argv[1] == 'hold': sys.stdin.read()
        """

    static let all: [ConformanceCheck] = [
        ConformanceCheck("files/system_is_read_only") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "for d in / /usr /usr/bin /etc /dev /proc /run /var /opt /home /root; do touch $d/probe 2>/dev/null && echo wrote $d; done; true"
                )
                try requireEqual(run.text, "", "writable system directories")
            }
        },
        ConformanceCheck("files/scratch_is_writable_and_executable") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "for d in /home/user /tmp /var/tmp /dev/shm; do printf '#!/bin/sh\\necho ok\\n' > $d/p && chmod +x $d/p && $d/p; done"
                )
                try requireEqual(run.text, String(repeating: "ok\n", count: 4), "scratch directories: \(run.errorText)")
            }
        },
        ConformanceCheck("files/build_directory_exists_when_asked_for") { driver in
            try await withSandbox(driver, buildBytes: 8 << 20) { sandbox in
                try requireEqual(
                    try await sandbox.shell("echo x > /run/build/a && cat /run/build/a").text, "x\n", "build directory")
            }
        },
        ConformanceCheck("files/host_directories_are_not_there", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "ls -A /home /root /mnt /srv /opt /var 2>/dev/null; ls /etc/shadow /etc/machine-id /boot /sys /lost+found 2>/dev/null; true"
                )
                try require(
                    !run.text.contains("shadow") && !run.text.contains("/boot") && !run.text.contains("/sys"),
                    "host files: \(run.text)")
                try require(run.text.contains("user"), "home is missing: \(run.text)")
            }
        },
        ConformanceCheck("files/kernel_information_is_masked", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "for f in kcore keys kallsyms timer_list sched_debug interrupts kmsg cmdline config.gz; do "
                        + "[ -s /proc/$f ] && head -c 1 /proc/$f >/dev/null 2>&1 && [ $(head -c 16 /proc/$f 2>/dev/null | wc -c) -gt 0 ] && echo $f; done; true"
                )
                try requireEqual(run.text, "", "readable kernel files")
            }
        },
        ConformanceCheck("files/kernel_information_cannot_be_read_in_any_way", kernel: .host) { driver in
            // Whether it is masked or the kernel refuses: nothing comes out, and nothing is in the directories.
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import os
                    for name in ("acpi asound bootconfig buddyinfo bus cmdline config.gz consoles crypto devices diskstats dma driver "
                        "dynamic_debug fs interrupts iomem ioports irq kallsyms kcore key-users keys kmsg kpagecgroup kpagecount "
                        "kpageflags latency_stats locks misc modules mtrr pagetypeinfo partitions pressure sched_debug schedstat "
                        "scsi slabinfo softirqs sysrq-trigger timer_list timer_stats tty vmallocinfo vmstat zoneinfo").split():
                        path = "/proc/" + name
                        try:
                            if os.path.isdir(path): told = os.listdir(path)
                            else: told = os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 16)
                            if told: print(name, told)
                        except OSError: pass
                        try: os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK)); print(name, "can be written")
                        except OSError: pass
                    """)
                try requireEqual(run.text, "", "kernel information: \(run.errorText)")
            }
        },
        ConformanceCheck("files/every_mount_is_bounded", kernel: .host) { driver in
            // Nothing is setuid anywhere; only what the program may write, its terminals and the devices are not both read-only
            // and without devices.
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    writable = {"/home/user", "/tmp", "/var/tmp", "/dev/shm", "/dev/pts"}
                    for line in open("/proc/self/mountinfo"):
                        place, flags = line.split()[4], line.split()[5].split(",")
                        if "nosuid" not in flags: print(place, "setuid")
                        if "nodev" not in flags and not (place == "/dev" or place.startswith("/dev/")): print(place, "devices")
                        if "ro" not in flags and place not in writable: print(place, "writable")
                        if place.startswith("/proc") and "noexec" not in flags: print(place, "executable")
                    """)
                try requireEqual(run.text, "", "mounts: \(run.errorText)")
            }
        },
        ConformanceCheck("files/kernel_settings_cannot_be_opened_for_writing", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import os
                    for p in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger", "/proc/self/oom_score_adj", "/proc/self/uid_map"):
                        try: os.close(os.open(p, os.O_WRONLY)); print(p)
                        except OSError: pass
                    """)
                try requireEqual(run.text, "", "writable kernel settings")
            }
        },
        ConformanceCheck("files/locks_on_system_files_are_not_shared") { driver in
            // Overlays need kernel 5.19; where a driver says that inodes are shared, there is nothing to hold.
            guard await driver.status().findings.contains(where: { $0.name == "overlay" && $0.level == .ok }) else {
                return
            }
            let paths = ["/usr/bin/env", "/etc/services", "/etc/alternatives", "/usr"]
            try await withSandbox(driver) { first in
                let holder = try await first.guest.start(
                    ProgramSpec(
                        arguments: ["/usr/bin/python3", "-c", FileSystemChecks.lockAll, "hold"] + paths,
                        environment: checkEnvironment,
                        directory: SandboxPath.home))
                guard case .output(.stdout, _)? = try await holder.next() else {
                    throw ConformanceFailure(description: "the locks were not taken")
                }
                try await withSandbox(driver) { second in
                    let other = try await second.run(
                        ["/usr/bin/python3", "-c", FileSystemChecks.lockAll, "try"] + paths)
                    try requireEqual(other.text, "locked\n", "locks taken beside another sandbox: \(other.errorText)")
                }
                holder.closeInput()
                _ = try await holder.transcript()
            }
        },
        ConformanceCheck("files/resources_show_the_limits", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import os
                    fields = dict(line.split(':') for line in open('/proc/meminfo'))
                    print(int(fields['MemTotal'].split()[0]) >> 10, os.cpu_count(), open('/proc/swaps').read().count('\\n'))
                    """)
                try requireEqual(run.text, "128 1 1\n", "MiB of memory, processors, lines about swap: \(run.errorText)")
            }
        },
        ConformanceCheck("files/boot_id_is_of_the_sandbox", kernel: .host) { driver in
            try await withSandbox(driver) { sandbox in
                let script = "cat /proc/sys/kernel/random/boot_id; cat /proc/sys/kernel/random/boot_id"
                let lines = try await sandbox.shell(script).text.split(separator: "\n")
                try require(lines.count == 2 && lines[0] == lines[1] && lines[0].utf8.count == 36, "boot id: \(lines)")
                try await withSandbox(driver) { other in
                    try require(
                        try await other.shell(script).text.split(separator: "\n")[0] != lines[0], "one boot id for two")
                }
            }
        },
        ConformanceCheck("files/disk_limit_holds_across_directories") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell(
                    "for d in /home/user /tmp /dev/shm; do head -c 12000000 /dev/zero > $d/fill 2>/dev/null || echo full; done; cat /home/user/fill /tmp/fill /dev/shm/fill | wc -c"
                )
                let total = run.text.split(separator: "\n").last.flatMap { Int($0.filter(\.isNumber)) } ?? .max
                try require(total <= 16 << 20, "\(total) bytes were written in spite of a limit of 16 MiB")
                try require(run.text.contains("full"), "no write failed: \(run.text)")
                try require(
                    (run.space?.freeBytes ?? .max) < 64 << 10,
                    "the reported space is not used up: \(String(describing: run.space))")
            }
        },
        ConformanceCheck("files/inode_limit_holds") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    n = 0
                    try:
                        for n in range(2000): open(f"/tmp/f{n}", "w").close()
                    except OSError as e: print(e.errno)
                    print(n < 500)
                    """)
                try requireEqual(run.text, "28\nTrue\n", "files made")
            }
        },
        ConformanceCheck("files/mounts_and_devices_cannot_be_made") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import ctypes, os, stat
                    libc = ctypes.CDLL(None, use_errno=True)
                    if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0: print("mounted")
                    if libc.umount2(b"/proc", 2) == 0: print("unmounted")
                    if libc.unshare(0x10000000) == 0: print("new user namespace")
                    try: os.mknod("/tmp/disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0)); print("device made")
                    except OSError: pass
                    try: os.chroot("/tmp"); print("chroot")
                    except OSError: pass
                    """)
                try requireEqual(run.text, "", "privileged operations that worked")
            }
        },
    ]
}
