#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bubblewrap hardened as far as it goes: own cgroup, sized memory file system, system call filter, no inherited descriptor.

It is the positive control of the gate, and the strongest column of the comparison; it is no part of Nestbox.

  hard.py --limits mem_mb=512,pids=128,disk_mb=256,inodes=16000,cpu=1,wall=10 WORK -- COMMAND...     (needs root)
  hard.py --job < job.json > outcome.json        one run with captured output and collected files, for server.py
"""
import base64
import ctypes
import fnmatch
import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time

USER = 300_000 + secrets.randbelow(100_000)  # each run has a user of its own
DENIED = """
acct add_key bpf chroot clock_adjtime clock_settime clone3 delete_module fanotify_init finit_module fsconfig fsmount fsopen
fspick get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load
keyctl lookup_dcookie mbind migrate_pages modify_ldt mount mount_setattr move_mount move_pages name_to_handle_at
nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise process_vm_readv process_vm_writev
ptrace quotactl quotactl_fd reboot remap_file_pages request_key set_mempolicy setdomainname sethostname setns settimeofday
swapoff swapon syslog umount2 unshare uselib userfaultfd ustat vhangup sysfs _sysctl create_module query_module vserver
adjtimex memfd_secret set_mempolicy_home_node process_mrelease mlockall
""".split()
DENIED_NUMBERS = (451, 457, 458, 459, 460, 461, 467, 468, 469)  # newer than the library: cachestat, statmount, lsm_*, ...
MASKED = ("/proc/acpi", "/proc/asound", "/proc/scsi", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/tty")
EMPTY = ("/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/interrupts", "/proc/sysrq-trigger",
         "/proc/kallsyms", "/proc/slabinfo", "/proc/vmallocinfo", "/proc/kpagecount", "/proc/kpageflags", "/proc/config.gz",
         "/proc/diskstats", "/proc/partitions", "/proc/softirqs", "/proc/buddyinfo", "/proc/pagetypeinfo", "/proc/zoneinfo",
         "/proc/cmdline", "/proc/locks", "/proc/schedstat", "/proc/mdstat", "/proc/iomem", "/proc/modules")


class Argument(ctypes.Structure):
    _fields_ = [("index", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def filter_file():
    """The filter as an open file: everything is allowed but the calls above and some arguments; 32-bit calls fail."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(0x7FFF0000))
    eperm, enosys, low, masked_equal, above = 0x50001, 0x50026, 0xFFFFFFFF, 7, 4
    library.seccomp_attr_set(context, 2, eperm)  # calls of another architecture

    def deny(number, action=eperm, *comparisons):
        array = (Argument * len(comparisons))(*comparisons)
        library.seccomp_rule_add_array(context, action, number, len(comparisons), array)

    for name in DENIED:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            deny(number, enosys if name == "clone3" else eperm)
    for number in DENIED_NUMBERS:
        deny(number, enosys)
    call = {name: library.seccomp_syscall_resolve_name(name.encode()) for name in ("clone", "socket", "ioctl", "personality", "prctl")}
    for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        deny(call["clone"], eperm, Argument(0, masked_equal, flag, flag))
    for family in [n for n in range(64) if n not in (1, 2, 10, 16)]:
        deny(call["socket"], eperm, Argument(0, masked_equal, low, family))
    deny(call["socket"], eperm, Argument(0, masked_equal, low, 16), Argument(2, masked_equal, low, 12))
    for protocol in list(range(1, 12)) + list(range(13, 32)):
        deny(call["socket"], eperm, Argument(0, masked_equal, low, 16), Argument(2, masked_equal, low, protocol))
    for protocol in (33, 115, 132, 136):
        deny(call["socket"], eperm, Argument(2, masked_equal, low, protocol))
    for request in (0x5412, 0x541C, 0xC0185879, 0x8004587D):
        deny(call["ioctl"], eperm, Argument(1, masked_equal, low, request))
    for persona in (0x0100000, 0x0400000, 0x0040000, 0x0200000):
        deny(call["personality"], eperm, Argument(0, masked_equal, persona, persona))
    file = tempfile.TemporaryFile()
    library.seccomp_export_bpf(context, file.fileno())
    file.seek(0)
    return file


class Group:
    """A control group of version 1 or 2 for one run."""

    def __init__(self, limits):
        self.name = "gate-control-%d-%s" % (os.getpid(), os.urandom(3).hex())
        top = "/sys/fs/cgroup/"
        self.version2 = os.path.exists(top + "cgroup.controllers")
        self.paths = [top + self.name] if self.version2 else [top + each + "/" + self.name for each in ("memory", "pids", "cpu", "cpuacct", "freezer")]
        for path in self.paths:
            os.makedirs(path, exist_ok=True)
        memory, cpu = str(int(limits["mem_mb"]) << 20), limits["cpu"]
        values = {"memory.max": memory, "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": str(int(limits["pids"])),
                  "cpu.max": "%d 100000" % (cpu * 100000)} if self.version2 else {
                  "memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory, "pids.max": str(int(limits["pids"])),
                  "cpu.cfs_quota_us": str(int(cpu * 100000))}
        for name, value in values.items():
            self.write(name, value)

    def write(self, name, value):
        for path in self.paths:
            if os.path.exists(os.path.join(path, name)):
                with open(os.path.join(path, name), "w") as file:
                    file.write(value)

    def read(self, name):
        for path in self.paths:
            try:
                with open(os.path.join(path, name)) as file:
                    return file.read()
            except OSError:
                pass
        return ""

    def enter(self):
        for path in self.paths:
            with open(os.path.join(path, "cgroup.procs"), "w") as file:
                file.write(str(os.getpid()))

    def usage(self):
        """CPU milliseconds, peak bytes, and how often memory and processes were refused."""
        def count(text, key):
            return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(key + " ")), 0)
        if self.version2:
            return (count(self.read("cpu.stat"), "usage_usec") / 1000, int(self.read("memory.peak") or 0),
                    count(self.read("memory.events"), "oom_kill"), count(self.read("pids.events"), "max"))
        return (int(self.read("cpuacct.usage") or 0) / 1e6, int(self.read("memory.max_usage_in_bytes") or 0),
                count(self.read("memory.oom_control"), "oom_kill"), count(self.read("pids.events"), "max"))

    def kill(self):
        for pid in map(int, self.read("cgroup.procs").split()):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    def remove(self):
        for _ in range(100):
            self.kill()
            try:
                for path in list(self.paths):
                    os.rmdir(path)
                    self.paths.remove(path)
                return
            except OSError:
                time.sleep(0.02)


class Sandbox:
    """One run. The process that makes it gets a mount namespace of its own and is good for nothing else."""

    def __init__(self, limits):
        self.limits = limits
        self.group = Group(limits)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x20000) or libc.mount(None, b"/", None, 0x44000, None):
            raise OSError(ctypes.get_errno(), "a mount namespace of its own")
        self.work = tempfile.mkdtemp(prefix="gate-control-")
        options = "size=%dm,nr_inodes=%d,mode=755,uid=%d,gid=%d" % (limits["disk_mb"], limits["inodes"], USER, USER)
        if libc.mount(b"tmpfs", self.work.encode(), b"tmpfs", 6, options.encode()):
            raise OSError(ctypes.get_errno(), "tmpfs")

    def command(self, filter_descriptor):
        words = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv", "--disable-userns",
                 "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--hostname", "box", "--seccomp", str(filter_descriptor),
                 "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib",
                 "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/sbin", "/sbin", "--proc", "/proc", "--dev", "/dev"]
        for path in MASKED:
            words += ["--tmpfs", path, "--remount-ro", path] if os.path.isdir(path) else []
        for path in EMPTY:
            words += ["--ro-bind", "/dev/null", path] if os.path.exists(path) else []
        words += ["--ro-bind", "/proc/sys", "/proc/sys", "--size", str(4 << 20), "--tmpfs", "/dev/shm", "--size", str(16 << 20), "--tmpfs", "/tmp",
                  "--bind", self.work, "/box", "--dir", "/etc", "--ro-bind", "/etc/alternatives", "/etc/alternatives",
                  "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "HOME", "/box", "--setenv", "LANG", "C.UTF-8",
                  "--chdir", "/box", "--remount-ro", "/dev", "--remount-ro", "/"]
        return words

    def start(self, command, environment=None, **streams):
        rules = filter_file()
        words = self.command(rules.fileno())
        for name, value in (environment or {}).items():
            words += ["--setenv", name, value]

        def prepare():
            import resource
            self.group.enter()
            for limit, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 1024), (resource.RLIMIT_MEMLOCK, 65536),
                                 (resource.RLIMIT_MSGQUEUE, 4096)):
                resource.setrlimit(limit, (value, value))
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write("500")
            os.setgroups([])
            os.setresgid(USER, USER, USER)
            os.setresuid(USER, USER, USER)
            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # die with this process

        return subprocess.Popen(words + ["--"] + command, pass_fds=[rules.fileno()], preexec_fn=prepare, cwd="/", env={}, **streams)

    def remove(self):
        self.group.remove()
        ctypes.CDLL(None).umount2(self.work.encode(), 2)
        os.rmdir(self.work)


def collect(top, patterns, most_files=200, most_bytes=8 << 20):
    """Files that match, read beneath an open directory without following anything; what is not a plain file is skipped."""
    found, budget = [], [most_bytes]

    def visit(directory, prefix, depth):
        if depth > 64:
            return
        for name in sorted(os.listdir(directory)):
            if len(found) >= most_files:
                return
            path = prefix + name
            shown = os.fsencode(path).decode("utf-8", "replace")
            info = os.stat(name, dir_fd=directory, follow_symlinks=False)
            if stat.S_ISDIR(info.st_mode):
                try:
                    child = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
                except OSError:
                    continue
                visit(child, path + "/", depth + 1)
                os.close(child)
            if not any(fnmatch.fnmatchcase(path, p) or fnmatch.fnmatchcase(path, p.replace("**/", "")) for p in patterns) or \
                    stat.S_ISDIR(info.st_mode):
                continue
            entry = {"path": shown, "size_bytes": info.st_size, "skipped": None, "content_base64": None}
            found.append(entry)
            if not stat.S_ISREG(info.st_mode):
                entry["skipped"] = "not_a_file"
            elif info.st_size > budget[0]:
                entry["skipped"] = "too_large"
            else:
                descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
                data = os.read(descriptor, info.st_size)
                os.close(descriptor)
                budget[0] -= len(data)
                entry.update(size_bytes=len(data), content_base64=base64.b64encode(data).decode())

    root = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    visit(root, "", 0)
    os.close(root)
    return found


def run_job(job):
    """Run one program with captured output; the outcome says which limit ended it, by what the kernel counted."""
    limits = job["limits"]
    box = Sandbox(limits)
    try:
        for entry in job["files"]:
            path = os.path.join(box.work, entry["path"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(base64.b64decode(entry["data"]))
            os.chmod(path, 0o755)
        for directory, _, names in os.walk(box.work):
            for each in [directory] + [os.path.join(directory, n) for n in names]:
                os.chown(each, USER, USER, follow_symlinks=False)
        started = time.monotonic()
        process = box.start(job["command"], job["env"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        kept = {1: bytearray(), 2: bytearray()}
        state = {"reason": None, "room": limits["output_bytes"]}
        lock = threading.Lock()

        def read(number, pipe):
            while block := os.read(pipe.fileno(), 65536):
                with lock:
                    kept[number] += block[:state["room"]]
                    if len(block) > state["room"]:
                        state["reason"] = state["reason"] or "output_limit"
                        state[number] = True
                    state["room"] -= min(len(block), state["room"])

        def feed():
            try:
                process.stdin.write(base64.b64decode(job["stdin"]))
                process.stdin.close()
            except OSError:
                pass

        threads = [threading.Thread(target=t, args=a, daemon=True) for t, a in
                   ((read, (1, process.stdout)), (read, (2, process.stderr)), (feed, ()))]
        for thread in threads:
            thread.start()
        while process.poll() is None and not state["reason"]:
            time.sleep(0.01)
            cpu, _, oom, _ = box.group.usage()
            if time.monotonic() - started > limits["wall"]:
                state["reason"] = "wall_timeout"
            elif cpu > limits["cpu_ms"]:
                state["reason"] = "cpu_timeout"
            elif oom:
                state["reason"] = "memory_limit"
        wall = time.monotonic() - started
        own_exit = process.poll()
        box.group.kill()
        process.wait()
        for thread in threads[:2]:
            thread.join(0.5)
        cpu, peak, oom, refused = box.group.usage()
        reason = state["reason"] or ("memory_limit" if oom else None)
        return {"reason": reason, "status": own_exit if not state["reason"] else -9, "wall_ms": wall * 1000, "cpu_ms": cpu,
                "peak": peak, "refused": refused, "stdout": base64.b64encode(bytes(kept[1])).decode(),
                "stderr": base64.b64encode(bytes(kept[2])).decode(), "cut": [state.get(1, False), state.get(2, False)],
                "files": collect(box.work, job["collect"]) if job["collect"] else []}
    finally:
        box.remove()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was made is taken away
    if sys.argv[1] == "--job":
        json.dump(run_job(json.load(sys.stdin)), sys.stdout)
        return 0
    limits = {"mem_mb": 512, "pids": 128, "disk_mb": 256, "inodes": 16000, "cpu": 1.0, "wall": 30}
    limits.update((k, float(v)) for k, v in (pair.split("=") for pair in sys.argv[2].split(",")))
    box = Sandbox(limits)
    try:
        for name in os.listdir(sys.argv[3]):
            source = os.path.join(sys.argv[3], name)
            shutil.copy2(source, box.work) if os.path.isfile(source) else None
        for name in os.listdir(box.work):
            os.chown(os.path.join(box.work, name), USER, USER)
        process = box.start(sys.argv[5:])
        try:
            status = process.wait(limits["wall"])
        except subprocess.TimeoutExpired:
            status = -9
    finally:
        box.remove()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
