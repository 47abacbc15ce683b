# SPDX-License-Identifier: Apache-2.0
# NB-PROC-10: limits, priority and placement of other processes cannot be read or set
# Attack: prlimit, setpriority, sched_setaffinity, sched_setscheduler, ioprio_set and migrate_pages on pid 1 and on
#   the parent
# Incident: CVE-2010-2943 class (priority of equal-uid processes); a program that slows its supervisor down moves its
#   own deadline
# @prelude probe.py
mask = ctypes.create_string_buffer(b"\xff" * 128)
old = ctypes.create_string_buffer(16)
parameter = ctypes.create_string_buffer(8)
reached = []
for pid in sorted(({1} if SANDBOXED else set()) | {os.getppid()} - {0}):
    attempts = {
        "prlimit": lambda: syscall(302, 261, pid, 7, 0, old),
        "setpriority": lambda: syscall(141, 140, 0, pid, os.getpriority(os.PRIO_PROCESS, pid)),
        "sched_setaffinity": lambda: syscall(203, 122, pid, 128, mask),
        "sched_setscheduler": lambda: syscall(144, 119, pid, 0, parameter),
        "ioprio_set": lambda: syscall(251, 30, 1, pid, 2 << 13 | 4),
        "migrate_pages": lambda: syscall(256, 238, pid, 0, 0, 0),
    }
    reached += ["%s(%d)" % (label, pid) for label, attempt in attempts.items() if not refused(in_child(attempt))]
emit(not reached, "possible: %s" % reached if reached else "all refused")
