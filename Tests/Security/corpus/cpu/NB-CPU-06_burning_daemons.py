# SPDX-License-Identifier: Apache-2.0
# NB-CPU-06: CPU time of daemons that left the program is counted
# Attack: double-forked daemons spin in their own session while the program itself only sleeps
# Incident: CPU time by wait4 sees reaped children only; isolate --cg-timing
# @prelude probe.py
only_sandboxed()
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            pass
        os._exit(0)
time.sleep(40)
emit(False, "slept 40 s while two daemons spun")
