# SPDX-License-Identifier: Apache-2.0
# NB-MEM-02: memory in socket buffers is limited
# Attack: fill unix socket pairs with unread data in eight processes: kernel memory, in nobody's resident set
# Incident: CVE-2013-4312 (unix in-flight memory), moby#39004 class; only kernel memory accounting sees it
# @prelude probe.py
import resource
import socket

cap, processes = 1024 * MIB, 8
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096) if hard > 0 else 4096, hard))
reader, writer = os.pipe()
children = []


def fill():
    kept, total, unreported = [], 0, 0
    while total < cap // processes:
        left, right = socket.socketpair()
        kept += [left, right]
        for end in (left, right):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * MIB)
            try:
                while True:
                    sent = end.send(b"\x01" * 65536)
                    total += sent
                    unreported += sent
            except BlockingIOError:
                pass
        while unreported >= MIB:
            os.write(writer, b"+")
            unreported -= MIB
    time.sleep(3)


for _ in range(processes):
    pid = os.fork()
    if pid == 0:
        try:
            fill()
        except OSError:
            os.write(writer, b"!")
            time.sleep(3)
        os._exit(0)
    children.append(pid)
os.close(writer)
total, refused_by_kernel = 0, 0
while block := os.read(reader, 65536):
    total += block.count(b"+") * MIB
    refused_by_kernel += block.count(b"!")
    progress(total)
killed = sum(os.waitpid(pid, 0)[1] != 0 for pid in children)
detail = "%d MiB queued, %d processes refused, %d killed" % (total >> 20, refused_by_kernel, killed)
emit(refused_by_kernel + killed > 0 and within(total, "mem_mb", cap), detail, bytes=total)
