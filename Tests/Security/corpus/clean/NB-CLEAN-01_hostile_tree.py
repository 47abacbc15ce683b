# SPDX-License-Identifier: Apache-2.0
# NB-CLEAN-01: whatever a run leaves in its directories is removed
# Attack: closed directories, long and invalid names, depth, many files, open descriptors of a daemon, sparse giants,
#   FIFOs
# Incident: isolate --cleanup, Docker rm errors 'device or resource busy', rm -rf running out of path or stack
# @prelude probe.py
import random

mark = "nb-left-" + CFG.get("campaign", "none")
places = [os.getcwd(), os.path.expanduser("~"), "/tmp", "/var/tmp", "/dev/shm"]
left = 0
for place in dict.fromkeys(places) if SANDBOXED else ():
    try:
        top = os.path.join(place, mark)
        os.makedirs(top + "/closed/inner")
        with open(os.path.join(top.encode(), b"\xff\x80\n" + b"n" * 200), "w") as file:
            file.truncate(1 << 40)
        os.mkfifo(top + "/fifo")
        for number in range(300):
            with open("%s/f%d" % (top, number), "w") as file:
                file.write("x")
        if os.fork() == 0:
            os.setsid()
            os.chdir(top + "/closed")
            kept = open(top + "/f0")
            time.sleep(25)
            os._exit(0)
        os.chmod(top + "/closed/inner", 0)
        os.chmod(top + "/closed", 0)
        os.chmod(top, 0)
        left += 1
    except OSError:
        pass
emit(True, "left hostile trees in %d places; verdict outside: nothing on the host" % left)
