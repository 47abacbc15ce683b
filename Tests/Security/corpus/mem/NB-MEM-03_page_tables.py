# SPDX-License-Identifier: Apache-2.0
# NB-MEM-03: memory in page tables is limited
# Attack: read one byte in every 2 MiB of a huge mapping: only the shared zero page is mapped, yet each read costs a
#   page table
# Incident: the OOM killer's blind spot for page tables (resident set stays at zero); CVE-2024 style PTE exhaustion
#   reports
# @prelude probe.py
cap, region, step = 1024 * MIB, 32 << 30, 2 * MIB
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
tables, why = 0, "cap"
while tables < cap:
    address = LIBC.mmap(None, region, 1, 0x4022, -1, 0)  # PROT_READ, private anonymous without reservation
    if address in (None, 2 ** 64 - 1):
        why = name(ctypes.get_errno())
        break
    LIBC.madvise(ctypes.c_void_p(address), ctypes.c_size_t(region), 15)  # no huge zero page
    for offset in range(0, region, step):
        ctypes.string_at(address + offset, 1)
    tables += region // step * 4096
    progress(tables)
emit(why != "cap" and within(tables, "mem_mb", cap), "%d MiB of page tables, stopped by %s" % (tables >> 20, why), bytes=tables)
