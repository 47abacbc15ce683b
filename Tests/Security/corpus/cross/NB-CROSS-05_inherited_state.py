# SPDX-License-Identifier: Apache-2.0
# NB-CROSS-05: a run starts with nothing pending from anybody else
# Attack: children, timers, pending and blocked signals, threads, locks, priorities, affinity, securebits and flags at
#   start
# Incident: fork servers and zygotes leak what their parent had (gVisor posture: umask, limits, session)
# @prelude probe.py
import resource
import threading

odd = []
try:
    os.waitpid(-1, os.WNOHANG)
    odd.append("has a child")
except ChildProcessError:
    pass
with open("/proc/self/status") as status:
    fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
for field in ("SigPnd", "ShdPnd", "SigBlk"):
    if fields.get(field, "0").strip("0"):
        odd.append("%s %s" % (field, fields[field]))
if len(os.listdir("/proc/self/task")) != 1 or threading.active_count() != 1:
    odd.append("threads")
if any(signal.getitimer(which) != (0.0, 0.0) for which in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)):
    odd.append("timer")
if os.getpriority(os.PRIO_PROCESS, 0) != 0:
    odd.append("nice %d" % os.getpriority(os.PRIO_PROCESS, 0))
if os.sched_getscheduler(0) != os.SCHED_OTHER:
    odd.append("scheduling class")
for number, label in ((7, "keepcaps"), (37, "child subreaper")):
    value = ctypes.c_int(0)
    result = LIBC.prctl(number, ctypes.byref(value), 0, 0, 0)
    if value.value or number == 7 and result > 0:
        odd.append(label)
if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
    odd.append("core limit")
if os.umask(0o22) not in (0o22, 0o77, 0o27):
    odd.append("umask")
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
if usage.ru_utime + usage.ru_stime > 0.01:
    odd.append("used time of children")
emit(not odd, "at start: %s" % odd if odd else "a clean start")
