# SPDX-License-Identifier: Apache-2.0
# NB-CLEAN-05: descriptors that travel in a circle of sockets do not outlive the run
# Attack: pass a 64 MiB memory file and both ends of a socket pair through that pair, so that only the kernel's
#   collector frees them
# Incident: CVE-2021-0920 and CVE-2023-4622 (unix socket garbage collector)
# @prelude probe.py
import socket

memory = os.memfd_create("nb-flight-" + NONCE, 0)
for _ in range(16):
    os.write(memory, b"\x01" * (4 * MIB))
for _ in range(4):
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    socket.send_fds(left, [b"x"], [memory, left.fileno(), right.fileno()])
    socket.send_fds(right, [b"x"], [memory, left.fileno(), right.fileno()])
    left.close()
    right.close()
emit(True, "64 MiB in flight; verdict outside: the host's shared memory is as before")
os._exit(0)
