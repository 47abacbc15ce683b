# SPDX-License-Identifier: Apache-2.0
# NB-FS-11: no descriptor, working directory or magic link leads above the root
# Attack: open the canary relative to every open descriptor and through /proc links; look for an (unreachable) working
#   directory
# Incident: runc CVE-2024-21626 (leaked descriptor and working directory), CVE-2016-9962
# @prelude probe.py
path = CFG.get("canary_file", "")
if not path:
    not_applicable("no canary configured")
ways = []
try:
    if os.getcwd().startswith("(unreachable)"):
        ways.append("working directory is outside the root")
except OSError as error:
    ways.append("getcwd: " + name(error.errno))
holders = {"descriptor %d" % d: d for d in range(0, 256)}
for top in (".", "/", "/proc/self/root", "/proc/thread-self/root", "/proc/self/cwd", "/proc/1/root", "/proc/1/cwd"):
    try:
        holders[top] = os.open(top, os.O_PATH)
    except OSError:
        pass
for label, descriptor in holders.items():
    for climb in ("../" * 40 + path.lstrip("/"), os.path.basename(path)):
        try:
            with os.fdopen(os.open(climb, os.O_RDONLY, dir_fd=descriptor), "rb") as file:
                if TOKEN in file.read(4096):
                    ways.append(label)
        except OSError:
            pass
emit(not ways, "canary reached: %s" % ways[:6] if ways else "nothing reached through %d handles" % len(holders))
