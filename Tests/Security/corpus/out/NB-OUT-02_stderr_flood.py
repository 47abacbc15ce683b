# SPDX-License-Identifier: Apache-2.0
# NB-OUT-02: endless error output is limited like output
# Attack: write to stderr for ever while stdout stays almost empty
# Incident: supervisors that cap stdout only, or that read one pipe and block on the other
# @prelude probe.py
block = b"\x1b[31merror\x07" * 6000
end = time.monotonic() + 40
total = 0
while time.monotonic() < end and total < 1536 * MIB:
    total += os.write(2, block)
emit(False, "wrote %d MiB" % (total >> 20))
