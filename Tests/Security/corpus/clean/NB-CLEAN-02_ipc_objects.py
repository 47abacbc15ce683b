# SPDX-License-Identifier: Apache-2.0
# NB-CLEAN-02: shared memory, queues, semaphores and abstract names of one run are gone in the next
# Attack: POSIX and System V objects and an abstract socket; the next run looks for each
# Incident: isolate NEWS 2.6 (/dev/shm was shared among sandboxes), SysV IPC in the host's namespace
# @prelude probe.py
import socket

tag = "nb-ipc-" + CFG.get("campaign", "none")
key = int(CFG.get("ipc_key", 0x6E620001)) + 7
found = []
for path in ("/dev/shm/" + tag, "/dev/mqueue/" + tag, "/dev/shm/sem." + tag):
    if os.path.lexists(path):
        found.append(path)
queue = LIBC.mq_open(("/" + tag).encode(), 0)
if queue >= 0:
    found.append("message queue")
existing = {"shm": LIBC.shmget(key, 0, 0), "sem": LIBC.semget(key, 0, 0), "msg": LIBC.msgget(key, 0)}
found += ["System V " + label for label, identifier in existing.items() if identifier >= 0]
probe = socket.socket(socket.AF_UNIX)
if probe.connect_ex("\0" + tag) == 0:
    found.append("abstract socket")
planted = 0
if SANDBOXED:
    for path in ("/dev/shm/" + tag, "/dev/shm/sem." + tag):
        try:
            with open(path, "w") as file:
                file.write("x")
            planted += 1
        except OSError:
            pass
    planted += LIBC.mq_open(("/" + tag).encode(), os.O_CREAT | os.O_RDWR, 0o666, None) >= 0
    planted += LIBC.shmget(key, ctypes.c_size_t(4096), 0o1666) >= 0
    planted += LIBC.semget(key, 1, 0o1666) >= 0
    planted += LIBC.msgget(key, 0o1666) >= 0
    if os.fork() == 0:
        os.setsid()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("\0" + tag)
        listener.listen(1)
        time.sleep(25)
        os._exit(0)
    time.sleep(0.2)
emit(not found, "left by an earlier run: %s" % found if found else "clean; %d objects planted" % planted, found=found)
