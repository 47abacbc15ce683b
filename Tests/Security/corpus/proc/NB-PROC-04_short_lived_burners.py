# SPDX-License-Identifier: Apache-2.0
# NB-PROC-04: CPU time burnt in short-lived children is counted
# Attack: fork children that use 30 ms each: no process ever comes near RLIMIT_CPU
# Incident: RLIMIT_CPU is per process; isolate --cg-timing; snekbox multi-process hog
# @prelude probe.py
deadline = time.monotonic() + 40
count = 0
while time.monotonic() < deadline:
    pid = os.fork()
    if pid == 0:
        end = time.process_time() + 0.03
        while time.process_time() < end:
            pass
        os._exit(0)
    os.waitpid(pid, 0)
    count += 1
emit(False, "burnt 40 s in %d children" % count)
