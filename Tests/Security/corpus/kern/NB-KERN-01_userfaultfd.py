# SPDX-License-Identifier: Apache-2.0
# NB-KERN-01: userfaultfd is refused
# Attack: the system call in both modes and the device: it widens every race window in the kernel
# Incident: CVE-2021-22555, CVE-2022-2588 and most kCTF entries used it; Docker seccomp
# @prelude probe.py
def device():
    os.close(os.open("/dev/userfaultfd", os.O_RDWR))
    return 0, 0


outcome = in_child(device)
usable = outcome[0] == 0
calls = {"kernel mode": lambda: syscall(323, 282, 0), "user mode only": lambda: syscall(323, 282, 1)}
if usable:
    calls["/dev/userfaultfd"] = device
judge(calls)
