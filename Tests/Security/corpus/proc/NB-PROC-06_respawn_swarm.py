# SPDX-License-Identifier: Apache-2.0
# NB-PROC-06: processes that respawn faster than they are counted do not survive
# Attack: eight lines of daemons in which each process forks its successor and dies within 40 ms: killing by a list of
#   pids loses
# Incident: cgroup.kill and PID namespaces exist because of this; DMOJ judge-server#318 (a daemon survived)
# @prelude probe.py
only_sandboxed()
swarm = """
import os, signal, sys, time
for number in range(1, 32):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
end = time.monotonic() + 12
while time.monotonic() < end:
    time.sleep(0.04)
    try:
        if os.fork(): os._exit(0)
        os.setsid()
    except OSError: pass
"""
null = os.open("/dev/null", os.O_RDWR)
for _ in range(8):
    if os.fork() == 0:
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.setsid()
        os.execv(sys.executable, ["nb-orphan-" + NONCE, "-S", "-c", swarm])
time.sleep(0.5)
emit(True, "swarm of 8 lines started; verdict outside: nothing left")
