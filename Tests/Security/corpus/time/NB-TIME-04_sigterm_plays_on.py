# SPDX-License-Identifier: Apache-2.0
# NB-TIME-04: a polite end cannot be used to go on
# Attack: on SIGTERM: fork helpers, print and keep working; on SIGALRM the same; the deadline must not move
# Incident: kill grace periods that wait for the program; Docker stop's ten seconds
# @prelude probe.py
def go_on(*_):
    for _ in range(3):
        if os.fork() == 0:
            break
    os.write(1, b"still here\n")


for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGXCPU, signal.SIGUSR1):
    signal.signal(number, go_on)
end = time.monotonic() + 40
while time.monotonic() < end:
    time.sleep(0.2)
emit(False, "went on for 40 s")
