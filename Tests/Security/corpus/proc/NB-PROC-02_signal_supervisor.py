# SPDX-License-Identifier: Apache-2.0
# NB-PROC-02: signals cannot stop or confuse the process that reports the result
# Attack: send 14 signals to pid 1 and to the parent by kill, tgkill, pidfd_send_signal and rt_sigqueueinfo, then exit
#   with 12
# Incident: Docker pid-1 problem; measured with runc: kill and stop signals to pid 1 change what is reported
# @prelude probe.py
only_sandboxed()
emit(True, "signalling pid 1 and the parent; verdict outside: exit code 12")
info = ctypes.create_string_buffer(128)
for number in (1, 2, 3, 6, 10, 12, 13, 14, 15, 11, 20, 23, 19, 9):
    for pid in {1, os.getppid()} - {0, os.getpid()}:
        try:
            os.kill(pid, number)
        except OSError:
            pass
        syscall(234, 131, pid, pid, number)
        syscall(129, 138, pid, number, info)
        handle = syscall(434, 434, pid, 0)[0]
        if handle >= 0:
            syscall(424, 424, handle, number, 0, 0)
            os.close(handle)
os._exit(12)
