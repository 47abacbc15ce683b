# SPDX-License-Identifier: Apache-2.0
# NB-MEM-08: files in memory file systems count towards the memory limit
# Attack: hold 160 MiB in a file and 160 MiB on the heap under a limit of 256 MiB
# Incident: tmpfs outside the sandbox's memory group; isolate 2.6 /dev/shm; Docker --tmpfs without a memory limit
# @prelude probe.py
kind = None
with open("/proc/self/mountinfo") as table:
    points = sorted((line.split()[4], line.split(" - ")[1].split()[0]) for line in table)
for point, system in points:
    if os.getcwd() == point or os.getcwd().startswith(point.rstrip("/") + "/"):
        kind = system
if kind != "tmpfs":
    not_applicable("the working directory is on %s" % kind)
with open("big.bin", "wb", buffering=0) as file:
    for _ in range(10):
        file.write(b"\x01" * (16 * MIB))
progress(160 * MIB)
held = []
try:
    for _ in range(10):
        held.append(b"\x02" * (16 * MIB))
        progress(160 * MIB + len(held) * 16 * MIB)
except MemoryError:
    pass
total = 160 * MIB + len(held) * 16 * MIB
os.unlink("big.bin")
emit(len(held) < 10 or not LIMITS.get("mem_mb") or LIMITS["mem_mb"] > 320, "held %d MiB at once" % (total >> 20), bytes=total)
