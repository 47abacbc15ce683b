# SPDX-License-Identifier: Apache-2.0
# NB-NET-09: privileged socket options are refused
# Attack: packet filter tables, marks, transparent proxying, forced buffers and connection repair on ordinary sockets
# Incident: CVE-2021-22555 and CVE-2016-4997 (IPT_SO_SET_REPLACE), CVE-2022-25636 (netfilter)
# @prelude probe.py
import socket

options = {"iptables": (0, 64, None), "arptables": (0, 96, None), "mark": (1, 36, 1), "forced buffer": (1, 33, 4096),
           "transparent": (0, 19, 1), "repair": (6, 19, 1), "debug": (1, 1, 1)}
allowed = []
for label, (level, option, value) in options.items():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as channel:
        try:
            if value is None:
                channel.getsockopt(level, option, 84)
            else:
                channel.setsockopt(level, option, value)
            allowed.append(label)
        except OSError as error:
            if error.errno not in REFUSALS + (errno.ENOPROTOOPT, errno.ENOENT):
                allowed.append("%s (%s)" % (label, name(error.errno)))
emit(not allowed, "allowed: %s" % allowed if allowed else "all refused")
