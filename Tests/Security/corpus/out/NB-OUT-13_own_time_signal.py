# SPDX-License-Identifier: Apache-2.0
# NB-OUT-13: a program that sends itself the signal of a limit is not reported as over the limit
# Attack: SIGXCPU to itself after milliseconds
# Incident: supervisors that take SIGXCPU for the CPU limit and SIGKILL for memory (isolate NEWS)
# @prelude probe.py
emit(True, "sending myself SIGXCPU; verdict outside: a signal, not a time limit")
signal.signal(signal.SIGXCPU, signal.SIG_DFL)
os.kill(os.getpid(), signal.SIGXCPU)
