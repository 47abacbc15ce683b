# SPDX-License-Identifier: Apache-2.0
# NB-NET-03: virtual machine sockets are refused
# Attack: open AF_VSOCK sockets and ask for the local context: they reach the hypervisor around every namespace
# Incident: isolate flag 2, moby#45711 (AF_VSOCK blocked by default since 2023)
# @prelude probe.py
import socket


def open_socket(kind):
    with socket.socket(40, kind):
        return 0, 0


def open_device():
    os.close(os.open("/dev/vsock", os.O_RDONLY))
    return 0, 0


def absent(call):
    """A kernel or a root without vsock is as good as a refusal."""
    outcome = in_child(call)
    return refused(outcome) or outcome[0] == -1 and outcome[1] in (errno.ENOENT, errno.EAFNOSUPPORT, errno.ENODEV)


attempts = {"stream": lambda: open_socket(1), "datagram": lambda: open_socket(2), "packet": lambda: open_socket(5),
            "/dev/vsock": open_device}
reached = [label for label, attempt in attempts.items() if not absent(attempt)]
emit(not reached, "open: %s" % reached if reached else "refused")
