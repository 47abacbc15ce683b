# SPDX-License-Identifier: Apache-2.0
# NB-FS-10: chroot is refused and cannot be used to walk out
# Attack: chroot into a directory while holding a descriptor outside, fchdir there and climb with ..: the classic
#   break-out
# Incident: chroot(2) BUGS section; CVE-2022-21658 class; Docker keeps CAP_SYS_CHROOT by default
# @prelude probe.py
path = CFG.get("canary_file", "/nonexistent")


def walk_out():
    os.makedirs("jail", exist_ok=True)
    outside = os.open(".", os.O_RDONLY)
    os.chroot("jail")
    os.fchdir(outside)
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    return 1 if os.path.exists(path) else 0, 0


outcome = in_child(walk_out)
try:
    os.rmdir("jail")
except OSError:
    pass
emit(refused(outcome), "chroot: %s" % say(outcome))
