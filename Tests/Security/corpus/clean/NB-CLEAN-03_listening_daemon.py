# SPDX-License-Identifier: Apache-2.0
# NB-CLEAN-03: a server that one run leaves does not answer the next
# Attack: a daemon listens on loopback ports and a socket file; the next run tries to connect
# Incident: Jupyter and dev servers left by earlier sessions; forged answers for the next user's requests
# @prelude probe.py
import socket

ports = [47621, 47622]
path = "/tmp/nb-daemon-" + CFG.get("campaign", "none")
found = []
for port in ports:
    for host in ("127.0.0.1", "::1"):
        try:
            socket.create_connection((host, port), timeout=1).close()
            found.append("%s:%d" % (host, port))
        except OSError:
            pass
probe = socket.socket(socket.AF_UNIX)
if probe.connect_ex(path) == 0:
    found.append(path)
if SANDBOXED and os.fork() == 0:
    os.setsid()
    for number in (1, 2, 13, 15):
        signal.signal(number, signal.SIG_IGN)
    kept = []
    for port in ports:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", port))
        listener.listen(1)
        kept.append(listener)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    time.sleep(25)
    os._exit(0)
time.sleep(0.3)
emit(not found, "answered by an earlier run: %s" % found if found else "nobody answers", found=found)
