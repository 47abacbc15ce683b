# SPDX-License-Identifier: Apache-2.0
# NB-PROC-12: unreaped children count towards the process limit
# Attack: fork children that end at once and are never waited for: they hold a pid each but use nothing
# Incident: pid exhaustion by zombies; pids cgroup counts them until they are reaped, RLIMIT_NPROC too
# @prelude probe.py
cap, count, why = 3000, 0, "cap"
try:
    while count < cap:
        if os.fork() == 0:
            os._exit(0)
        count += 1
        if count % 100 == 0:
            progress(count)
except OSError as error:
    why = name(error.errno)
emit(why != "cap" and within(count, "pids", cap), "%d zombies, stopped by %s" % (count, why), zombies=count)
os._exit(0)
