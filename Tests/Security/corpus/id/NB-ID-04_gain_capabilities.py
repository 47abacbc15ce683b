# SPDX-License-Identifier: Apache-2.0
# NB-ID-04: capabilities can neither be set nor stored
# Attack: capset to all, a file capability by extended attribute, the securebits, an ambient capability
# Incident: CVE-2018-18955, CVE-2022-24769 (inheritable capabilities), OCI process_capabilities
# @prelude probe.py
with open("capable", "w"):
    pass
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
everything = (ctypes.c_uint32 * 6)(0xFFFFFFFF, 0xFFFFFFFF, 0, 0x1FF, 0x1FF, 0)
stored = bytes.fromhex("01000002" "00200000" "00000000" "00000000" "00000000")


def store():
    os.setxattr("capable", "security.capability", stored)
    return 0, 0


def raise_ambient():
    return LIBC.prctl(47, 2, 13, 0, 0), ctypes.get_errno()


judge({"capset": lambda: syscall(126, 91, header, everything), "file capability": store,
       "securebits": lambda: (LIBC.prctl(28, 1, 0, 0, 0), ctypes.get_errno()), "ambient": raise_ambient})
os.unlink("capable")
