# SPDX-License-Identifier: Apache-2.0
"""What a sandbox could leave behind on this machine, as sets that can be compared before and after."""
import os
import pathlib
import re
import time


# Sandboxes and their cgroups are named after an identifier: a prefix and 26 characters. The cgroup above names the process
# that made them.
SANDBOX = re.compile(r"[a-z]+_[a-z2-7]{26}")
OURS = re.compile(r"nestbox|" + SANDBOX.pattern)
OWNER = re.compile(r"/run-\d+-(\d+)-\d+")


def read(path):
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ""  # gone


def is_anothers(owner, server):
    """Whether a process id is that of a living Nestbox other than `server`: what belongs to it is not left behind."""
    return owner is not None and owner != str(server) and read(f"/proc/{owner}/comm").startswith("nestbox")


def own_processes(server):
    """Process ids and names of Nestbox and of what runs in its cgroups; other containers on the machine are not ours."""
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        name, groups = read(entry.path + "/comm").strip(), read(entry.path + "/cgroup")
        if not name.startswith("nestbox") and not OURS.search(groups):
            continue
        # An agent that is only just being made is still in the cgroup of its parent.
        owner = OWNER.search(groups) or re.search(r"^PPid:\s+(\d+)$", read(entry.path + "/status"), re.M)
        if not is_anothers(owner and owner[1], server):
            yield entry.name, name


def sandbox_processes(server):
    """Those of them in another PID namespace than ours, and guest agents anywhere."""
    own, found = os.readlink("/proc/self/ns/pid"), set()
    for number, name in own_processes(server):
        try:
            if os.readlink(f"/proc/{number}/ns/pid") != own or name.startswith("nestbox-guest"):
                found.add(f"{number} ({name})")
        except OSError:
            pass
    return found


def network_namespaces(server):
    """Network namespaces of all their threads."""
    found = set()
    for number, _ in own_processes(server):
        try:
            for thread in os.listdir(f"/proc/{number}/task"):
                found.add(os.readlink(f"/proc/{number}/task/{thread}/ns/net"))
        except OSError:
            pass
    return found


def cgroups(server):
    """Those of sandboxes and of servers; the one that holds them all may stay."""
    found = set()
    for folder, names, _ in os.walk("/sys/fs/cgroup"):
        for path in (os.path.join(folder, name) for name in names if "/nestbox" in folder or SANDBOX.search(name)):
            owner = OWNER.search(path)
            if not is_anothers(owner and owner[1], server):
                found.add(path)
    return found


def mounts(_):
    return set(pathlib.Path("/proc/self/mountinfo").read_text().splitlines())


def temporary_files(_):
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


def snapshot(server=None):
    """What is there now. `server`: process id of the one that runs; what other living ones have does not count."""
    return {name: look(server) for name, look in LOOK.items()}


def left_behind(before, server=None, patience=10):
    """What is there now and was not before and does not go away by itself within `patience` seconds, by kind."""
    suspects = {name: look(server) - before[name] for name, look in LOOK.items()}
    deadline = time.monotonic() + patience
    while any(suspects.values()) and time.monotonic() < deadline:
        time.sleep(0.1)
        suspects = {name: things & LOOK[name](server) for name, things in suspects.items()}
    return {name: sorted(things) for name, things in suspects.items() if things}
