# SPDX-License-Identifier: Apache-2.0
# NB-FS-17: pages written through a mapping of a sparse file count towards the quota
# Attack: map a 1 GiB hole and touch its pages: no write(2) is made, the file system allocates on the page fault
# Incident: RLIMIT_FSIZE and write-counting quotas miss it; tmpfs answers with SIGBUS when it is full
# @prelude probe.py
import mmap

cap, step = 1024 * MIB, 4 * MIB
with open("hole.bin", "w+b") as file:
    try:
        file.truncate(cap)
    except OSError as error:
        emit(True, "a 1 GiB hole is refused: %s" % name(error.errno))
        sys.exit(0)
    pid = os.fork()
    if pid == 0:
        area = mmap.mmap(file.fileno(), cap)
        for offset in range(0, cap, 4096):
            area[offset] = 1
            if offset % step == 0:
                progress(offset)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    used = os.fstat(file.fileno()).st_blocks * 512
os.unlink("hole.bin")
emit(status != 0 and within(used, "disk_mb", cap), "%d MiB allocated, writer ended with %d" % (used >> 20, status), bytes=used)
