// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// What root of a computer tries against its walls. Each check fails when a wall gives way.
enum ComputerSecurityChecks {
    /// Runs Python as root; prints what should not have worked.
    ///
    /// - Parameter kernel: As of ``ConformanceCheck/kernel``: a kernel of the computer's own may be changed by root.
    private static func attack(
        _ name: String, kernel: DriverProperties.Kernel? = nil, _ code: String
    ) -> ConformanceCheck {
        ConformanceCheck("computer/root_\(name)", kernel: kernel) { driver in
            try await withComputer(driver) { sandbox in
                let helpers = """
                    import ctypes, os, signal, socket, stat, struct, subprocess, sys
                    libc = ctypes.CDLL(None, use_errno=True)
                    def refused(what, call):
                        try: result = call()
                        except OSError: return
                        if result is None or (isinstance(result, int) and result < 0): return
                        print("worked:", what, result)
                    def syscall(number, *arguments):
                        return libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
                    assert os.getuid() == 0

                    """
                let run = try await sandbox.run(
                    ["/usr/bin/python3", "-c", helpers + code + "\nprint('done')"], as: .root, seconds: 60)
                try requireEqual(run.text + run.errorText, "done\n", "root of the computer")
                try requireEqual(try await sandbox.say("echo alive"), "alive\n", "the agent afterwards")
            }
        }
    }

    static let all: [ConformanceCheck] = [
        attack(
            "cannot_mount",
            """
            refused("mount tmpfs", lambda: libc.mount(b"x", b"/mnt", b"tmpfs", 0, None))
            refused("bind", lambda: libc.mount(b"/", b"/mnt", None, 4096, None))
            refused("remount /proc", lambda: libc.mount(b"x", b"/proc", None, 32 | 4096, None))
            refused("mount proc", lambda: libc.mount(b"proc", b"/mnt", b"proc", 0, None))
            for path in (b"/proc", b"/usr/bin/sudo", b"/run/nestbox/guest", b"/usr", b"/dev/null", b"/"):
                refused("umount", lambda: libc.umount2(path, 2))
            refused("pivot_root", lambda: syscall(155, b".", b"."))
            refused("fsopen", lambda: syscall(430, b"tmpfs", 0))
            refused("open_tree", lambda: syscall(428, -100, b"/", 1))
            refused("mount_setattr", lambda: syscall(442, -100, b"/proc", 0, b"\\0" * 32, 32))
            for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x2000000, 0x4000000, 0x8000000):
                refused("unshare %x" % flag, lambda: libc.unshare(flag))
            for name in os.listdir("/proc/self/ns"):
                fd = os.open("/proc/self/ns/" + name, os.O_RDONLY)
                refused("setns " + name, lambda: libc.setns(fd, 0))
            """),
        attack(
            "cannot_make_devices", kernel: .host,
            """
            for kind, number in ((stat.S_IFBLK, os.makedev(8, 0)), (stat.S_IFCHR, os.makedev(1, 1)), (stat.S_IFCHR, os.makedev(1, 3)), (stat.S_IFCHR, 0)):
                refused("mknod", lambda: (os.mknod("/tmp/device", kind | 0o666, number), "made")[1])
            for name in ("mem", "kmem", "port", "kmsg", "sda", "vda", "fuse", "net/tun", "loop-control", "kvm"):
                refused("/dev/" + name, lambda: os.open("/dev/" + name, os.O_RDONLY))
            refused("TIOCSTI", lambda: __import__("fcntl").ioctl(os.openpty()[1], 0x5412, b"x"))
            """),
        attack(
            "cannot_leave_by_chroot", kernel: .host,
            """
            root = os.stat("/").st_ino
            held = os.open("/", os.O_RDONLY)
            os.mkdir("/tmp/jail")
            os.chroot("/tmp/jail")
            os.fchdir(held)
            for _ in range(64): os.chdir("..")
            os.chroot(".")
            if os.stat("/").st_ino != root: print("another root")
            for name in ("layers", "root/layers", "../layers", "tmp/.scratch"):
                refused(name, lambda: os.open("/" + name, os.O_RDONLY))
            print(*[n for n in os.listdir("/") if n in ("layers", ".setuid", ".scratch", ".empty", ".mask", "work", "upper")], end="")
            """),
        attack(
            "cannot_change_the_kernel", kernel: .host,
            """
            for path in ("kernel/core_pattern", "kernel/hostname", "kernel/modprobe", "vm/drop_caches", "vm/overcommit_memory",
                         "kernel/randomize_va_space", "fs/file-max", "net/ipv4/ip_forward", "user/max_user_namespaces"):
                refused(path, lambda: os.open("/proc/sys/" + path, os.O_WRONLY))
            for path in ("sysrq-trigger", "kcore", "kmsg", "kallsyms", "keys", "timer_list", "self/oom_score_adj", "self/uid_map",
                         "1/oom_score_adj", "irq", "bus", "acpi"):
                refused("writing " + path, lambda: os.open("/proc/" + path, os.O_WRONLY))
            for path in ("sysrq-trigger", "kcore", "kmsg", "kallsyms"):
                try: print("read", path, open("/proc/" + path, "rb").read(16)) if open("/proc/" + path, "rb").read(16) else None
                except OSError: pass
            refused("/sys", lambda: os.listdir("/sys"))
            refused("init_module", lambda: syscall(175, b"", 0, b""))
            refused("bpf", lambda: syscall(321, 0, b"\\0" * 64, 64))
            refused("reboot", lambda: syscall(169, 0xfee1dead, 672274793, 0x1234567, 0))
            refused("perf_event_open", lambda: syscall(298, b"\\0" * 128, 0, -1, -1, 0))
            refused("keyctl", lambda: syscall(250, 0, -3, 0))
            refused("open_by_handle_at", lambda: syscall(304, -100, b"\\0" * 64, 0))
            refused("name_to_handle_at", lambda: syscall(303, -100, b"/usr", b"\\0" * 64, b"\\0" * 8, 0))
            refused("clock_settime", lambda: syscall(227, 0, b"\\0" * 16))
            refused("sethostname", lambda: libc.sethostname(b"x", 1))
            refused("raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).fileno())
            refused("packet socket", lambda: socket.socket(17, socket.SOCK_RAW, 0).fileno())
            refused("netfilter", lambda: socket.socket(16, socket.SOCK_RAW, 12).fileno())
            refused("io_uring", lambda: syscall(425, 1, b"\\0" * 120))
            refused("userfaultfd", lambda: syscall(323, 0))
            """),
        attack(
            "cannot_reach_the_agent", kernel: .host,
            """
            for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGCONT, signal.SIGTSTP, 11):
                try: os.kill(1, number)
                except OSError: pass
            for name in ("mem", "environ", "maps", "auxv", "syscall", "stack", "pagemap", "fdinfo", "map_files", "root", "cwd", "exe", "io"):
                path = "/proc/1/" + name
                refused(path, lambda: os.listdir(path) if name in ("fdinfo", "map_files", "root", "cwd") else open(path, "rb").read(1) or None)
                refused("link " + path, lambda: os.readlink(path))
            # The kernel may let root list the numbers of the agent's descriptors, and nothing else of them.
            try: numbers = os.listdir("/proc/1/fd")
            except OSError: numbers = ["0", "3"]
            for number in numbers:
                path = "/proc/1/fd/" + number
                refused("open " + path, lambda: os.open(path, os.O_RDONLY))
                refused("path of " + path, lambda: os.open(path, os.O_PATH))
                refused("stat " + path, lambda: os.stat(path).st_ino)
                refused("link " + path, lambda: os.readlink(path))
            refused("ptrace", lambda: libc.ptrace(16, 1, None, None))
            refused("process_vm_readv", lambda: syscall(310, 1, b"\\0" * 16, 1, b"\\0" * 16, 1, 0))
            refused("pidfd_getfd", lambda: syscall(438, os.pidfd_open(1), 3, 0))
            refused("prlimit", lambda: syscall(302, 1, 7, b"\\0" * 16, None))
            os.setgroups([])
            os.setresgid(65533, 65533, 65533)
            os.setresuid(65533, 65533, 65533)
            for name in ("mem", "environ", "fd", "root"):
                path = "/proc/1/" + name
                refused("as its user " + path, lambda: os.listdir(path) if name in ("fd", "root") else open(path, "rb").read(1) or None)
            os.kill(1, signal.SIGKILL)
            """),
        attack(
            "cannot_gain_capabilities",
            """
            status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
            if int(status["CapBnd"], 16) & (1 << 21 | 1 << 19 | 1 << 12 | 1 << 13 | 1 << 27 | 1 << 31 | 1 << 2 | 1 << 16): print("bounding", status["CapBnd"])
            refused("file capabilities", lambda: (open("/tmp/x", "w").close(), os.setxattr("/tmp/x", "security.capability", struct.pack("<IIIII", 0x02000000, 1 << 21, 0, 0, 0)), "set")[2])
            refused("capset", lambda: libc.capset(struct.pack("<II", 0x20080522, 0), struct.pack("<6I", 1 << 21, 1 << 21, 0, 0, 0, 0)))
            refused("trusted attribute", lambda: (os.setxattr("/tmp/x", "trusted.overlay.opaque", b"y"), "set")[1])
            refused("security.selinux", lambda: (os.setxattr("/usr", "security.ima", b"y"), "set")[1])
            """),
        ConformanceCheck("computer/setuid_files_of_the_sandbox_do_nothing", kernel: .host) { driver in
            try await withComputer(driver) { sandbox in
                let script = """
                    cp /bin/bash /tmp/mine; chmod 4755 /tmp/mine
                    sudo cp /usr/bin/id /usr/local/bin/rootid; sudo chmod 4755 /usr/local/bin/rootid
                    sudo cp /usr/bin/id /tmp/rootid; sudo chmod 6755 /tmp/rootid
                    sudo cp /usr/bin/sudo /usr/local/bin/sudo2; sudo chmod 4755 /usr/local/bin/sudo2
                    /tmp/mine -p -c 'id -u'; sudo -u nobody /tmp/mine -p -c 'id -u'
                    /usr/local/bin/rootid -u; /tmp/rootid -u; /tmp/rootid -g
                    for f in /usr/bin/su /usr/bin/passwd /usr/bin/mount; do
                        if test -u $f; then echo | timeout 5 $f -h >/dev/null 2>&1; fi
                    done
                    /usr/local/bin/sudo2 id -u
                    """
                try requireEqual(
                    try await sandbox.say(script),
                    "1000\n65534\n1000\n1000\n1000\nsudo: must be owned by uid 0, have the setuid bit set, and a kernel that honours it; where none does, start the command as root\n",
                    "ids")
            }
        },
        ConformanceCheck("computer/root_of_one_cannot_read_what_the_host_hides", kernel: .host) { driver in
            try await withComputer(driver) { sandbox in
                let found = try await sandbox.say(
                    "find / -xdev ! -type l ! -perm -o+r ! -path '/proc/*' ! -path '/root*' ! -path '/dev/*' -newermt 1970-01-01 2>/dev/null | head -5; "
                        + "ls /etc/shadow /etc/sudoers /etc/ssh /etc/gshadow /boot /sys /home 2>/dev/null; find /usr ! -type l ! -perm -o+r 2>/dev/null | head",
                    as: .root, seconds: 120)
                try requireEqual(found, "/home:\nuser\n", "what only the host's root may read")
            }
        },
        ConformanceCheck("computer/root_replacing_paths_fools_no_one") { driver in
            try await withComputer(driver) { sandbox in
                let script = """
                    mv /dev /dev.old; mkdir -p /dev/pts; mkfifo /dev/null /dev/pts/ptmx; mv /run /run.old; mkdir -p /run/nestbox
                    mv /home /home.old; mkdir -p /home/user; ln -s /nowhere /tmp/link
                    """
                _ = try await sandbox.run(["/bin/bash", "-c", script], as: .root, endsSandboxProcesses: false)
                let spec = ProgramSpec(
                    arguments: ["/bin/bash", "-c", "tty >/dev/stdout 2>&1; cat; echo end"],
                    environment: checkEnvironment,
                    directory: "/", terminal: TerminalWindow(columns: 80, rows: 24))
                let program = try await sandbox.guest.start(spec)
                program.closeInput()
                try require(try await program.transcript().text.contains("end"), "a terminal after /dev was replaced")
                let none = ProgramSpec(
                    arguments: ["/bin/cat"], environment: checkEnvironment, directory: "/", hasInput: false)
                try requireEqual(
                    try await sandbox.guest.start(none).transcript().end, .exited(code: 0),
                    "input after /dev was replaced")
            }
        },
        ConformanceCheck("computer/root_cannot_outgrow_the_limits") { driver in
            try await withComputer(driver) { sandbox in
                let bomb = """
                    import os, time
                    n = 0
                    try:
                        while n < 500:
                            if os.fork() == 0: time.sleep(30); os._exit(0)
                            n += 1
                    except OSError: pass
                    print(n < 32)
                    """
                try requireEqual(
                    try await sandbox.run(["/usr/bin/python3", "-c", bomb], as: .root).text, "True\n",
                    "processes of root")
            }
        },
        // Where the kernel is the sandbox's own, it goes with all that it holds.
        ConformanceCheck("computer/root_cannot_outgrow_its_memory", kernel: .host) { driver in
            try await withComputer(driver) { sandbox in
                let memory = try await sandbox.run(
                    ["/usr/bin/python3", "-c", "b = bytearray(400 << 20)\nprint(len(b))"], as: .root,
                    endsSandboxProcesses: false)
                try requireEqual(memory.text, "", "memory of root")
                try requireEqual(
                    try await sandbox.say("echo alive"), "alive\n",
                    "the computer after one of its processes ran out of memory")
            }
        },
    ]
}
