# SPDX-License-Identifier: Apache-2.0
# NB-NET-08: the host cannot be met through a socket opened inside
# Attack: listen on an abstract name and on every local address; the runner knocks from the host meanwhile
# Incident: containerd CVE-2020-15257 in reverse; a sandbox that can wait for host services to call it
# @prelude probe.py
import select
import socket

listeners = []
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\0nb-inside-" + NONCE)
listeners.append(abstract)
for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    try:
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, CFG.get("listen_port", 47615)))
        listeners.append(listener)
    except OSError:
        pass
for listener in listeners:
    listener.listen(4)
met = select.select(listeners, [], [], 3)[0]
emit(not met, "met on %s" % [listener.getsockname() for listener in met] if met else "nobody came in 3 s")
