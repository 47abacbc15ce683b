# SPDX-License-Identifier: Apache-2.0
# NB-CLEAN-04: memory of a run killed in the middle of writing comes back
# Attack: fill 100 MiB of every memory file system, keep it open and mapped, and overrun the wall limit
# Incident: leaked tmpfs mounts keep their pages for ever; lazily unmounted file systems
# @prelude probe.py
import mmap

kept = []
for place in ("/tmp", "/dev/shm", os.getcwd()):
    try:
        file = open(os.path.join(place, "keep-" + NONCE), "w+b", buffering=0)
        for _ in range(8):
            file.write(b"\x01" * (4 * MIB))
        kept.append((file, mmap.mmap(file.fileno(), 0)))
        os.unlink(file.name)
    except OSError:
        pass
os.write(1, b"%d places filled\n" % len(kept))
time.sleep(40)
emit(False, "slept 40 s")
