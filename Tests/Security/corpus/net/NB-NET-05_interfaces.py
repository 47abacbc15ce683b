# SPDX-License-Identifier: Apache-2.0
# NB-NET-05: there is no interface but loopback and none can be configured
# Attack: list interfaces, set flags of loopback to what they are, open a tunnel device, add a link by netlink
# Incident: CVE-2022-0185 chain (network configuration in an own namespace); deepce interface checklist
# @prelude probe.py
import fcntl
import socket
import struct

fallback = ("lo", "sit0", "tunl0", "gre0", "gretap0", "erspan0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0", "teql0")
others = [each for _, each in socket.if_nameindex() if each not in fallback]


def set_flags():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        request = bytearray(struct.pack("16sh22x", b"lo", 0))
        fcntl.ioctl(channel, 0x8913, request)
        fcntl.ioctl(channel, 0x8914, request)
    return 0, 0


def tunnel():
    os.close(os.open("/dev/net/tun", os.O_RDWR))
    return 0, 0


def add_link():
    with socket.socket(16, socket.SOCK_RAW, 0) as channel:
        body = struct.pack("BxHiII", 0, 0, 0, 0, 0)  # RTM_NEWLINK without a name or kind: refused or EINVAL, never made
        channel.send(struct.pack("IHHII", 16 + len(body), 16, 0x5, 1, 0) + body)
        answer = channel.recv(4096)
    number = struct.unpack_from("i", answer, 16)[0]
    return (-1, -number) if number else (0, 0)


outcomes = {"set flags": in_child(set_flags), "tunnel": in_child(tunnel), "netlink": in_child(add_link)}
absent = {"set flags": (errno.ENOTTY,), "tunnel": (errno.ENOENT, errno.ENODEV, errno.ENXIO), "netlink": (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)}
allowed = [label for label, outcome in outcomes.items() if not refused(outcome) and outcome[1] not in absent.get(label, ())]
emit(not others and not allowed, "interfaces %s, possible: %s" % (others, [(label, say(outcomes[label])) for label in allowed]))
