# SPDX-License-Identifier: Apache-2.0
# NB-TIME-03: no clock can be set and no time namespace entered
# Attack: settimeofday, adjtimex, clock_adjtime and /proc/self/timens_offsets, with arguments that change nothing
# Incident: Docker seccomp table (CAP_SYS_TIME); a moved clock changes certificates, logs and deadlines of the host
# @prelude probe.py
timex = ctypes.create_string_buffer(256)
timex[0:4] = (0x4000).to_bytes(4, sys.byteorder)  # ADJ_TICK with a tick of 0: refused for lack of rights, else EINVAL


def offsets():
    with open("/proc/self/timens_offsets", "w") as file:
        file.write("monotonic 1 0\n")
    return 0, 0


judge({"settimeofday": lambda: syscall(164, 170, 0, 0),
       "adjtimex": lambda: syscall(159, 171, timex),
       "clock_adjtime": lambda: syscall(305, 266, 0, timex),
       "timens_offsets": offsets}, also={"timens_offsets": errno.EROFS})
