# SPDX-License-Identifier: Apache-2.0
# NB-KERN-16: file systems cannot be frozen out, trimmed or marked immutable
# Attack: discard, shut-down, immutable and project flags by ioctl on the root, /usr and an own file; null arguments
# Incident: a sandbox with a host mount could shut its file system down (EXT4_IOC_SHUTDOWN); chattr +i defeats
#   clean-up
# @prelude probe.py
import fcntl
import struct

absent = REFUSALS + (errno.ENOTTY, errno.EOPNOTSUPP, errno.EROFS, errno.EBADF)
with open("flagged", "w"):
    pass


def control(path, request, argument):
    descriptor = os.open(path, os.O_RDONLY)
    result, error = syscall(16, 29, descriptor, request, argument)
    return (-1, errno.EPERM) if error in absent else (result, error)


def immutable(path):
    descriptor = os.open(path, os.O_RDONLY)
    before = bytearray(8)
    try:
        fcntl.ioctl(descriptor, 0x80086601, before)
        fcntl.ioctl(descriptor, 0x40086602, struct.pack("l", struct.unpack("l", before)[0] | 0x10))
        fcntl.ioctl(descriptor, 0x40086602, bytes(before))
    except OSError as error:
        return -1, errno.EPERM if error.errno in absent else error.errno
    return 0, 0


calls = {"immutable": lambda: immutable("flagged")}
for path in ("/", "/usr", "."):
    calls["discard " + path] = lambda path=path: control(path, 0xC0185879, 0)
    calls["shut down " + path] = lambda path=path: control(path, 0x8004587D, 0)
judge(calls)
os.unlink("flagged")
