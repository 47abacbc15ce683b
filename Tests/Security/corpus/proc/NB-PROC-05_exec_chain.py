# SPDX-License-Identifier: Apache-2.0
# NB-PROC-05: a program that keeps replacing itself is still ended
# Attack: exec itself again and again under changing names: the process id stays, everything else changes
# Incident: supervisors that identify a program by its name or command line lose it
# @prelude probe.py
chain = """
import os, sys, time
if time.time() < float(sys.argv[1]):
    os.execv("/proc/self/exe", ["link-%d" % (time.time() * 1000), "-S", "-c", sys.argv[3], sys.argv[1], sys.argv[2], sys.argv[3]])
print('{"id": "@@CHECK_ID@@", "contained": false, "detail": "ran for 40 s"}')
"""
os.execv("/proc/self/exe", ["link-0", "-S", "-c", chain, str(time.time() + 40), "nb-orphan-" + NONCE, chain])
