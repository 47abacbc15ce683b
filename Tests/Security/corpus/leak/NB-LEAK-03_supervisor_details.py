# SPDX-License-Identifier: Apache-2.0
# NB-LEAK-03: the supervising process shows nothing but its existence
# Attack: read environment, maps, descriptors, directories, auxiliary vector and I/O counters of pid 1 and of the
#   parent
# Incident: bubblewrap's pid 1 keeps the caller's environment (measured); CVE-2019-5736 starts from /proc/PID/exe
# @prelude probe.py
readable = []
targets = sorted(({1} if SANDBOXED else set()) | {os.getppid()} - {0, os.getpid()})
for pid in targets:
    top = "/proc/%d/" % pid
    for entry in ("environ", "maps", "smaps", "auxv", "io", "syscall", "stack", "mountinfo", "pagemap", "personality"):
        try:
            with open(top + entry, "rb") as file:
                if file.read(1):
                    readable.append(top + entry)
        except OSError:
            pass
    for entry in ("cwd", "root", "exe", "ns/mnt"):
        try:
            readable.append("%s%s -> %s" % (top, entry, os.readlink(top + entry)))
        except OSError:
            pass
    for entry in ("fd", "map_files", "fdinfo"):
        try:
            if os.listdir(top + entry):
                readable.append(top + entry)
        except OSError:
            pass
emit(not readable, "readable: %s" % readable[:8] if readable else "nothing readable of %s" % targets)
