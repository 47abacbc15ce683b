# SPDX-License-Identifier: Apache-2.0
# NB-FS-04: writing files into the working directory stops at the disk limit
# Attack: write 32 MiB files until the file system is full, up to 2 GiB; RLIMIT_FSIZE alone bounds each file only
# Incident: Docker has no disk limit by default; Piston tests/disk.py; cms-dev/cms#309
# @prelude probe.py
import shutil

cap, written, why, started = 2048 * MIB, 0, "cap", time.monotonic()
base = os.path.join(os.getcwd(), "fill")
block = b"\x5a" * (4 * MIB)
try:
    os.makedirs(base)
    while written < cap and time.monotonic() - started < 40:
        with open(os.path.join(base, "f%d" % written), "wb", buffering=0) as file:
            for _ in range(8):
                count = file.write(block)
                written += count
                if count < len(block):
                    raise OSError(errno.ENOSPC, "short write")
        progress(written)
except OSError as error:
    why = name(error.errno)
finally:
    shutil.rmtree(base, ignore_errors=True)
emit(why != "cap" and within(written, "disk_mb", cap), "wrote %d MiB, stopped by %s" % (written >> 20, why), bytes=written)
