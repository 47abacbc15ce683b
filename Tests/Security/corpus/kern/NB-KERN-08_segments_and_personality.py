# SPDX-License-Identifier: Apache-2.0
# NB-KERN-08: segment tables and unsafe personalities are refused
# Attack: modify_ldt, and personalities that map page zero, make all memory executable or turn address randomisation
#   off
# Incident: CVE-2015-5157 and CVE-2017-17053 (modify_ldt), CVE-2009-2692 (page zero), Docker's personality rule
# @prelude probe.py
table = ctypes.create_string_buffer(64)
judge({"modify_ldt": lambda: syscall(154, None, 0, table, 64), "map page zero": lambda: syscall(135, 92, 0x0100000),
       "read implies execute": lambda: syscall(135, 92, 0x0400000), "no randomisation": lambda: syscall(135, 92, 0x0040000),
       "old layout": lambda: syscall(135, 92, 0x0200000)})
