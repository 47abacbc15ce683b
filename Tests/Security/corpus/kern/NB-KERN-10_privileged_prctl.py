# SPDX-License-Identifier: Apache-2.0
# NB-KERN-10: privileged process controls are refused
# Attack: replace the executable link, become an I/O flusher, drop from the bounding set, change the securebits
# Incident: CVE-2019-5736 class (exe links), OCI capability tests
# @prelude probe.py
judge({"exe link": lambda: (LIBC.prctl(35, 13, -1, 0, 0), ctypes.get_errno()),
       "I/O flusher": lambda: (LIBC.prctl(57, 1, 0, 0, 0), ctypes.get_errno()),
       "bounding set": lambda: (LIBC.prctl(24, 40, 0, 0, 0), ctypes.get_errno()),
       "securebits": lambda: (LIBC.prctl(28, 0x2F, 0, 0, 0), ctypes.get_errno())})
