# SPDX-License-Identifier: Apache-2.0
# NB-NET-04: raw, packet and ping sockets are refused
# Attack: open AF_PACKET, raw IPv4 and IPv6 and unprivileged ICMP sockets
# Incident: CVE-2020-14386 and CVE-2017-7308 (AF_PACKET to root), Docker default CAP_NET_RAW (spoofing on the bridge)
# @prelude probe.py
import socket

kinds = {"packet raw": (17, socket.SOCK_RAW, 0x0300), "packet datagram": (17, socket.SOCK_DGRAM, 0x0300),
         "ipv4 icmp": (2, socket.SOCK_RAW, 1), "ipv4 raw": (2, socket.SOCK_RAW, 255), "ipv6 icmp": (10, socket.SOCK_RAW, 58),
         "ping": (2, socket.SOCK_DGRAM, 1), "ping6": (10, socket.SOCK_DGRAM, 58)}
opened = []
for label, arguments in kinds.items():
    try:
        socket.socket(*arguments).close()
        opened.append(label)
    except OSError:
        pass
emit(not opened, "opened: %s" % opened if opened else "all refused")
