# SPDX-License-Identifier: Apache-2.0
# NB-NET-06: metadata services are unreachable under every spelling
# Attack: TCP connection attempts to the metadata addresses of eight providers, IPv6 and mapped spellings included;
#   nothing is sent
# Incident: Capital One 2019 (metadata credentials); Firecracker production set-up; CDK cloud.metadata_api
# @prelude probe.py
import select
import socket

UNREACHABLE = REFUSALS + (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL)


def attempt(address, port):
    """How a TCP connection attempt ends; None when there is no way to the address at all."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as stream:
            stream.setblocking(False)
            error = stream.connect_ex((address, port))
            if error == errno.EINPROGRESS:
                select.select([], [stream], [], 1.0)
                error = stream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or stream.connect_ex((address, port))
            return None if error in UNREACHABLE else "connected" if error in (0, errno.EISCONN) else name(error)
    except OSError as problem:
        return None if problem.errno in UNREACHABLE else name(problem.errno)


targets = [("169.254.169.254", 80), ("::ffff:169.254.169.254", 80), ("fd00:ec2::254", 80), ("169.254.170.2", 80),
           ("169.254.169.253", 53), ("100.100.100.200", 80), ("168.63.129.16", 80), ("192.0.0.192", 80),
           ("fd20:ce::254", 80), ("169.254.169.123", 123), ("169.254.20.10", 53)]
answers = {"%s:%d" % target: attempt(*target) for target in targets}
open_ways = {target: answer for target, answer in answers.items() if answer}
emit(not open_ways, "a way to %s" % open_ways if open_ways else "no way to any of %d addresses" % len(targets))
