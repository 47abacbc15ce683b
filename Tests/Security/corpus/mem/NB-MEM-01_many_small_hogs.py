# SPDX-License-Identifier: Apache-2.0
# NB-MEM-01: memory of all processes together is limited
# Attack: 24 children hold 64 MiB each: no single one comes near a per-process limit
# Incident: RLIMIT_AS is per process; snekbox multi-process memory hog; DMOJ and Judge0 per-process accounting
# @prelude probe.py
import mmap

held = mmap.mmap(-1, 4096)  # one byte for each child: how many steps of 16 MiB it holds
living, peak, stopped = {}, 0, 0


def look():
    """Take note of children that have ended and of what the living ones hold together."""
    global peak, stopped
    for pid, slot in list(living.items()):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            held[slot] = 0
            stopped += status != 0
            del living[pid]
    total = sum(held[:24]) * 16 * MIB
    if total > peak:
        peak = total
        progress(peak)


for slot in range(24):
    try:
        pid = os.fork()
    except OSError:
        stopped += 1
        break
    if pid == 0:
        blocks = []
        try:
            for _ in range(4):
                blocks.append(b"\x01" * (16 * MIB))
                held[slot] += 1
            time.sleep(3)
        except MemoryError:
            os._exit(9)
        os._exit(0)
    living[pid] = slot
    time.sleep(0.02)
    look()
while living:
    look()
    time.sleep(0.01)
emit(stopped > 0 and within(peak, "mem_mb", 1536 * MIB), "%d stopped, at most %d MiB at once" % (stopped, peak >> 20))
