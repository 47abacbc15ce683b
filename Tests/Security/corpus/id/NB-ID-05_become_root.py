# SPDX-License-Identifier: Apache-2.0
# NB-ID-05: no installed program makes the user root
# Attack: sudo, su, pkexec, runuser, newgrp and setpriv, without a password and without a terminal
# Incident: CVE-2021-3156 (sudo), CVE-2021-4034 (pkexec), container images with passwordless sudo
# @prelude probe.py
import subprocess

ways = [["sudo", "-n", "id", "-u"], ["su", "-c", "id -u", "root"], ["pkexec", "id", "-u"], ["doas", "-n", "id", "-u"],
        ["runuser", "-u", "root", "--", "id", "-u"], ["setpriv", "--reuid", "0", "id", "-u"], ["sg", "root", "-c", "id -u"]]
became = ["plain"] if os.geteuid() == 0 else []
for command in ways:
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=4, start_new_session=True)
        if result.stdout.strip() == b"0":
            became.append(command[0])
    except (OSError, subprocess.TimeoutExpired):
        pass
emit(not became, "root by %s" % became if became else "none of %d ways works" % len(ways))
