# SPDX-License-Identifier: Apache-2.0
# NB-FS-07: extended attributes count towards the quota
# Attack: store data in user.* attributes of empty files: quotas that look at file sizes see nothing
# Incident: tmpfs user xattrs are open to everyone since Linux 6.6; the kernel bounds them by the inode limit only
# @prelude probe.py
import shutil

cap, total, files, why = 160 * MIB, 0, 0, "cap"
base = os.path.join(os.getcwd(), "attributes")
os.makedirs(base)
try:
    while total < cap and files < 45_000:
        path = os.path.join(base, str(files))
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        files += 1
        for size in (60_000, 3_900):
            try:
                os.setxattr(path, "user.n", b"\x01" * size)
                total += size
                break
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.E2BIG, errno.ERANGE) or size == 3_900:
                    raise
        if files % 1000 == 0:
            progress(total)
except OSError as error:
    why = name(error.errno)
shutil.rmtree(base, ignore_errors=True)
stored = "%d MiB in attributes of %d files, stopped by %s" % (total >> 20, files, why)
emit(why != "cap" and within(total, "disk_mb", cap), stored, bytes=total)
