# SPDX-License-Identifier: Apache-2.0
# NB-OUT-10: output after the end of the program is neither awaited nor mixed in
# Attack: the program ends while children keep flooding its output
# Incident: subprocess.communicate() waits for the pipe, not for the program
# @prelude probe.py
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        end = time.monotonic() + 25
        while time.monotonic() < end:
            os.write(2, b"late\n")
            time.sleep(0.002)
        os._exit(0)
emit(True, "ended; verdict outside: the report came at once")
os._exit(0)
