# SPDX-License-Identifier: Apache-2.0
# NB-FORGE-02: the memory peak is measured outside, also when the memory is given back
# Attack: hold 120 MiB in a child for a moment, let it die, report nothing
# Incident: self-reported resource usage (ru_maxrss by the driver) misses children; LLM graders that score memory
# @prelude probe.py
pid = os.fork()
if pid == 0:
    held = b"\x01" * (120 * MIB)
    time.sleep(0.3)
    os._exit(0)
os.waitpid(pid, 0)
emit(True, "held 120 MiB in a child; verdict outside: the report's peak is at least 110 MiB", memory_peak_bytes=1)
