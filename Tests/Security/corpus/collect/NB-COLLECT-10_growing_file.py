# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-10: a file that grows while it is collected is bounded and consistent
# Attack: children append to and truncate a file as fast as they can while the program ends
# Incident: readers that trust fstat and then read to the end
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        end = time.monotonic() + 20
        with open("grow.bin", "ab", buffering=0) as file:
            while time.monotonic() < end:
                try:
                    file.write(b"g" * 65536)
                    if file.tell() > 8 << 20:
                        file.truncate(0)
                except OSError:
                    pass
        os._exit(0)
time.sleep(0.3)
emit(True, "grow.bin keeps changing")
os._exit(0)
