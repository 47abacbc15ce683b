# SPDX-License-Identifier: Apache-2.0
# NB-OUT-14: a hundred thousand one-byte writes arrive complete
# Attack: alternate single bytes on both streams: one frame per byte would cost the host a thousand times the output
# Incident: per-write framing and logging overhead; E2B and Jupyter message floods
# @prelude probe.py
for _ in range(100_000):
    os.write(1, b"o")
    os.write(2, b"e")
os.write(1, b"\n")
emit(True, "verdict outside: every byte arrived")
