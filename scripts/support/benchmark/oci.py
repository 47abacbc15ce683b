# SPDX-License-Identifier: Apache-2.0
"""OCI runtimes as ways: a bundle that holds about what bubblewrap's line holds, under limits like Nestbox's."""
import json
import os
import shutil
import subprocess

RUNTIMES = {"crun": [], "runc": [], "runsc": ["--network=none"]}
HYBRID = "/sys/fs/cgroup/unified"


def reason_against(name):
    """Why a runtime cannot be measured here, or None."""
    if shutil.which(name) is None:
        return "not installed"
    return None if os.geteuid() == 0 else "this bundle needs root"


def configuration(command):
    read_only = ["rbind", "ro", "nosuid", "nodev"]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False, "user": {"uid": 1000, "gid": 1000}, "args": command, "cwd": "/tmp", "noNewPrivileges": True,
            "env": ["PATH=/usr/bin", "LANG=C.UTF-8"],
            "capabilities": {name: [] for name in ("bounding", "effective", "permitted", "inheritable", "ambient")},
        },
        "root": {"path": "root", "readonly": True}, "hostname": "box",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777", "size=64m"]},
            *({"destination": path, "type": "bind", "source": path, "options": read_only} for path in ("/usr", "/etc/alternatives")),
        ],
        "linux": {
            "resources": {"memory": {"limit": 512 << 20}, "pids": {"limit": 128}},
            "namespaces": [{"type": name} for name in ("pid", "network", "ipc", "uts", "mount")],
        },
    }


def make_bundle(folder, command):
    root = folder / "root"
    for name in ("proc", "dev", "tmp", "usr", "etc/alternatives"):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)  # runc gives what it mounts there the mode of the directory below
    for name in ("bin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    (folder / "config.json").write_text(json.dumps(configuration(command)))


class Runtime:
    """One runtime with its state and bundles below a directory. `command(workload)` makes argument vectors of runs."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder / name
        self.base = [shutil.which(name), "--root", str(self.folder / "state"), *RUNTIMES[name]]

    def command(self, workload):
        bundle = self.folder / workload.name
        if not bundle.exists():
            make_bundle(bundle, workload.command())
        return lambda number: [*self.base, "run", "--bundle", str(bundle), f"bench-{os.getpid()}-{number}"]

    def remove_leftovers(self):
        """Containers of runs that were given up."""
        try:
            listed = subprocess.run([*self.base, "list", "-q"], capture_output=True, text=True, timeout=20, check=False)
            for name in listed.stdout.split():
                subprocess.run([*self.base, "delete", "--force", name], capture_output=True, timeout=20, check=False)
        except subprocess.TimeoutExpired:
            pass


def mount_namespaces():
    """Descriptors of our mount namespace and of one without `HYBRID`, which crun refuses to see. None where nothing needs it."""
    if not os.path.ismount(HYBRID) or os.geteuid() != 0:
        return None
    ours = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    child = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", f"umount {HYBRID} && echo ready && read line"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    try:
        if child.stdout.readline() != b"ready\n":
            return None
        return ours, os.open(f"/proc/{child.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        child.communicate()
