# SPDX-License-Identifier: Apache-2.0
# NB-KERN-14: system calls that no program uses any more are refused
# Attack: ustat, sysfs, uselib, remap_file_pages, nfsservctl, lookup_dcookie and other relics
# Incident: CVE-2014-0196 era relics; Docker's default profile leaves them out
# @prelude probe.py
text = ctypes.c_char_p(b"x")
judge({"ustat": lambda: syscall(136, None, 0, 0), "sysfs": lambda: syscall(139, None, 3, 0, 0),
       "uselib": lambda: syscall(134, None, text), "remap_file_pages": lambda: syscall(216, 234, 0, 0, 0, 0, 0),
       "_sysctl": lambda: syscall(156, None, 0), "nfsservctl": lambda: syscall(180, 42, 0, 0, 0),
       "lookup_dcookie": lambda: syscall(212, 18, 0, 0, 0), "vserver": lambda: syscall(236, None, 0),
       "create_module": lambda: syscall(174, None, 0, 0), "epoll_ctl_old": lambda: syscall(214, None, 0)})
