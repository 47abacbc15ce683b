# SPDX-License-Identifier: Apache-2.0
# NB-MEM-05: repeated out-of-memory kills end the run instead of burning the host
# Attack: a small parent keeps starting children that exceed the limit and offer themselves to the OOM killer first
# Incident: memory.oom.group exists because of this; host-wide stalls by endless OOM kills in one container
# @prelude probe.py
deadline = time.monotonic() + 30
kills = 0
while time.monotonic() < deadline:
    pid = os.fork()
    if pid == 0:
        try:
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write("1000")
        except OSError:
            pass
        held = []
        for count in range(128):
            held.append(b"\x01" * (16 * MIB))
            progress(len(held) * 16 * MIB)
        os._exit(0)
    if os.waitpid(pid, 0)[1] == 0:
        emit(False, "a child held 2 GiB")
        sys.exit(0)
    kills += 1
emit(True, "%d children were killed; verdict outside: memory_limit, and soon" % kills)
