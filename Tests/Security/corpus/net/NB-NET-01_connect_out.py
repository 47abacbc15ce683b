# SPDX-License-Identifier: Apache-2.0
# NB-NET-01: no address outside can be connected to
# Attack: TCP connection attempts to public, private, carrier, documentation and link-local addresses, IPv4 and IPv6
# Incident: Judge0 CVE-2024-29021 (request forgery from a sandbox with network); Docker's bridge by default
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


targets = [("1.1.1.1", 443), ("8.8.8.8", 53), ("192.0.2.1", 80), ("10.0.0.1", 80), ("172.17.0.1", 2375), ("192.168.0.1", 80),
           ("100.64.0.1", 80), ("198.18.0.1", 80), ("255.255.255.255", 80), ("::ffff:1.1.1.1", 443),
           ("2606:4700:4700::1111", 443), ("2001:db8::1", 80), ("fd00::1", 80), ("64:ff9b::101:101", 443)]
answers = {"%s:%d" % target: attempt(*target) for target in targets}
open_ways = {target: answer for target, answer in answers.items() if answer}
emit(not open_ways, "a way to %s" % open_ways if open_ways else "no way to any of %d addresses" % len(targets))
