# SPDX-License-Identifier: Apache-2.0
# NB-OUT-09: changing the modes of the standard pipes does not disturb the supervisor
# Attack: non-blocking and asynchronous flags, one-page pipe size, a lease, owner signals; then a megabyte of output
#   in bits
# Incident: O_NONBLOCK on a shared description breaks the parent (classic ssh and make bug)
# @prelude probe.py
import fcntl

for descriptor in (0, 1, 2):
    for command, value in ((fcntl.F_SETFL, os.O_NONBLOCK | 0o20000), (1031, 4096), (fcntl.F_SETOWN, 1), (10, 9),
                           (1024, fcntl.F_RDLCK), (1026, 0x8000003F)):
        try:
            fcntl.fcntl(descriptor, command, value)
        except OSError:
            pass
sent = 0
while sent < 900_000:
    try:
        sent += os.write(1, b"." * 999 + b"\n")
    except BlockingIOError:
        time.sleep(0.001)
fcntl.fcntl(1, fcntl.F_SETFL, 0)
emit(True, "sent %d bytes through a tampered pipe; verdict outside: all arrived, exit code 8" % sent)
os._exit(8)
