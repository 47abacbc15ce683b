# SPDX-License-Identifier: Apache-2.0
# NB-KERN-15: rare transport protocols cannot be opened, nor their modules loaded
# Attack: SCTP, DCCP, UDP-Lite, L2TP and IPsec sockets on ordinary address families: opening one makes the kernel load
#   its module
# Incident: CVE-2017-6074 (DCCP), CVE-2021-23133 (SCTP), CVE-2022-4129 (L2TP)
# @prelude probe.py
import socket

kinds = {"sctp": (2, 1, 132), "sctp one-to-many": (2, 5, 132), "dccp": (2, 6, 33), "udplite": (2, 2, 136), "l2tp": (2, 2, 115),
         "sctp over ipv6": (10, 1, 132), "ah": (2, 3, 51), "esp": (2, 3, 50)}
opened = []
for label, arguments in kinds.items():
    try:
        socket.socket(*arguments).close()
        opened.append(label)
    except OSError:
        pass
emit(not opened, "opened: %s" % opened if opened else "all refused or absent")
