# SPDX-License-Identifier: Apache-2.0
# NB-FORGE-04: orphans reaped by the supervisor are not taken for the program
# Attack: two hundred orphans with exit code 0 pass through pid 1 before and while the program leaves with 21
# Incident: init processes that report the status of any child they reap (Docker tini pid confusion)
# @prelude probe.py
for number in range(200):
    try:
        if os.fork() == 0:
            if os.fork():
                os._exit(0)
            time.sleep(0.0005 * number)
            os._exit(0)
        os.wait()
    except OSError:
        break
emit(True, "orphans on their way; verdict outside: exit code 21")
os._exit(21)
