# SPDX-License-Identifier: Apache-2.0
# NB-KERN-06: system calls newer than the profile are refused
# Attack: calls of Linux 5.14 to 6.17 that no program needs, and numbers that do not exist yet
# Incident: filters that list what is denied miss new numbers: open_tree/fsconfig after 5.2 (CVE-2022-0185), io_uring
#   after 5.1
# @prelude probe.py
nothing = ctypes.create_string_buffer(256)
calls = {"quotactl_fd": lambda: syscall(443, 443, -1, 0, 0, 0), "memfd_secret": lambda: syscall(447, 447, 0),
         "process_mrelease": lambda: syscall(448, 448, -1, 0), "set_mempolicy_home_node": lambda: syscall(450, 450, 0, 0, 0, 0),
         "cachestat": lambda: syscall(451, 451, -1, 0, 0, 0), "statmount": lambda: syscall(457, 457, 0, nothing, 256, 0),
         "listmount": lambda: syscall(458, 458, 0, nothing, 1, 0), "lsm_set_self_attr": lambda: syscall(460, 460, 0, 0, 0, 0),
         "open_tree_attr": lambda: syscall(467, 467, -100, ctypes.c_char_p(b"."), 1, 0, 0),
         "file_setattr": lambda: syscall(469, 469, -1, ctypes.c_char_p(b""), nothing, 24, 0)}
for number in (480, 500, 600, 1000):
    calls["number %d" % number] = lambda number=number: syscall(number, number, 0, 0, 0)
judge(calls)
