# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-02: FIFOs, sockets and devices in outputs neither block nor are read
# Attack: FIFOs without a writer, unix sockets, and device nodes where they can be made
# Incident: the classic blocked worker: open(2) of a FIFO waits for ever; snekbox special file tests
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

import socket
import stat

os.makedirs("sub")
made = []
for entry in ("pipe.txt", "results.json", "sub/pipe"):
    try:
        os.mkfifo(entry)
        made.append(entry)
    except OSError:
        pass
listener = socket.socket(socket.AF_UNIX)
listener.bind("socket.txt")
for entry, kind, device in (("zero.txt", stat.S_IFCHR, os.makedev(1, 5)), ("disk.txt", stat.S_IFBLK, os.makedev(254, 0))):
    try:
        os.mknod(entry, 0o666 | kind, device)
    except OSError:
        pass
emit(True, "left a socket and the FIFOs %s" % made)
