# SPDX-License-Identifier: Apache-2.0
# NB-KERN-02: no user namespace can be made inside
# Attack: unshare, clone and clone3 with CLONE_NEWUSER, alone and with a network namespace
# Incident: CVE-2022-0185, CVE-2023-32233, CVE-2024-1086, CVE-2022-0492: root in a nested namespace opens the kernel's
#   privileged half
# @prelude probe.py
def cloned(flags):
    """Make a process with raw clone; the child, when there is one, leaves at once."""
    result, error = syscall(56, 220, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if result == 0:
        os._exit(0)
    return result, error


USER, NET = 0x10000000, 0x40000000


def cloned_by_arguments(flags):
    arguments = (ctypes.c_uint64 * 11)(flags, 0, 0, 0, signal.SIGCHLD)
    result, error = syscall(435, 435, arguments, 88)
    if result == 0:
        os._exit(0)
    return result, error


judge({"unshare": lambda: syscall(272, 97, USER), "unshare with net": lambda: syscall(272, 97, USER | NET),
       "clone": lambda: cloned(USER), "clone with net": lambda: cloned(USER | NET),
       "clone3": lambda: cloned_by_arguments(USER), "clone3 with net": lambda: cloned_by_arguments(USER | NET)})
