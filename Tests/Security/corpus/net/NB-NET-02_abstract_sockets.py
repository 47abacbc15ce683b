# SPDX-License-Identifier: Apache-2.0
# NB-NET-02: abstract unix sockets of the host cannot be reached
# Attack: connect to the runner's abstract socket and to every abstract name that /proc/net/unix shows
# Incident: containerd CVE-2020-15257 (shim socket in the abstract namespace)
# @prelude probe.py
import socket

names = [CFG["abstract"]] if CFG.get("abstract") else []
if SANDBOXED:
    try:
        with open("/proc/net/unix") as table:
            names += [line.split()[-1][1:] for line in table if line.split()[-1].startswith("@")]
    except OSError:
        pass
reached = []
for each in dict.fromkeys(names):
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_UNIX, kind) as channel:
            if channel.connect_ex("\0" + each) == 0:
                reached.append(each)
emit(not reached, "connected to %s" % reached[:5] if reached else "none of %d names reached" % len(names))
