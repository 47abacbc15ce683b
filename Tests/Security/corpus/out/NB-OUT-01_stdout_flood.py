# SPDX-License-Identifier: Apache-2.0
# NB-OUT-01: endless output ends the run at its limit and costs the host nothing
# Attack: write 64 KiB blocks to stdout for ever
# Incident: Firecracker serial console warning; Docker json-file logs filling disks; judges that buffer all output
# @prelude probe.py
block = b"flood" * 13107
end = time.monotonic() + 40
total = 0
while time.monotonic() < end and total < 1536 * MIB:
    total += os.write(1, block)
emit(False, "wrote %d MiB" % (total >> 20))
