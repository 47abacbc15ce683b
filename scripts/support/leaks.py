# SPDX-License-Identifier: Apache-2.0
"""What a sandbox could leave behind on this machine, as sets that can be compared before and after."""
import os
import pathlib
import time


def sandbox_processes():
    """Processes in another PID namespace than ours, and guest agents anywhere."""
    own, found = os.readlink("/proc/self/ns/pid"), set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            name = pathlib.Path(entry.path, "comm").read_text().strip()
            if os.readlink(f"{entry.path}/ns/pid") != own or name.startswith("nestbox-guest"):
                found.add(f"{entry.name} ({name})")
        except OSError:
            pass  # gone, or not ours to look at
    return found


def network_namespaces():
    found = set()
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdigit():
                found.add(os.readlink(f"{entry.path}/ns/net"))
        except OSError:
            pass
    return found


def cgroups():
    found = set()
    for folder, names, _ in os.walk("/sys/fs/cgroup"):
        found.update(os.path.join(folder, name) for name in names if "nestbox" in folder + name)
    return found


def mounts():
    return set(pathlib.Path("/proc/self/mountinfo").read_text().splitlines())


def temporary_files():
    found = set()
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run"):
        if os.path.isdir(folder):
            found.update(os.path.join(folder, name) for name in os.listdir(folder) if "nestbox" in name)
    return found


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
