# SPDX-License-Identifier: Apache-2.0
# NB-PROC-03: a program that stops itself and everything else is ended by the wall limit
# Attack: SIGSTOP to all processes and to itself: no CPU is used and SIGTERM stays pending for ever
# Incident: DMOJ and isolate handle stopped boxes by the wall clock; Firecracker plan F11 (cannot kill: stopped)
# @prelude probe.py
only_sandboxed()
os.write(1, b"stopping\n")
try:
    os.kill(-1, signal.SIGSTOP)
except OSError:
    pass
os.kill(os.getpid(), signal.SIGSTOP)
emit(False, "somebody continued the program")
