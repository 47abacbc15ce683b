# SPDX-License-Identifier: Apache-2.0
"""What a sandbox could leave behind on this machine, as sets that can be compared before and after."""
import os
import pathlib
import re
import time


# Sandboxes and their cgroups are named after an identifier: a prefix and 26 characters.
SANDBOX = re.compile(r"[a-z]+_[a-z2-7]{26}")
OURS = re.compile(r"nestbox|" + SANDBOX.pattern)


def own_processes():
    """Process ids and names of Nestbox and of what runs in its cgroups; other containers on the machine are not ours."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                name = pathlib.Path(entry.path, "comm").read_text().strip()
                if name.startswith("nestbox") or OURS.search(pathlib.Path(entry.path, "cgroup").read_text()):
                    yield entry.name, name
            except OSError:
                pass  # gone


def sandbox_processes():
    """Those of them in another PID namespace than ours, and guest agents anywhere."""
    own, found = os.readlink("/proc/self/ns/pid"), set()
    for number, name in own_processes():
        try:
            if os.readlink(f"/proc/{number}/ns/pid") != own or name.startswith("nestbox-guest"):
                found.add(f"{number} ({name})")
        except OSError:
            pass
    return found


def network_namespaces():
    """Network namespaces of all their threads."""
    found = set()
    for number, _ in own_processes():
        try:
            for thread in os.listdir(f"/proc/{number}/task"):
                found.add(os.readlink(f"/proc/{number}/task/{thread}/ns/net"))
        except OSError:
            pass
    return found


def cgroups():
    """Those of sandboxes and of servers; the one that holds them all may stay."""
    found = set()
    for folder, names, _ in os.walk("/sys/fs/cgroup"):
        found.update(os.path.join(folder, name) for name in names if "/nestbox" in folder or SANDBOX.search(name))
    return found


def mounts():
    return set(pathlib.Path("/proc/self/mountinfo").read_text().splitlines())


def temporary_files():
    """/tmp is left out: servers under test have a TMPDIR of their own. /run/nestbox stays by design (docs/production.md)."""
    found = set()
    for folder in ("/var/tmp", "/dev/shm", "/run"):
        if os.path.isdir(folder):
            found.update(os.path.join(folder, name) for name in os.listdir(folder) if "nestbox" in name)
    return found - {"/run/nestbox"}


LOOK = {
    "processes": sandbox_processes, "network namespaces": network_namespaces, "cgroups": cgroups, "mounts": mounts,
    "temporary files": temporary_files,
}


def snapshot():
    return {name: look() for name, look in LOOK.items()}


def left_behind(before, patience=10):
    """What is there now and was not before and does not go away by itself within `patience` seconds, by kind."""
    suspects = {name: look() - before[name] for name, look in LOOK.items()}
    deadline = time.monotonic() + patience
    while any(suspects.values()) and time.monotonic() < deadline:
        time.sleep(0.1)
        suspects = {name: things & LOOK[name]() for name, things in suspects.items()}
    return {name: sorted(things) for name, things in suspects.items() if things}
