# SPDX-License-Identifier: Apache-2.0
# NB-KERN-03: no namespace of any other kind can be made inside
# Attack: unshare and clone with each namespace flag
# Incident: CVE-2022-0492 (cgroup namespace), CVE-2022-0185 (mount namespace), Docker seccomp
# @prelude probe.py
def cloned(flags):
    """Make a process with raw clone; the child, when there is one, leaves at once."""
    result, error = syscall(56, 220, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if result == 0:
        os._exit(0)
    return result, error


kinds = {"mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "pid": 0x20000000, "net": 0x40000000}
calls = {}
for kind, flag in kinds.items():
    calls["unshare " + kind] = lambda flag=flag: syscall(272, 97, flag)
    calls["clone " + kind] = lambda flag=flag: cloned(flag)
calls["unshare time"] = lambda: syscall(272, 97, 0x80)
judge(calls)
