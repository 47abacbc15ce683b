# SPDX-License-Identifier: Apache-2.0
# NB-PROC-09: no foreign terminal is visible and none can be fed with input
# Attack: look for other pseudo-terminals; open an own one, make it the controlling terminal and push one byte with
#   TIOCSTI
# Incident: CVE-2017-5226 (bubblewrap, TIOCSTI), CVE-2019-10063 (flatpak), runc CVE-2025-52565 (console bind)
# @prelude probe.py
import fcntl
import termios

bad = []
try:
    bad += ["/dev/pts/" + n for n in os.listdir("/dev/pts") if n.isdigit()] if SANDBOXED else []
except OSError:
    pass


def push():
    leader, follower = os.openpty()
    os.setsid()
    fcntl.ioctl(follower, termios.TIOCSCTTY, 0)
    fcntl.ioctl(follower, termios.TIOCSTI, b"\0")
    return 0, 0


outcome = in_child(push)
allowed = outcome[0] == 0
emit(not bad and not allowed, "foreign terminals %s, TIOCSTI on an own terminal: %s" % (bad, say(outcome)))
