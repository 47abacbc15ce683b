# SPDX-License-Identifier: Apache-2.0
# NB-FS-15: no file below /proc/sys or /sys opens for writing
# Attack: walk both trees and open every file write-only (nothing is written)
# Incident: CVE-2022-0811 (core_pattern), runc CVE-2025-52881 (procfs writes redirected), moby readonlyPaths
# @prelude probe.py
opened, tried, started = [], 0, time.monotonic()
for top in ("/proc/sys", "/sys/kernel", "/sys/fs", "/sys/module", "/sys/power", "/sys/class", "/sys/bus", "/sys/firmware"):
    for directory, subdirectories, names in os.walk(top):
        subdirectories[:] = [d for d in subdirectories if d not in ("tracing", "debug")]
        for entry in names:
            path = os.path.join(directory, entry)
            tried += 1
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW))
                opened.append(path)
            except OSError:
                pass
        if len(opened) > 20 or time.monotonic() - started > 15:
            break
    if len(opened) > 20:
        break
emit(not opened, "%d of %d files open for writing: %s" % (len(opened), tried, opened[:5]), writable=opened[:10])
