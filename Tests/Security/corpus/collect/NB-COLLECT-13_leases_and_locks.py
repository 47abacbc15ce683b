# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-13: leases and locks on outputs do not delay the host
# Attack: hold write leases and exclusive locks on every output from children that outlive the program
# Incident: F_SETLEASE makes other openers wait for lease-break-time (45 s); NFS and Samba locks
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

import fcntl

for number in range(5):
    with open("leased%d.txt" % number, "w") as file:
        file.write("leased")
if os.fork() == 0:
    os.setsid()
    kept = []
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    for number in range(5):
        for flags, command, value in ((os.O_RDWR, 1024, fcntl.F_WRLCK), (os.O_RDONLY, 1024, fcntl.F_RDLCK)):
            descriptor = os.open("leased%d.txt" % number, flags)
            kept.append(descriptor)
            try:
                fcntl.fcntl(descriptor, command, value)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                pass
    time.sleep(25)
    os._exit(0)
time.sleep(0.3)
emit(True, "five leased files")
os._exit(0)
