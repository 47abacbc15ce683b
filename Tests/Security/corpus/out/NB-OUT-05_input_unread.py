# SPDX-License-Identifier: Apache-2.0
# NB-OUT-05: input that the program does not read cannot hang the run
# Attack: 4 MiB of standard input; the program first fills its error output, then closes the input unread and leaves
#   with 6
# Incident: classic pipe deadlock: the supervisor writes input to its end before it reads output
# @prelude probe.py
os.write(2, b"e" * 200_000)
os.close(0)
emit(True, "closed the input unread; verdict outside: exit code 6")
os._exit(6)
