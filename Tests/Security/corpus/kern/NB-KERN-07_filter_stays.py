# SPDX-License-Identifier: Apache-2.0
# NB-KERN-07: the system call filter is on for every thread and cannot be loosened
# Attack: read the state of all threads and of executed children, then install a filter that allows everything and try
#   again
# Incident: gVisor posture test (every thread alike), Firecracker test_seccomp (per-thread filters), Chromium layer
#   tests
# @prelude probe.py
import subprocess
import threading


def states(process):
    found = []
    for task in os.listdir("/proc/%s/task" % process):
        with open("/proc/%s/task/%s/status" % (process, task)) as status:
            fields = dict(line.split(":", 1) for line in status)
        found.append((fields.get("Seccomp", "?").strip(), fields.get("NoNewPrivs", "?").strip()))
    return found


threads = [threading.Thread(target=time.sleep, args=(1,)) for _ in range(3)]
for thread in threads:
    thread.start()
seen = states("self")
child = subprocess.run(["/bin/sh", "-c", "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status"], capture_output=True, text=True)
lines = dict(line.split(":", 1) for line in child.stdout.splitlines())
seen.append((lines.get("Seccomp", "?").strip(), lines.get("NoNewPrivs", "?").strip()))
allow = (ctypes.c_uint64 * 1)(0x7FFF000000000006)  # BPF_RET | SECCOMP_RET_ALLOW
program = (ctypes.c_uint64 * 2)(1, ctypes.addressof(allow))


def loosened():
    LIBC.prctl(22, 2, program, 0, 0)
    return syscall(272, 97, 0x10000000)  # unshare a user namespace


outcome = in_child(loosened)
uneven = [state for state in seen if state != ("2", "1")]
emit(not uneven and refused(outcome), "%d tasks, odd ones %s; after an allow-all filter unshare gives %s" % (
    len(seen), uneven[:3], say(outcome)))
