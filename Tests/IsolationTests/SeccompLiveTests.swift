// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Isolation

/// The `run` profile in the kernel: what must fail fails with the documented error, what must work works.
@Suite(.serialized, .needs(SeccompProbe.python))
struct SeccompLiveTests {
    /// A call, its arguments in Python (`p` is a zeroed buffer), and the errno. Most of them would succeed or fail
    /// otherwise without the filter, as noted.
    static let refused: [(call: String, arguments: String, errno: SeccompErrno)] = [
        ("unshare", "0", .eperm),  // succeeds
        ("unshare", "0x10000000", .eperm),
        ("setns", "-1, 0", .eperm),  // EBADF
        ("clone", "0x10000011, 0, 0, 0, 0", .eperm),
        ("clone3", "0, 0", .enosys),  // EINVAL
        ("ptrace", "0, 0, 0, 0", .eperm),  // succeeds
        ("process_vm_readv", "os.getpid(), 0, 0, 0, 0, 0", .eperm),  // succeeds
        ("pidfd_getfd", "-1, 0, 0", .eperm),  // EBADF
        ("kcmp", "os.getpid(), os.getpid(), 2, 0, 0", .eperm),  // succeeds
        ("mount", "0, 0, 0, 0, 0", .eperm),
        ("fsopen", "0, 0", .eperm),  // EFAULT where permitted
        ("open_tree", "-1, 0, 0", .eperm),
        ("statmount", "0, 0, 0, 0", .enosys),
        ("bpf", "0, 0, 0", .eperm),
        ("perf_event_open", "0, 0, -1, -1, 0", .eperm),
        ("userfaultfd", "0x80001", .eperm),
        ("io_uring_setup", "4, p", .enosys),
        ("io_uring_enter", "-1, 0, 0, 0, 0, 0", .enosys),
        ("io_setup", "0, 0", .enosys),
        ("keyctl", "0, -3, 0", .enosys),
        ("add_key", "0, 0, 0, 0, -2", .enosys),
        ("request_key", "0, 0, 0, 0", .enosys),
        ("get_mempolicy", "0, 0, 0, 0, 0", .enosys),  // succeeds
        ("mbind", "0, 0, 0, 0, 0, 0", .enosys),
        ("vmsplice", "-1, 0, 0, 0", .enosys),  // EBADF
        ("memfd_create", "p, 4", .einval),  // succeeds
        ("mmap", "0, 2097152, 3, 0x40022, -1, 0", .enomem),
        ("madvise", "0, 0, 12", .einval),  // succeeds
        ("prctl", "67, 0, 0, 0, 0", .eperm),  // succeeds
        ("prctl", "59, 0, 0, 0, 0", .eperm),  // succeeds
        ("personality", "8", .eperm),  // succeeds
        ("prlimit64", "os.getpid(), 7, 0, 0", .eperm),  // succeeds
        ("sched_setscheduler", "0, 1, p", .eperm),
        ("sched_setattr", "0, 0, 0", .eperm),  // EINVAL
        ("ioprio_set", "1, 0, 1 << 13", .eperm),
        ("settimeofday", "0, 0", .eperm),  // succeeds
        ("adjtimex", "p", .eperm),  // succeeds
        ("sync", "", .eperm),  // succeeds
        ("setgroups", "0, 0", .eperm),
        ("syslog", "10, 0, 0", .eperm),
        ("sethostname", "0, 0", .eperm),
        ("quotactl", "0x80000100, 0, 0, 0", .eperm),
        ("name_to_handle_at", "-1, 0, 0, 0, 0", .eperm),  // EFAULT
        ("fanotify_init", "0, 0", .eperm),
        ("kexec_load", "0, 9999, 0, 0", .eperm),
        ("init_module", "0, 0, 0", .eperm),
        ("mknodat", "-100, b'device', 0o20600, 0", .eperm),  // succeeds (a whiteout)
        ("socket", "38, 5, 0", .eperm),  // AF_ALG: EAFNOSUPPORT or succeeds
        ("socket", "40, 1, 0", .eperm),  // AF_VSOCK
        ("socket", "16, 3, 12", .eperm),  // NETLINK_NETFILTER
        ("socket", "2, 3, 1", .eperm),
        ("socket", "2, 1, 132", .eperm),  // SCTP
        ("setsockopt", "udp, 1, 26, p, 16", .enoprotoopt),  // SO_ATTACH_FILTER: EINVAL
        ("setsockopt", "udp, 17, 100, one, 4", .enoprotoopt),  // UDP_ENCAP
        ("ioctl", "tty, 0x5412, p", .enotty),  // TIOCSTI
        ("ioctl", "tty, 0x5412 | 1 << 32, p", .enotty),
        ("ioctl", "tty, 0x5423, p", .enotty),  // TIOCSETD: succeeds
        ("ioctl", "tty, 0x541c, p", .enotty),  // TIOCLINUX
    ]

    @Test func refusesWithTheDocumentedErrno() throws {
        let probe = try SeccompProbe()
        let profile = try SeccompProfile.bundled("run")
        let calls = try Self.refused.map { row in
            "(\(try profile.number(of: row.call, on: .native, line: 0)), (\(row.arguments)\(row.arguments.isEmpty ? "" : ","))),"
        }
        try probe.write(
            "calls.py",
            """
            import ctypes, os, socket
            libc = ctypes.CDLL(None, use_errno=True)
            p = ctypes.create_string_buffer(512)
            one = ctypes.create_string_buffer(b'\\1\\0\\0\\0')
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()
            _, tty = os.openpty()
            for number, arguments in (
            \(calls.joined(separator: "\n"))
            ):
                pid = os.fork()
                if pid == 0:
                    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
                    result = libc.syscall(ctypes.c_long(number), *words)
                    print(ctypes.get_errno() if result == -1 else 'succeeded', flush=True)
                    os._exit(0)
                _, status = os.waitpid(pid, 0)
                if status: print('died', status, flush=True)
            """)
        let result = try probe.run([SeccompProbe.python, "-I", "calls.py"])
        let lines = result.output.split(separator: "\n")
        try #require(lines.count == Self.refused.count, "\(result)")
        for (row, line) in zip(Self.refused, lines) {
            #expect(line == "\(row.errno.rawValue)", "\(row.call)(\(row.arguments)) should fail with \(row.errno.name)")
        }
    }

    #if arch(x86_64)
        /// getpid through the x32 table and through int 0x80.
        @Test(arguments: ["libc.syscall(ctypes.c_long(0x40000000 + 39))", "int80()"])
        func anotherABIEndsTheProcessWithSIGSYS(_ call: String) throws {
            let probe = try SeccompProbe()
            try probe.write(
                "abi.py",
                """
                import ctypes, mmap
                libc = ctypes.CDLL(None)
                page = mmap.mmap(-1, 4096, prot=7)
                page.write(bytes.fromhex('53 b814000000 cd80 5b c3'))
                int80 = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
                print('ready', flush=True)
                \(call)
                print('survived')
                """)
            let result = try probe.run([SeccompProbe.python, "-I", "abi.py"])
            #expect(result.output == "ready\n")
            #expect(result.signal == 31, "\(result)")
        }
    #endif

    /// The programs of the containment corpus that a filter alone decides, and those that must keep working.
    static let corpus = [
        "func/FUNC-01_threads_ok.py", "func/FUNC-02_multiprocessing_ok.py", "func/FUNC-03_files_ok.py",
        "func/FUNC-04_subprocess_ok.py", "func/FUNC-05_loopback_ok.py", "func/FUNC-06_memory_ok.py",
        "func/FUNC-07_async_time_ok.py", "func/FUNC-08_stdlib_ok.py",
        "kern/KERN-01_keyrings.py", "kern/KERN-02_bpf.py", "kern/KERN-04_perf.py", "kern/KERN-05_io_uring.py",
        "kern/KERN-08_setns.py", "kern/KERN-09_new_mount_api.py", "kern/KERN-10_modules_kexec.py",
        "kern/KERN-14_i386_abi.py", "kern/KERN-15_dmesg.py", "kern/KERN-16_privileged_misc.py",
        "net/NET-10_netlink.py", "net/NET-12_exotic_families.py",
        "proc/PROC-16_tty_injection.py", "proc/PROC-18_rlimit_raise.py", "proc/PROC-19_realtime_priority.py",
        "id/ID-03_no_new_privs.sh", "id/ID-05_setuid_setgid.py",
    ]

    static let corpusDirectory = URL(filePath: #filePath)
        .appending(path: "../../../../shared/containment").standardizedFileURL

    @Test(.needs(corpusDirectory.path), arguments: corpus)
    func passesTheContainmentCorpus(_ name: String) throws {
        let probe = try SeccompProbe()
        let text = try String(contentsOf: Self.corpusDirectory.appending(path: name), encoding: .utf8)
        try probe.write("program", text.replacing("@@SECRES_CFG@@", with: #"{"sandboxed": true}"#))
        let interpreter = name.hasSuffix(".sh") ? ["/bin/sh"] : [SeccompProbe.python]
        let result = try probe.run(interpreter + ["program"])
        #expect(
            result.output.contains(#""contained":true"#) || result.output.contains(#""contained": true"#), "\(result)")
    }
}
