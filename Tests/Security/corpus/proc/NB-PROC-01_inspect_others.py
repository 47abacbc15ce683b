# SPDX-License-Identifier: Apache-2.0
# NB-PROC-01: memory and descriptors of the supervising process cannot be reached
# Attack: ptrace, process_vm_readv and _writev, pidfd_getfd, kcmp and /proc/PID/mem on pid 1, the parent and every
#   other process
# Incident: bubblewrap's pid 1 is open to the program (measured), Chromium zygote rule (not dumpable), CVE-2016-9962
# @prelude probe.py
others = [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()] if SANDBOXED else []
targets = sorted({int(p) for p in others} | {os.getppid()} - {0})
buffer = ctypes.create_string_buffer(16)
vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
remote = (ctypes.c_size_t * 2)(0, 8)
reached = []


def open_memory(pid, flags):
    os.close(os.open("/proc/%d/mem" % pid, flags))
    return 0, 0


def out_of_reach(label, outcome):
    # A process that /proc does not show has no memory file.
    return refused(outcome) or label.startswith("mem") and outcome == [-1, errno.ENOENT]


def take_descriptor(pid):
    handle = syscall(434, 434, pid, 0)
    return handle if handle[0] < 0 else syscall(438, 438, handle[0], 0, 0)


for pid in targets:
    attempts = {
        "ptrace": lambda: syscall(101, 117, 0x4206, pid, 0, 0),
        "process_vm_readv": lambda: syscall(310, 270, pid, vector, 1, remote, 1, 0),
        "process_vm_writev": lambda: syscall(311, 271, pid, vector, 1, remote, 1, 0),
        "pidfd_getfd": lambda: take_descriptor(pid),
        "kcmp": lambda: syscall(312, 272, os.getpid(), pid, 0, 1, 1),
        "mem for reading": lambda: open_memory(pid, os.O_RDONLY),
        "mem for writing": lambda: open_memory(pid, os.O_WRONLY),
    }
    reached += ["%s(%d)" % (label, pid) for label, attempt in attempts.items() if not out_of_reach(label, in_child(attempt))]
emit(not reached, "reached: %s" % reached[:8] if reached else "nothing reached in %s" % targets, reached=reached[:20])
