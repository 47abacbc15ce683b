# SPDX-License-Identifier: Apache-2.0
# NB-MEM-04: memory cannot be pinned by any call
# Attack: mlockall, mlock2, MAP_LOCKED, SHM_LOCK, huge pages and memfd_secret, each for 128 MiB
# Incident: nsjail rlimit_memlock 64 KiB; pinned memory cannot be reclaimed when the host is short of it
# @prelude probe.py
size = 128 * MIB
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


def mapping(flags):
    address = LIBC.mmap(None, size, 3, 0x22 | flags, -1, 0)
    if address in (None, 2 ** 64 - 1):
        raise OSError(ctypes.get_errno(), "mmap")
    return address


def locked(function):
    function()
    with open("/proc/self/status") as status:
        pinned = sum(int(line.split()[1]) for line in status if line.startswith(("VmLck:", "HugetlbPages:")))
    return pinned * 1024, 0


def lock_all():
    mapping(0)
    if LIBC.mlockall(3):
        raise OSError(ctypes.get_errno(), "mlockall")


def lock_on_fault():
    if LIBC.mlock2(ctypes.c_void_p(mapping(0)), ctypes.c_size_t(size), 1):
        raise OSError(ctypes.get_errno(), "mlock2")


def secret():
    descriptor, error = syscall(447, 447, 0)
    if descriptor < 0:
        raise OSError(error, "memfd_secret")
    os.ftruncate(descriptor, size)
    LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    if LIBC.mmap(None, size, 3, 1, descriptor, 0) in (None, 2 ** 64 - 1):
        raise OSError(ctypes.get_errno(), "mmap")


def shared_segment():
    segment = LIBC.shmget(0, ctypes.c_size_t(size), 0o1600)
    if segment < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    failed = LIBC.shmctl(segment, 11, None)
    error = ctypes.get_errno()
    LIBC.shmctl(segment, 0, None)
    if failed:
        raise OSError(error, "SHM_LOCK")
    return size, 0


calls = {"mlockall": lambda: locked(lock_all), "mlock2": lambda: locked(lock_on_fault), "memfd_secret": lambda: locked(secret),
         "MAP_LOCKED": lambda: locked(lambda: mapping(0x2000)), "MAP_HUGETLB": lambda: locked(lambda: mapping(0x40000)),
         "SHM_LOCK": shared_segment}
outcomes = {label: in_child(call) for label, call in calls.items()}
pinned = [label for label, outcome in outcomes.items() if outcome[0] not in ("killed", -1, -2) and outcome[0] > 64 * MIB]
text = ", ".join("%s=%s" % (label, say(outcome)) for label, outcome in outcomes.items())
emit(not pinned, ("pinned by %s: " % pinned if pinned else "") + text)
