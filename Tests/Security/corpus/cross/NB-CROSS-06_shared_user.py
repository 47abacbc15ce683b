# SPDX-License-Identifier: Apache-2.0
# NB-CROSS-06: two runs at the same time are different users of the host
# Attack: two runs at once sleep while the runner compares their users on the host
# Incident: RLIMIT_NPROC, keyrings, ptrace and signal permissions are per user of the host; isolate gives each box its
#   own
# @prelude probe.py
if os.fork() == 0:
    os.execv(sys.executable, ["nb-orphan-" + NONCE, "-S", "-c", "import time; time.sleep(4)"])
time.sleep(4)
emit(True, "verdict outside: the two runs have different users")
