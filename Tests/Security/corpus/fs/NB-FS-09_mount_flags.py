# SPDX-License-Identifier: Apache-2.0
# NB-FS-09: writable mounts are memory file systems with nosuid and nodev
# Attack: read the mount table: a writable mount of a disk, or one that honours set-uid bits or device nodes, is a way
#   out
# Incident: Docker bind mounts without nosuid,nodev; isolate recursive bind of /dev; Firecracker jailer test_jail
#   mounts
# @prelude probe.py
disks = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "vfat", "ntfs", "fuse", "9p", "virtiofs", "nfs", "nfs4")
bad = []
with open("/proc/self/mountinfo") as table:
    for line in table:
        left, right = line.split(" - ", 1)
        point, flags, kind = left.split()[4], left.split()[5].split(","), right.split()[0]
        if "rw" not in flags or "ro" in right.split()[2].split(",") or point.startswith(("/dev/", "/proc")):
            continue
        if not os.access(point, os.W_OK):
            continue
        missing = [flag for flag in ("nosuid", "nodev") if flag not in flags]
        if kind in disks or missing:
            bad.append("%s (%s, lacks %s)" % (point, kind, ",".join(missing) or "nothing"))
emit(not bad, "writable: %s" % bad[:8] if bad else "writable mounts are nosuid,nodev memory file systems")
