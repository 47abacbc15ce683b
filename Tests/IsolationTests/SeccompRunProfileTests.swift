// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Isolation

/// What the `run` profile promises, call by call, asked of the compiled program.
@Suite struct SeccompRunProfileTests {
    private static let high: UInt64 = 0xdead_beef << 32

    private func outcome(_ name: String, _ arguments: [UInt64] = []) throws -> SeccompOutcome {
        let machine = try SeccompFixture.run(on: .x86_64).machine
        return try machine.run(SeccompCall(name, arguments: arguments, on: .x86_64))
    }

    /// Nothing is left to the fallback by oversight: each call that libseccomp knows stands in the profile.
    @Test(arguments: SeccompArchitecture.allCases)
    func judgesEveryKnownCall(_ architecture: SeccompArchitecture) throws {
        let profile = try SeccompProfile.bundled("run")
        var known = 0
        for number in 0..<1000 as Range<Int32> {
            guard let name = SyscallTable.name(of: number, on: architecture) else { continue }
            known += 1
            #expect(profile.rule(for: name, on: architecture) != nil, "\(name) (\(number)) stands in no rule")
        }
        #expect(known > 250)
    }

    @Test(arguments: [
        "read", "openat", "mprotect", "execve", "wait4", "futex", "epoll_pwait", "getrandom", "rseq", "membarrier",
        "memfd_create", "inotify_init1", "eventfd2", "signalfd4", "timerfd_create", "pidfd_open", "pidfd_send_signal",
        "copy_file_range", "statx", "openat2", "faccessat2", "futex_waitv", "close_range", "execveat", "shmat", "mq_open",
        "landlock_create_ruleset", "mlock", "setpriority", "sched_setaffinity", "getdents64", "fchmodat2", "vfork",
    ])
    func allows(_ call: String) throws {
        #expect(try outcome(call) == .allow)
    }

    @Test(arguments: [
        "unshare", "setns", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",
        "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module", "kexec_load",
        "kexec_file_load", "reboot", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen",
        "fsconfig", "fsmount", "fspick", "mount_setattr", "open_tree_attr", "swapon", "swapoff", "acct", "quotactl",
        "quotactl_fd", "open_by_handle_at", "name_to_handle_at", "fanotify_init", "fanotify_mark", "iopl", "ioperm",
        "vhangup", "syslog", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname",
        "setgroups", "sched_setattr", "sync", "syncfs",
    ])
    func deniesWithEPERM(_ call: String) throws {
        #expect(try outcome(call) == .refused(.EPERM))
    }

    /// What a kernel without the feature says, so that a library takes its other way.
    @Test(arguments: [
        "clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit", "keyctl", "add_key",
        "request_key", "mbind", "get_mempolicy", "set_mempolicy", "set_mempolicy_home_node", "move_pages", "migrate_pages",
        "memfd_secret", "vmsplice", "modify_ldt", "lookup_dcookie", "cachestat", "statmount", "listmount", "uselib",
        "lsm_list_modules", "uretprobe", "remap_file_pages", "file_setattr",
    ])
    func deniesAsAbsent(_ call: String) throws {
        #expect(try outcome(call) == .refused(.ENOSYS))
    }

    @Test func callsOfLaterKernelsAreAbsent() throws {
        let machine = try SeccompFixture.run(on: .x86_64).machine
        for number in [336, 423, 470, 511, 512, 547, 1000, 0xffff_ffff] as [UInt32] {
            let call = SeccompCall(number: number, architecture: SeccompArchitecture.x86_64.token)
            #expect(try machine.run(call) == .refused(.ENOSYS), "\(number)")
        }
    }

    /// A call, its arguments, and what becomes of it.
    static let judged: [(call: String, arguments: [UInt64], outcome: SeccompOutcome)] = [
        // fork(3) of glibc, a thread, posix_spawn of glibc
        ("clone", [0x120_0011], .allow),
        ("clone", [0x3d_0f00], .allow),
        ("clone", [0x4111], .allow),
        ("clone", [0x11 | high], .allow),
        ("clone", [0x2_0011], .refused(.EPERM)),  // CLONE_NEWNS
        ("clone", [0x200_0011], .refused(.EPERM)),  // CLONE_NEWCGROUP
        ("clone", [0x400_0011], .refused(.EPERM)),  // CLONE_NEWUTS
        ("clone", [0x800_0011], .refused(.EPERM)),  // CLONE_NEWIPC
        ("clone", [0x1000_0011], .refused(.EPERM)),  // CLONE_NEWUSER
        ("clone", [0x2000_0011], .refused(.EPERM)),  // CLONE_NEWPID
        ("clone", [0x4000_0011], .refused(.EPERM)),  // CLONE_NEWNET
        ("clone", [0x1000_0011 | high], .refused(.EPERM)),
        ("clone", [0x7e02_0011], .refused(.EPERM)),

        ("socket", [1, 1, 0], .allow),
        ("socket", [1, 5 | 0x80000, 0], .allow),
        ("socket", [1, 2 | 0x80800, 1], .allow),
        ("socket", [2, 1, 0], .allow),
        ("socket", [2, 1 | 0x80800, 6], .allow),
        ("socket", [10, 2 | 0x80000, 17], .allow),
        ("socket", [10 | high, 2 | high, 0 | high], .allow),
        ("socket", [16, 3 | 0x80000, 0], .allow),
        ("socket", [16, 2, 0], .allow),
        ("socket", [1, 3, 0], .refused(.EPERM)),  // AF_UNIX, SOCK_RAW
        ("socket", [2, 3, 1], .refused(.EPERM)),  // AF_INET, SOCK_RAW, ICMP
        ("socket", [2, 2, 1], .refused(.EPERM)),  // ping socket
        ("socket", [2, 1, 132], .refused(.EPERM)),  // SCTP
        ("socket", [2, 5, 132], .refused(.EPERM)),
        ("socket", [2, 1, 262], .refused(.EPERM)),  // MPTCP
        ("socket", [2, 1, 256], .refused(.EPERM)),  // SMC
        ("socket", [2, 2, 115], .refused(.EPERM)),  // L2TP
        ("socket", [2, 2, 136], .refused(.EPERM)),  // UDP-Lite
        ("socket", [2, 6, 0], .refused(.EPERM)),  // DCCP
        ("socket", [2, 1 | 0x100000, 0], .refused(.EPERM)),  // a flag nobody knows
        ("socket", [16, 3, 4], .refused(.EPERM)),  // NETLINK_SOCK_DIAG
        ("socket", [16, 3, 12], .refused(.EPERM)),  // NETLINK_NETFILTER
        ("socket", [16, 3 | 0x80000, 15], .refused(.EPERM)),  // NETLINK_KOBJECT_UEVENT
        ("socket", [16, 3, 4 | high], .refused(.EPERM)),
        ("socket", [17, 3, 0], .refused(.EPERM)),  // AF_PACKET
        ("socket", [38, 5, 0], .refused(.EPERM)),  // AF_ALG
        ("socket", [40, 1, 0], .refused(.EPERM)),  // AF_VSOCK
        ("socket", [44, 3, 0], .refused(.EPERM)),  // AF_XDP
        ("socket", [0, 1, 0], .refused(.EPERM)),
        ("socketpair", [1, 1 | 0x80000, 0], .allow),
        ("socketpair", [1, 2, 0], .allow),
        ("socketpair", [2, 1, 0], .refused(.EPERM)),
        ("socketpair", [30, 1, 0], .refused(.EPERM)),  // AF_TIPC
        ("setsockopt", [3, 1, 2], .allow),  // SO_REUSEADDR
        ("setsockopt", [3, 1, 15], .allow),  // SO_REUSEPORT
        ("setsockopt", [3, 6, 1], .allow),  // TCP_NODELAY
        ("setsockopt", [3, 41, 26], .allow),  // IPV6_V6ONLY
        ("setsockopt", [3, 0, 35], .allow),  // IP_ADD_MEMBERSHIP
        ("setsockopt", [3, 270, 11], .allow),  // NETLINK_EXT_ACK
        ("setsockopt", [3, 1, 26], .refused(.ENOPROTOOPT)),  // SO_ATTACH_FILTER
        ("setsockopt", [3, 1, 50], .refused(.ENOPROTOOPT)),  // SO_ATTACH_BPF
        ("setsockopt", [3, 1 | high, 50 | high], .refused(.ENOPROTOOPT)),
        ("setsockopt", [3, 6, 31], .refused(.ENOPROTOOPT)),  // TCP_ULP
        ("setsockopt", [3, 6, 19], .refused(.ENOPROTOOPT)),  // TCP_REPAIR
        ("setsockopt", [3, 17, 100], .refused(.ENOPROTOOPT)),  // UDP_ENCAP
        ("setsockopt", [3, 0, 64], .refused(.ENOPROTOOPT)),  // IPT_SO_SET_REPLACE
        ("setsockopt", [3, 41, 57], .refused(.ENOPROTOOPT)),  // IPV6_RTHDR
        ("setsockopt", [3, 279, 1], .refused(.ENOPROTOOPT)),  // SOL_ALG

        ("ioctl", [0, 0x5401], .allow),  // TCGETS
        ("ioctl", [0, 0x5401 | high], .allow),
        ("ioctl", [0, 0x541b], .allow),  // FIONREAD
        ("ioctl", [0, 0x8045_4_30], .refused(.ENOTTY)),
        ("ioctl", [0, 0x8004_5430], .allow),  // TIOCGPTN
        ("ioctl", [0, 0x5412], .refused(.ENOTTY)),  // TIOCSTI
        ("ioctl", [0, 0x5412 | high], .refused(.ENOTTY)),
        ("ioctl", [0, 0x5412 | 1 << 32], .refused(.ENOTTY)),
        ("ioctl", [0, 0x541c], .refused(.ENOTTY)),  // TIOCLINUX
        ("ioctl", [0, 0x541d], .refused(.ENOTTY)),  // TIOCCONS
        ("ioctl", [0, 0x5423], .refused(.ENOTTY)),  // TIOCSETD
        ("ioctl", [0, 0x4004_9409], .refused(.ENOTTY)),  // FICLONE
        ("ioctl", [0, 0xae00], .refused(.ENOTTY)),  // KVM_GET_API_VERSION
        ("ioctl", [0, 0xb701], .refused(.ENOTTY)),  // NS_GET_USERNS

        ("prctl", [15], .allow),  // PR_SET_NAME
        ("prctl", [1, 9], .allow),  // PR_SET_PDEATHSIG
        ("prctl", [38, 1], .allow),  // PR_SET_NO_NEW_PRIVS
        ("prctl", [22, 2], .allow),  // PR_SET_SECCOMP
        ("prctl", [0x5356_4d41], .allow),  // PR_SET_VMA
        ("prctl", [35], .refused(.EINVAL)),  // PR_SET_MM
        ("prctl", [67, 1], .refused(.EINVAL)),  // PR_SET_MEMORY_MERGE
        ("prctl", [59], .refused(.EINVAL)),  // PR_SET_SYSCALL_USER_DISPATCH
        ("prctl", [62], .refused(.EINVAL)),  // PR_SCHED_CORE
        ("prctl", [35 | high], .refused(.EINVAL)),
        ("seccomp", [1, 0], .allow),
        ("seccomp", [1, 1], .allow),  // SECCOMP_FILTER_FLAG_TSYNC
        ("seccomp", [1, 8], .refused(.EINVAL)),  // SECCOMP_FILTER_FLAG_NEW_LISTENER
        ("seccomp", [1, 9], .refused(.EINVAL)),
        ("seccomp", [4, 0], .refused(.EINVAL)),
        ("personality", [0], .allow),
        ("personality", [0xffff_ffff], .allow),
        ("personality", [0xffff_ffff_ffff_ffff], .allow),
        ("personality", [0x40000], .allow),  // ADDR_NO_RANDOMIZE
        ("personality", [8], .refused(.EPERM)),  // PER_LINUX32
        ("personality", [0x400000], .refused(.EPERM)),  // READ_IMPLIES_EXEC
        ("personality", [0x100000], .refused(.EPERM)),  // MMAP_PAGE_ZERO

        ("mmap", [0, 4096, 3, 0x22], .allow),
        ("mmap", [0, 4096, 3, 0x40022], .refused(.ENOMEM)),  // MAP_HUGETLB
        ("memfd_create", [0, 3], .allow),
        ("memfd_create", [0, 5], .refused(.EINVAL)),  // MFD_HUGETLB
        ("shmget", [0, 4096, 0o1600], .allow),
        ("shmget", [0, 4096, 0o5600], .refused(.EPERM)),  // SHM_HUGETLB
        ("madvise", [0, 0, 4], .allow),  // MADV_DONTNEED
        ("madvise", [0, 0, 12], .refused(.EINVAL)),  // MADV_MERGEABLE
        ("madvise", [0, 0, 100], .refused(.EINVAL)),  // MADV_HWPOISON
        ("mknodat", [0, 0, 0o10644], .allow),  // S_IFIFO
        ("mknodat", [0, 0, 0o644], .allow),
        ("mknodat", [0, 0, 0o20644, 0], .refused(.EPERM)),  // S_IFCHR, also a whiteout
        ("mknod", [0, 0o60644], .refused(.EPERM)),  // S_IFBLK

        ("sched_setscheduler", [0, 0], .allow),
        ("sched_setscheduler", [0, 3 | 0x4000_0000], .allow),  // SCHED_BATCH, SCHED_RESET_ON_FORK
        ("sched_setscheduler", [0, 1], .refused(.EPERM)),  // SCHED_FIFO
        ("sched_setscheduler", [0, 2], .refused(.EPERM)),  // SCHED_RR
        ("sched_setscheduler", [0, 6], .refused(.EPERM)),  // SCHED_DEADLINE
        ("sched_setscheduler", [0, 1 | 0x4000_0000], .refused(.EPERM)),
        ("ioprio_set", [1, 0, 2 << 13 | 7], .allow),  // best effort
        ("ioprio_set", [1, 0, 1 << 13], .refused(.EPERM)),  // real time
        ("prlimit64", [0, 7], .allow),
        ("prlimit64", [1, 7], .refused(.EPERM)),
        ("prlimit64", [0 | high, 7], .allow),
    ]

    @Test func judgesArguments() throws {
        let machine = try SeccompFixture.run(on: .x86_64).machine
        for row in Self.judged {
            let call = try SeccompCall(row.call, arguments: row.arguments, on: .x86_64)
            #expect(try machine.run(call) == row.outcome, "\(row.call)\(row.arguments)")
        }
    }

    /// A condition that no row above tries on both sides is not tested.
    @Test func theTableTriesEveryConditionBothWays() throws {
        for rule in try SeccompFixture.run(on: .x86_64).profile.rules {
            guard case .allowWhen(_, let otherwise) = rule.effect else { continue }
            for call in rule.calls where call != "mknod" {
                let rows = Self.judged.filter { $0.call == call }.map(\.outcome)
                #expect(rows.contains(.allow) && rows.contains(.refused(otherwise)), "\(call)")
            }
        }
    }

    @Test func theSummarySaysWhatTheProfileDoes() throws {
        let profile = try SeccompProfile.bundled("run")
        #expect(profile.name == "run")
        #expect(profile.unlisted == .ENOSYS)
        #expect(profile.otherABI == .killProcess)
        #expect(
            profile.summary(for: .x86_64).hasPrefix("profile run on x86_64: "))
        #expect(profile.summary(for: .x86_64).hasSuffix("all others fail with ENOSYS; a call of another ABI kills the process"))
    }
}
