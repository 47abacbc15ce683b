# SPDX-License-Identifier: Apache-2.0
# NB-OUT-06: an exit code that looks like a kill is reported as an exit code
# Attack: leave with 137, which shells print for SIGKILL and engines read as out of memory
# Incident: Docker and snekbox report 137 for both; graders then blame the limit
# @prelude probe.py
emit(True, "leaving with 137; verdict outside: runtime_error, exit code 137, no signal")
os._exit(137)
