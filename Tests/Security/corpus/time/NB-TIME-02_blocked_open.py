# SPDX-License-Identifier: Apache-2.0
# NB-TIME-02: a program blocked in the kernel is ended at the wall limit
# Attack: open a FIFO that nobody writes, in several processes: no CPU time passes
# Incident: CPU-time limits alone never fire; Judge0 default wall limit
# @prelude probe.py
try:
    os.mkfifo("blocked")
    path = "blocked"
except OSError:
    path = "/proc/self/fd/%d" % os.pipe()[1]  # no FIFOs here: wait for a byte from a pipe instead
for _ in range(3):
    if os.fork() == 0:
        break
os.read(os.open(path, os.O_RDONLY), 1)
emit(False, "the wait ended")
