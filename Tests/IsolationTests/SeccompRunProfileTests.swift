// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Isolation

/// What the `run` profile promises, call by call, asked of the compiled program.
@Suite struct SeccompRunProfileTests {
    private static let high: UInt64 = 0xdead_beef << 32

    private func outcome(_ name: String, _ arguments: [UInt64] = []) throws -> SeccompOutcome {
        let machine = try SeccompFixture.run(on: .amd64).machine
        return try machine.run(SeccompCall(name, arguments: arguments, on: .amd64))
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
        "copy_file_range", "statx", "openat2", "faccessat2", "futex_waitv", "close_range", "execveat", "shmat",
        "mq_open",
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
        "vhangup", "syslog", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname",
        "setdomainname",
        "setgroups", "sched_setattr", "sync", "syncfs",
    ])
    func deniesWithEPERM(_ call: String) throws {
        #expect(try outcome(call) == .refused(.eperm))
    }

    /// What a kernel without the feature says, so that a library takes its other way.
    @Test(arguments: [
        "clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit", "keyctl", "add_key",
        "request_key", "mbind", "get_mempolicy", "set_mempolicy", "set_mempolicy_home_node", "move_pages",
        "migrate_pages",
        "memfd_secret", "vmsplice", "modify_ldt", "lookup_dcookie", "cachestat", "statmount", "listmount", "uselib",
        "lsm_list_modules", "uretprobe", "remap_file_pages", "file_setattr",
    ])
    func deniesAsAbsent(_ call: String) throws {
        #expect(try outcome(call) == .refused(.enosys))
    }

    @Test func callsOfLaterKernelsAreAbsent() throws {
        let machine = try SeccompFixture.run(on: .amd64).machine
        for number in [336, 423, 470, 511, 512, 547, 1000, 0xffff_ffff] as [UInt32] {
            let call = SeccompCall(number: number, architecture: SeccompArchitecture.amd64.token)
            #expect(try machine.run(call) == .refused(.enosys), "\(number)")
        }
    }

    /// A call, its arguments, and what becomes of it.
    static let judged: [(call: String, arguments: [UInt64], outcome: SeccompOutcome)] = [
        // fork(3) of glibc, a thread, posix_spawn of glibc
        ("clone", [0x120_0011], .allow),
        ("clone", [0x3d_0f00], .allow),
        ("clone", [0x4111], .allow),
        ("clone", [0x11 | high], .allow),
        ("clone", [0x2_0011], .refused(.eperm)),  // CLONE_NEWNS
        ("clone", [0x200_0011], .refused(.eperm)),  // CLONE_NEWCGROUP
        ("clone", [0x400_0011], .refused(.eperm)),  // CLONE_NEWUTS
        ("clone", [0x800_0011], .refused(.eperm)),  // CLONE_NEWIPC
        ("clone", [0x1000_0011], .refused(.eperm)),  // CLONE_NEWUSER
        ("clone", [0x2000_0011], .refused(.eperm)),  // CLONE_NEWPID
        ("clone", [0x4000_0011], .refused(.eperm)),  // CLONE_NEWNET
        ("clone", [0x1000_0011 | high], .refused(.eperm)),
        ("clone", [0x7e02_0011], .refused(.eperm)),

        ("socket", [1, 1, 0], .allow),
        ("socket", [1, 5 | 0x80000, 0], .allow),
        ("socket", [1, 2 | 0x80800, 1], .allow),
        ("socket", [2, 1, 0], .allow),
        ("socket", [2, 1 | 0x80800, 6], .allow),
        ("socket", [10, 2 | 0x80000, 17], .allow),
        ("socket", [10 | high, 2 | high, 0 | high], .allow),
        ("socket", [16, 3 | 0x80000, 0], .allow),
        ("socket", [16, 2, 0], .allow),
        ("socket", [1, 3, 0], .refused(.eperm)),  // AF_UNIX, SOCK_RAW
        ("socket", [2, 3, 1], .refused(.eperm)),  // AF_INET, SOCK_RAW, ICMP
        ("socket", [2, 2, 1], .refused(.eperm)),  // ping socket
        ("socket", [2, 1, 132], .refused(.eperm)),  // SCTP
        ("socket", [2, 5, 132], .refused(.eperm)),
        ("socket", [2, 1, 262], .refused(.eperm)),  // MPTCP
        ("socket", [2, 1, 256], .refused(.eperm)),  // SMC
        ("socket", [2, 2, 115], .refused(.eperm)),  // L2TP
        ("socket", [2, 2, 136], .refused(.eperm)),  // UDP-Lite
        ("socket", [2, 6, 0], .refused(.eperm)),  // DCCP
        ("socket", [2, 1 | 0x100000, 0], .refused(.eperm)),  // a flag nobody knows
        ("socket", [16, 3, 4], .refused(.eperm)),  // NETLINK_SOCK_DIAG
        ("socket", [16, 3, 12], .refused(.eperm)),  // NETLINK_NETFILTER
        ("socket", [16, 3 | 0x80000, 15], .refused(.eperm)),  // NETLINK_KOBJECT_UEVENT
        ("socket", [16, 3, 4 | high], .refused(.eperm)),
        ("socket", [17, 3, 0], .refused(.eperm)),  // AF_PACKET
        ("socket", [38, 5, 0], .refused(.eperm)),  // AF_ALG
        ("socket", [40, 1, 0], .refused(.eperm)),  // AF_VSOCK
        ("socket", [44, 3, 0], .refused(.eperm)),  // AF_XDP
        ("socket", [0, 1, 0], .refused(.eperm)),
        ("socketpair", [1, 1 | 0x80000, 0], .allow),
        ("socketpair", [1, 2, 0], .allow),
        ("socketpair", [2, 1, 0], .refused(.eperm)),
        ("socketpair", [30, 1, 0], .refused(.eperm)),  // AF_TIPC
        ("setsockopt", [3, 1, 2], .allow),  // SO_REUSEADDR
        ("setsockopt", [3, 1, 15], .allow),  // SO_REUSEPORT
        ("setsockopt", [3, 6, 1], .allow),  // TCP_NODELAY
        ("setsockopt", [3, 41, 26], .allow),  // IPV6_V6ONLY
        ("setsockopt", [3, 0, 35], .allow),  // IP_ADD_MEMBERSHIP
        ("setsockopt", [3, 270, 11], .allow),  // NETLINK_EXT_ACK
        ("setsockopt", [3, 1, 26], .refused(.enoprotoopt)),  // SO_ATTACH_FILTER
        ("setsockopt", [3, 1, 50], .refused(.enoprotoopt)),  // SO_ATTACH_BPF
        ("setsockopt", [3, 1 | high, 50 | high], .refused(.enoprotoopt)),
        ("setsockopt", [3, 6, 31], .refused(.enoprotoopt)),  // TCP_ULP
        ("setsockopt", [3, 6, 19], .refused(.enoprotoopt)),  // TCP_REPAIR
        ("setsockopt", [3, 17, 100], .refused(.enoprotoopt)),  // UDP_ENCAP
        ("setsockopt", [3, 0, 64], .refused(.enoprotoopt)),  // IPT_SO_SET_REPLACE
        ("setsockopt", [3, 41, 57], .refused(.enoprotoopt)),  // IPV6_RTHDR
        ("setsockopt", [3, 279, 1], .refused(.enoprotoopt)),  // SOL_ALG

        ("ioctl", [0, 0x5401], .allow),  // TCGETS
        ("ioctl", [0, 0x5401 | high], .allow),
        ("ioctl", [0, 0x541b], .allow),  // FIONREAD
        ("ioctl", [0, 0x8045_4_30], .refused(.enotty)),
        ("ioctl", [0, 0x8004_5430], .allow),  // TIOCGPTN
        ("ioctl", [0, 0x5412], .refused(.enotty)),  // TIOCSTI
        ("ioctl", [0, 0x5412 | high], .refused(.enotty)),
        ("ioctl", [0, 0x5412 | 1 << 32], .refused(.enotty)),
        ("ioctl", [0, 0x541c], .refused(.enotty)),  // TIOCLINUX
        ("ioctl", [0, 0x541d], .refused(.enotty)),  // TIOCCONS
        ("ioctl", [0, 0x5423], .refused(.enotty)),  // TIOCSETD
        ("ioctl", [0, 0x4004_9409], .refused(.enotty)),  // FICLONE
        ("ioctl", [0, 0xae00], .refused(.enotty)),  // KVM_GET_API_VERSION
        ("ioctl", [0, 0xb701], .refused(.enotty)),  // NS_GET_USERNS

        ("prctl", [15], .allow),  // PR_SET_NAME
        ("prctl", [1, 9], .allow),  // PR_SET_PDEATHSIG
        ("prctl", [38, 1], .allow),  // PR_SET_NO_NEW_PRIVS
        ("prctl", [22, 2], .allow),  // PR_SET_SECCOMP
        ("prctl", [0x5356_4d41], .allow),  // PR_SET_VMA
        ("prctl", [35], .refused(.eperm)),  // PR_SET_MM
        ("prctl", [67, 1], .refused(.eperm)),  // PR_SET_MEMORY_MERGE
        ("prctl", [59], .refused(.eperm)),  // PR_SET_SYSCALL_USER_DISPATCH
        ("prctl", [62], .refused(.eperm)),  // PR_SCHED_CORE
        ("prctl", [35 | high], .refused(.eperm)),
        ("seccomp", [1, 0], .allow),
        ("seccomp", [1, 1], .allow),  // SECCOMP_FILTER_FLAG_TSYNC
        ("seccomp", [1, 8], .refused(.einval)),  // SECCOMP_FILTER_FLAG_NEW_LISTENER
        ("seccomp", [1, 9], .refused(.einval)),
        ("seccomp", [4, 0], .refused(.einval)),
        ("personality", [0], .allow),
        ("personality", [0xffff_ffff], .allow),
        ("personality", [0xffff_ffff_ffff_ffff], .allow),
        ("personality", [0x40000], .refused(.eperm)),  // ADDR_NO_RANDOMIZE
        ("personality", [8], .refused(.eperm)),  // PER_LINUX32
        ("personality", [0x400000], .refused(.eperm)),  // READ_IMPLIES_EXEC
        ("personality", [0x100000], .refused(.eperm)),  // MMAP_PAGE_ZERO

        ("mmap", [0, 4096, 3, 0x22], .allow),
        ("mmap", [0, 4096, 3, 0x40022], .refused(.enomem)),  // MAP_HUGETLB
        ("memfd_create", [0, 3], .allow),
        ("memfd_create", [0, 5], .refused(.einval)),  // MFD_HUGETLB
        ("shmget", [0, 4096, 0o1600], .allow),
        ("shmget", [0, 4096, 0o5600], .refused(.eperm)),  // SHM_HUGETLB
        ("madvise", [0, 0, 4], .allow),  // MADV_DONTNEED
        ("madvise", [0, 0, 12], .refused(.einval)),  // MADV_MERGEABLE
        ("madvise", [0, 0, 100], .refused(.einval)),  // MADV_HWPOISON
        ("mknodat", [0, 0, 0o10644], .allow),  // S_IFIFO
        ("mknodat", [0, 0, 0o644], .allow),
        ("mknodat", [0, 0, 0o20644, 0], .refused(.eperm)),  // S_IFCHR, also a whiteout
        ("mknod", [0, 0o60644], .refused(.eperm)),  // S_IFBLK

        ("sched_setscheduler", [0, 0], .allow),
        ("sched_setscheduler", [0, 3 | 0x4000_0000], .allow),  // SCHED_BATCH, SCHED_RESET_ON_FORK
        ("sched_setscheduler", [0, 1], .refused(.eperm)),  // SCHED_FIFO
        ("sched_setscheduler", [0, 2], .refused(.eperm)),  // SCHED_RR
        ("sched_setscheduler", [0, 6], .refused(.eperm)),  // SCHED_DEADLINE
        ("sched_setscheduler", [0, 1 | 0x4000_0000], .refused(.eperm)),
        ("ioprio_set", [1, 0, 2 << 13 | 7], .allow),  // best effort
        ("ioprio_set", [1, 0, 1 << 13], .refused(.eperm)),  // real time
        ("prlimit64", [0, 7], .allow),
        ("prlimit64", [1, 7], .refused(.eperm)),
        ("prlimit64", [0 | high, 7], .allow),
    ]

    @Test func judgesArguments() throws {
        let machine = try SeccompFixture.run(on: .amd64).machine
        for row in Self.judged {
            let call = try SeccompCall(row.call, arguments: row.arguments, on: .amd64)
            #expect(try machine.run(call) == row.outcome, "\(row.call)\(row.arguments)")
        }
    }

    /// A condition that no row above tries on both sides is not tested.
    @Test func theTableTriesEveryConditionBothWays() throws {
        for rule in try SeccompFixture.run(on: .amd64).profile.rules {
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
        #expect(profile.unlisted == .enosys)
        #expect(profile.otherABI == .killProcess)
        #expect(
            profile.summary(for: .amd64).hasPrefix("profile run on x86_64: "))
        #expect(
            profile.summary(for: .amd64).hasSuffix(
                "all others fail with ENOSYS; a call of another ABI kills the process"))
    }
}
