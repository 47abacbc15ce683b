# SPDX-License-Identifier: Apache-2.0
# NB-FORGE-10: CPU time is measured outside, also of children that nobody waited for
# Attack: burn 1.2 s in a child that is left behind, claim none
# Incident: getrusage(RUSAGE_CHILDREN) misses unreaped children; self-reported timing in benchmarks
# @prelude probe.py
pid = os.fork()
if pid == 0:
    os.setsid()
    while time.process_time() < 1.2:
        pass
    os.write(1, b"burnt\n")
    os._exit(0)
time.sleep(0.1)
while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
    time.sleep(0.05)
emit(True, "verdict outside: the report counts at least 1 s", cpu_ms=0)
os._exit(0)
