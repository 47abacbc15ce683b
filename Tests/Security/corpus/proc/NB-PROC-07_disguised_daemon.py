# SPDX-License-Identifier: Apache-2.0
# NB-PROC-07: a daemon that looks like a kernel thread does not survive
# Attack: rename to [kworker/0:1], overwrite the arguments, empty the environment, leave session, directory and
#   descriptors
# Incident: crypto-miners hide this way; clean-up by name or by process group misses them
# @prelude probe.py
only_sandboxed()
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    LIBC.prctl(15, b"kworker/0:1", 0, 0, 0)
    LIBC.prctl(1, 0, 0, 0, 0)
    os.chdir("/")
    tag = os.memfd_create("nb-orphan-" + NONCE, 0)
    os.set_inheritable(tag, True)
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    for number in (1, 2, 3, 13, 14, 15):
        signal.signal(number, signal.SIG_IGN)
    os.execve("/bin/sleep", ["[kworker/0:1]", "40"], {})
time.sleep(0.3)
emit(True, "disguised daemon started; verdict outside: gone")
