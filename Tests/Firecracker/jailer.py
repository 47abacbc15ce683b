#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stands for Firecracker's jailer in tests: its command line and the places it makes, as docs/jailer.md of Firecracker describes
them. It confines nothing: what it starts is `firecracker.py`, which is no wall either. `NESTBOX_STUB` tells that where it came from."""
import os
import re
import resource
import shutil
import sys

NEEDED = {"--id", "--exec-file", "--uid", "--gid"}
VALUES = NEEDED | {"--chroot-base-dir", "--netns", "--cgroup", "--cgroup-version", "--parent-cgroup", "--resource-limit"}
FLAGS = {"--daemonize", "--new-pid-ns"}
LIMITS = {"fsize": resource.RLIMIT_FSIZE, "no-file": resource.RLIMIT_NOFILE}


def fail(message):
    sys.exit(f"jailer: {message}")


def parse(words):
    values, limits = {}, []
    while words:
        word = words.pop(0)
        if word == "--":
            return values, limits, words
        if word in FLAGS:
            values[word] = True
        elif word in VALUES and words:
            if word == "--resource-limit":
                limits.append(words.pop(0))
            elif word in values:
                fail(f"{word} is given twice")
            else:
                values[word] = words.pop(0)
        else:
            fail(f"unknown argument {word}")
    return values, limits, []


def main():
    stub = os.path.dirname(os.path.realpath(__file__))
    with open(f"{stub}/behaviour", encoding="utf-8") as file:
        behaviour = file.read().strip()
    values, limits, rest = parse(sys.argv[1:])
    if NEEDED - values.keys():
        fail(f"lacks {sorted(NEEDED - values.keys())}")
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", values["--id"]):
        fail("an id has up to 64 letters, digits and hyphens")
    program = values["--exec-file"]
    name = os.path.basename(os.path.realpath(program))
    if "firecracker" not in name or not os.path.isfile(program):
        fail(f"{program} is no Firecracker")
    if behaviour == "jailer":
        fail("told to fail")
    user, group = int(values["--uid"]), int(values["--gid"])
    root = os.path.join(os.path.realpath(values.get("--chroot-base-dir", "/srv/jailer")), name, values["--id"], "root")
    os.makedirs(root, exist_ok=True)
    # Every Firecracker is another user.
    open(f"{stub}/log/requests", "a", encoding="utf-8").close()
    os.chmod(f"{stub}/log/requests", 0o666)
    shutil.copy(program, f"{root}/{name}")
    os.chdir(root)
    for limit in limits:
        kind, number = limit.split("=")
        # An emulator has its guest's memory in a file.
        if not (behaviour == "qemu" and kind == "fsize"):
            resource.setrlimit(LIMITS[kind], (int(number), int(number)))
    for place in [".", "dev", "run"]:
        os.makedirs(place, exist_ok=True)
        os.chmod(place, 0o700)
        os.chown(place, user, group)
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    # Not by its path, which the jailer's own root would make short, and which here leads through places of root's.
    program = os.open(name, os.O_RDONLY)
    os.set_inheritable(program, True)
    words = ["python3", "-B", f"/proc/self/fd/{program}", "--id", values["--id"], "--start-time-us", "1", "--start-time-cpu-us", "1"]
    os.execve("/usr/bin/python3", words + rest, {"NESTBOX_STUB": stub, "PATH": "/usr/bin:/bin"})


main()
