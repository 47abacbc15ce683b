# SPDX-License-Identifier: Apache-2.0
# NB-KERN-09: pages cannot be moved between nodes for others
# Attack: migrate_pages, and move_pages and mbind with MPOL_MF_MOVE_ALL
# Incident: CVE-2022-0185 era exploits spray with them; Docker allows them with CAP_SYS_NICE only
# @prelude probe.py
judge({"move_pages": lambda: syscall(279, 239, 0, 0, 0, 0, 0, 4), "mbind": lambda: syscall(237, 235, 0, 0, 0, 0, 0, 4),
       "migrate_pages": lambda: syscall(256, 238, 0, 0, 0, 0)})
