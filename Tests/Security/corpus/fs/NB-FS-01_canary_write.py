# SPDX-License-Identifier: Apache-2.0
# NB-FS-01: a file of the host cannot be changed by any path trick
# Attack: append to, rename, chmod and link the host canary and create a file beside it, through /proc roots, old-root
#   names and .. chains
# Incident: Judge0 CVE-2024-28185 (host file written through a planted link), runc CVE-2024-21626
# @prelude probe.py
path = CFG.get("canary_file")
if not path:
    not_applicable("no canary configured")
roots = ["", "/proc/1/root", "/proc/self/root", "/proc/%d/root" % os.getppid(), "/oldroot", "/.oldroot", "/old_root",
         "/host", "/rootfs", "/mnt/host", "/proc/self/cwd" + "/.." * 12, "/proc/thread-self/root", "/proc/1/cwd" + "/.." * 12]


def append(target):
    descriptor = os.open(target, os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, b"changed by %s\n" % ID.encode())
    os.close(descriptor)


def sibling(target):
    created = os.path.join(os.path.dirname(target), "created-by-" + ID)
    os.close(os.open(created, os.O_CREAT | os.O_WRONLY, 0o600))
    os.unlink(created)


def move(target):
    os.rename(target, target + ".moved")
    os.rename(target + ".moved", target)


def link(target):
    os.link(target, "canary-link")
    os.unlink("canary-link")


done = []
for root in roots:
    for act in (append, sibling, move, link, lambda target: os.chmod(target, 0o666)):
        try:
            act(root + path)
            done.append("%s via %s" % (act.__name__, root or "/"))
        except OSError:
            pass
emit(not done, "host canary changed: %s" % done[:6] if done else "untouched by %d roots x 5 operations" % len(roots))
