// SPDX-License-Identifier: Apache-2.0
package import GuestWire
package import LinuxSystem

/// What is at the same place in every sandbox that shows the host's `/usr`, whatever driver puts it there.
package enum SandboxLayout {
    /// User and group of programs, inside.
    package static let programID: UInt32 = 1000
    /// What the host shows of itself, as mounts.
    package static let shown: MountAttributes = [.readOnly, .noSetuid, .noDevices]
    /// /dev entries that every program may expect and that reveal or change nothing.
    package static let devices = ["null", "zero", "full", "random", "urandom"]
    package static let deviceLinks = [
        ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"), ("ptmx", "pts/ptmx"),
    ]
    /// Directories that a sandbox has, beside those of the host.
    package static let places = ["/proc", "/tmp", "/var/tmp", SandboxPath.home, "/opt", "/mnt", "/run", "/srv"]

    /// Kernel information of the host, useless or dangerous inside. Directories and files; absent ones are skipped.
    package static let maskedKernelFiles = [
        "acpi", "asound", "bootconfig", "buddyinfo", "bus", "cmdline", "config.gz", "consoles", "crypto", "devices",
        "diskstats", "dma", "driver", "dynamic_debug", "fs", "interrupts", "iomem", "ioports", "irq", "kallsyms",
        "kcore",
        "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "latency_stats", "locks", "misc",
        "modules", "mtrr", "pagetypeinfo", "partitions", "pressure", "sched_debug", "schedstat", "scsi", "slabinfo",
        "softirqs", "sysrq-trigger", "timer_list", "timer_stats", "tty", "vmallocinfo", "vmstat",
        "zoneinfo",
    ].map { "/proc/\($0)" }

    /// What the agent still needs, within its own user namespace only: CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, KILL 5,
    /// SETGID 6, SETUID 7, SETPCAP 8 (capabilities(7)).
    package static let agentCapabilities: UInt64 =
        1 << 0 | 1 << 1 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8

    /// - Parameters:
    ///   - abi: Of the kernel, 1 at least.
    ///   - readable: Directories with programs and libraries.
    package static func landlock(abi: Int, readable: [String], hasBuild: Bool) -> GuestStep {
        let all = LandlockAccess.all(abi: abi)
        let read: LandlockAccess = [.readFile, .readDirectory, .execute]
        let write = all.subtracting([.makeCharacterDevice, .makeBlockDevice])
        var rules = [GuestStep.LandlockRule(path: "/", access: LandlockAccess.readDirectory.rawValue)]
        for path in readable { rules.append(.init(path: path, access: read.rawValue)) }
        rules.append(.init(path: "/proc", access: ([.readFile, .readDirectory] as LandlockAccess).rawValue))
        for path in [SandboxPath.home, "/tmp", "/var/tmp", "/dev/shm", "/dev/pts"]
            + (hasBuild ? [SandboxPath.build] : [])
        {
            rules.append(.init(path: path, access: write.rawValue))
        }
        let device: LandlockAccess = [.readFile, .writeFile, .truncate, .deviceControl]
        for name in devices {
            rules.append(.init(path: "/dev/\(name)", access: device.intersection(all).rawValue))
        }
        return .prepareLandlock(handled: all.rawValue, scope: abi >= 6 ? Landlock.scopeAll : 0, rules: rules)
    }
}
