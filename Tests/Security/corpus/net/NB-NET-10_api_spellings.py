# SPDX-License-Identifier: Apache-2.0
# NB-NET-10: the server's own interface is unreachable under every spelling of the local host
# Attack: connect to the API port by 127.0.0.1, 0.0.0.0, ::1, mapped and short forms, localhost, the host's name and
#   address
# Incident: Judge0 CVE-2024-29021 (the sandbox reconfigures its own server); ollama and Jupyter localhost services
# @prelude probe.py
import socket

ports = sorted({port for _, port in CFG.get("api", []) + CFG.get("host_tcp", [])})
if not ports:
    not_applicable("no port of the host is known")
hosts = ["127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "127.1.2.3", "localhost", CFG.get("host_name", "localhost")]
hosts += [address for address, _ in CFG.get("host_tcp", [])]
reached = []
for host in dict.fromkeys(hosts):
    for port in ports:
        try:
            socket.create_connection((host, port), timeout=1).close()
            reached.append("%s:%d" % (host, port))
        except OSError:
            pass
emit(not reached, "reached: %s" % reached[:6] if reached else "%d spellings, none reached" % len(set(hosts)))
