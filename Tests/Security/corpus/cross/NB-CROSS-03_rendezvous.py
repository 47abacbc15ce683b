# SPDX-License-Identifier: Apache-2.0
# NB-CROSS-03: two runs at the same time cannot meet
# Attack: both look for each other for four seconds: loopback, abstract and file sockets, shared memory, queues,
#   marks, processes
# Incident: isolate NEWS 2.6 (/dev/shm shared among sandboxes), CVE-2020-15257, SandboxBench sibling scenarios
# @prelude probe.py
import socket

campaign = CFG.get("campaign", "none")
tag, me = "nb-meet-" + campaign, NONCE
key = int(CFG.get("ipc_key", 0x6E620001)) + 11
places = ["/tmp", "/var/tmp", "/dev/shm", "/run", os.getcwd(), os.path.expanduser("~"), "/dev/mqueue"]
found, listeners = set(), []
segment = LIBC.shmget(key, ctypes.c_size_t(4096), 0o1600 | 0o2000)  # exclusive: fails when the other one made it
if segment < 0 and ctypes.get_errno() == errno.EEXIST:
    found.add("System V segment")
for family, address in ((socket.AF_INET, ("127.0.0.1", 47631)), (socket.AF_UNIX, "\0" + tag)):
    listener = socket.socket(family)
    try:
        listener.bind(address)
        listener.listen(4)
        listener.setblocking(False)
        listeners.append(listener)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            found.add("address taken: %s" % (address,))
for place in places:
    try:
        with open(os.path.join(place, tag + "-" + me), "w") as file:
            file.write("x")
    except OSError:
        pass
end = time.monotonic() + 4
while time.monotonic() < end:
    for place in places:
        try:
            found |= {os.path.join(place, e) for e in os.listdir(place) if e.startswith(tag) and not e.endswith(me)}
        except OSError:
            pass
    for listener in listeners:
        try:
            listener.accept()
            found.add("connection on %r" % (listener.getsockname(),))
        except OSError:
            pass
    if len(listeners) < 2:
        for family, address in ((socket.AF_INET, ("127.0.0.1", 47631)), (socket.AF_UNIX, "\0" + tag)):
            if socket.socket(family).connect_ex(address) == 0:
                found.add("reached %r" % (address,))
    time.sleep(0.1)
for place in places:
    try:
        os.unlink(os.path.join(place, tag + "-" + me))
    except OSError:
        pass
if segment >= 0:
    LIBC.shmctl(segment, 0, None)
emit(not found, "met: %s" % sorted(found)[:6] if found else "met nobody in 4 s", found=sorted(found))
