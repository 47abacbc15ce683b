# SPDX-License-Identifier: Apache-2.0
# NB-CPU-01: ignoring SIGXCPU and raising RLIMIT_CPU buys no time
# Attack: raise the soft limit to the hard one, ignore every signal and spin
# Incident: RLIMIT_CPU sends SIGXCPU first, which a program may ignore; isolate measures by cgroup instead
# @prelude probe.py
import resource

hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
deadline = time.monotonic() + 40
while time.monotonic() < deadline:
    pass
emit(False, "spun for 40 s")
