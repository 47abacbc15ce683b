# SPDX-License-Identifier: Apache-2.0
# NB-CPU-03: CPU time spent inside the kernel is counted
# Attack: copy zeros in large reads: nearly all time is system time, none of it is the program's own
# Incident: accounting of user time only; Phoronix-style getrandom floods
# @prelude probe.py
deadline = time.monotonic() + 40
buffer = bytearray(64 * MIB)
with open("/dev/zero", "rb", buffering=0) as zero:
    while time.monotonic() < deadline:
        zero.readinto(buffer)
emit(False, "copied for 40 s")
