# SPDX-License-Identifier: Apache-2.0
"""The host's side: what is planted before the programs run, and what is found afterwards."""
import fcntl
import glob
import hashlib
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

NAMESPACES = ("mnt", "pid", "net", "ipc", "uts", "cgroup", "user")
USUAL_PLACES = ("/", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/var/lib", "/var/cache", "/opt",
                "/usr/local", "/usr/local/lib", "/home", "/srv", "/mnt", "/etc/profile.d", "/usr/share/fonts")
MARK_PREFIXES = ("nb-left-", "nb-cache-", "nb-ipc-", "nb-meet-", "nb-daemon-", "secres-persist-", "secres-left-")
HOOKS = ("nb_hijack.pth", "secres_hijack.pth", "sitecustomize.py", "usercustomize.py", "json.py")
LISTEN_PORT = 47615
KNOWN_TOKEN = "NB-CANARY-CONTENT"  # programs look for this; the secret beside it is never told to them


def read(path, default=None, mode="r"):
    try:
        with open(path, mode) as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return default


def link(path):
    try:
        return os.readlink(path)
    except OSError:
        return None


def entries(path):
    try:
        return os.listdir(path)
    except OSError:
        return []


def machines_mib():
    """What the memory files of virtual machines hold that live or are just being made; not what those go on from."""
    held = {}
    for pid in filter(str.isdigit, entries("/proc")):
        if not (read("/proc/%s/comm" % pid) or "").startswith(("qemu-system", "nestbox")):
            continue
        for number in entries("/proc/%s/fd" % pid):
            path = "/proc/%s/fd/%s" % (pid, number)
            if (link(path) or "").startswith("/memfd:sandbox-memory"):
                try:
                    status = os.stat(path)
                    held[status.st_ino] = status.st_blocks * 512
                except OSError:
                    pass
    return sum(held.values()) / 1048576


def holds_machine(group):
    """Whether a virtual machine runs in a control group; machines_mib() has its memory."""
    processes = (read(os.path.join(group, "cgroup.procs")) or "").split()
    return any((read("/proc/%s/comm" % pid) or "").startswith("qemu-system") for pid in processes)


class Host:
    """Everything planted for one campaign; close() takes it away."""

    def __init__(self, base="/tmp"):
        self.token = "nb-secret-" + hashlib.sha256(os.urandom(16)).hexdigest()[:24]
        self.campaign = os.urandom(4).hex()
        self.base = os.path.join(base, "gate-scratch-" + self.campaign)
        self.canary = os.path.join(self.base, "canary", "secret.txt")
        self.secret = "planted" + os.urandom(6).hex()
        self.ipc_key = 0x6E620000 + random.randrange(1 << 14)
        self.hits = []
        self.listeners = []
        os.makedirs(os.path.join(self.base, "work"))
        for directory in (self.base, os.path.join(self.base, "work")):
            os.chmod(directory, 0o755)
        self.reset_canary()
        self.tcp = []
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET, self._primary())):
            if address:
                self._listen(family, (address, 0))
        self.abstract = "nb-abstract-" + self.campaign
        self._listen(socket.AF_UNIX, "\0" + self.abstract)
        self.socket_path = os.path.join(self.base, "canary.sock")
        self._listen(socket.AF_UNIX, self.socket_path)
        os.chmod(self.socket_path, 0o777)
        self.locked, self._lock = self._hold_lock()
        marker = "nb-host-marker-" + self.campaign
        self.marker = subprocess.Popen([marker, "100000"], executable="/bin/sleep", start_new_session=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.keep = {os.getpid(), self.marker.pid}
        self.before = self.snapshot()

    @staticmethod
    def _hold_lock():
        """(path, file) of a shared system file with our exclusive lock; another campaign may hold the first ones."""
        for path in ("/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/GMT", "/usr/share/zoneinfo/Zulu", "/usr/bin/env"):
            try:
                file = open(path, "rb")
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return path, file
            except OSError:
                pass
        return None, None

    def _primary(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))  # asks the routing table, sends nothing
                return probe.getsockname()[0]
            except OSError:
                return None

    def _listen(self, family, address):
        listener = socket.socket(family)
        try:
            listener.bind(address)
        except OSError:
            listener.close()
            return
        listener.listen(64)
        self.listeners.append(listener)
        if family != socket.AF_UNIX:
            self.tcp.append(list(listener.getsockname()[:2]))

        def accept():
            while True:
                try:
                    channel, _ = listener.accept()
                except OSError:
                    return
                self.hits.append((time.monotonic(), str(listener.getsockname())))
                channel.close()

        threading.Thread(target=accept, daemon=True).start()

    def reset_canary(self):
        directory = os.path.dirname(self.canary)
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        with open(self.canary, "w") as file:
            file.write("%s %s\n" % (KNOWN_TOKEN, self.token))
        os.chmod(self.canary, 0o666)  # open to everyone on purpose: only the sandbox protects it
        os.chmod(directory, 0o777)

    def canary_state(self):
        try:
            info = os.lstat(self.canary)
            return read(self.canary), info.st_uid, info.st_gid, info.st_mode, sorted(entries(os.path.dirname(self.canary)))
        except OSError as error:
            return "gone", str(error)

    def configuration(self, limits, nonce, api, sandboxed=True):
        """What a program is told. Keys are those that containment corpora agree on."""
        users = [entry.pw_name for entry in pwd.getpwall() if 1000 <= entry.pw_uid < 60000]
        return {
            "sandboxed": sandboxed, "nonce": nonce, "campaign": self.campaign, "canary_file": self.canary,
            "canary_token": KNOWN_TOKEN, "marker": "nb-host-marker-" + self.campaign, "marker_pid": self.marker.pid,
            "host_tcp": self.tcp, "api": [list(api)] if isinstance(api, tuple) else [],
            "api_socket": api if isinstance(api, str) else None, "abstract": self.abstract,
            "unix_path": self.socket_path, "locked_file": self.locked, "base_name": os.path.basename(self.base),
            "host_ns": {n: link("/proc/self/ns/" + n) for n in NAMESPACES}, "host_name": socket.gethostname(),
            "host_users": users, "machine_id": (read("/etc/machine-id") or "").strip() or None, "now": time.time(),
            "limits": limits, "listen_port": LISTEN_PORT, "ipc_key": self.ipc_key, "own_pgrp": True, "flood_mb": 256,
            "env_token": self.secret,
        }

    # What can be seen of sandboxes from here.

    @staticmethod
    def _status(pid):
        lines = (read("/proc/%s/status" % pid) or "").split("\n")
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def user_of(self, pid):
        """Effective user of a process, as text; None when it is gone."""
        return (self._status(pid).get("Uid", "").split() + [None, None])[1]

    def _nested(self, pid):
        """Whether a process lives in a PID namespace below this one: its NSpid line then has several numbers."""
        return len(self._status(pid).get("NSpid", "").split()) > 1

    def processes(self):
        """Living processes of sandboxes: {pid: fields of its status file}. Those in nested PID namespaces, and gVisor's kernels with
        the processes in which they run programs."""
        states = {int(pid): self._status(pid) for pid in filter(str.isdigit, entries("/proc"))}
        kernels = {pid for pid, fields in states.items() if self._is_kernel(pid, fields)}
        return {pid: fields for pid, fields in states.items()
                if (len(fields.get("NSpid", "").split()) > 1 or self._is_below(pid, kernels, states))
                and not fields.get("State", "Z").startswith("Z")}

    @staticmethod
    def _is_kernel(pid, fields):
        """Whether a process is a sandbox's kernel, in which programs are hidden: gVisor's, or a virtual machine."""
        start = {"exe": b"runsc-sandbox\0", "qemu-system-x86": b"qemu-system-x86_64\0-nodefaults\0"}.get(fields.get("Name"))
        return start is not None and (read("/proc/%d/cmdline" % pid, b"", "rb") or b"").startswith(start)

    def machines(self):
        """Virtual machines: each is one process with all that its programs use."""
        return {pid: fields for pid, fields in self.processes().items()
                if fields.get("Name") == "qemu-system-x86" and self._is_kernel(pid, fields)}

    @staticmethod
    def _is_below(pid, wanted, states):
        """Whether a process is one of these or descends from one."""
        for _ in range(64):
            if pid in wanted or not pid:
                return pid in wanted
            pid = int(states.get(pid, {}).get("PPid", 0))
        return False

    def sandboxes_of(self, server):
        """Processes of a server's sandboxes: {pid: start time}, and whether there are kernels among them, which hide programs."""
        found = {pid: fields for pid, fields in self.processes().items() if str(server) in self._ancestors(pid)}
        return ({pid: self._parent_and_start(pid)[1] for pid in found},
                any(self._is_kernel(pid, fields) for pid, fields in found.items()))

    def wait_ended(self, processes, seconds):
        """Which of these processes, by pid and start time, have not ended after so many seconds."""
        end = time.monotonic() + seconds
        while True:
            living = self.processes()
            left = {pid: start for pid, start in processes.items() if pid in living and self._parent_and_start(pid)[1] == start}
            if not left or time.monotonic() > end:
                return left
            time.sleep(0.1)

    def with_nonce(self, nonce):
        """Processes that carry the nonce in their command line, environment or open files: {pid: command line}."""
        wanted = nonce.encode()
        pids = [pid for pid in entries("/proc") if pid.isdigit() and int(pid) not in self.keep]
        lines = {pid: read("/proc/%s/cmdline" % pid, b"", "rb") for pid in reversed(pids)}  # the youngest first: they may be gone soon
        found = {int(pid): line for pid, line in lines.items()
                 if any(prefix + wanted in line for prefix in (b"nb-orphan-", b"secres-orphan-"))}
        for pid in pids:
            if int(pid) in found or not self._nested(pid):
                continue
            top = "/proc/%s/" % pid
            if wanted in lines[pid] or wanted in (read(top + "environ", b"", "rb") or b"") or \
                    any(nonce in (link(top + "fd/" + fd) or "") for fd in entries(top + "fd")):
                found[int(pid)] = lines[pid]
        return {pid: line.replace(b"\0", b" ").decode(errors="replace")[:80] for pid, line in found.items()}

    def wait_gone(self, nonce, seconds):
        """What is still there of a run after so many seconds. Processes that respawn are easily missed by one look, so
        twelve looks in a row must find nothing."""
        end = time.monotonic() + seconds
        clean = 0
        while clean < 12:
            left = self.with_nonce(nonce)
            clean = 0 if left else clean + 1
            if left and time.monotonic() > end:
                return left
            time.sleep(0.2 if left else 0.02)
        return {}

    def kill(self, processes):
        """End processes that a check left: they are named by exact id and carry this campaign's mark."""
        for pid in processes:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    def ipc_left(self):
        left = []
        for kind in ("shm", "sem", "msg"):
            for line in (read("/proc/sysvipc/" + kind) or "").splitlines()[1:]:
                if 0 <= int(line.split()[0]) - self.ipc_key < 64:
                    left.append(kind)
        return left

    def marks(self, names=()):
        """Files of the programs that reached the host's own directories; they are reported once and removed."""
        found = []
        homes = glob.glob("/home/*") + ["/root", os.path.expanduser("~")]
        python = glob.glob("/usr/lib/python3*") + ["/usr/lib/python3/dist-packages"] + glob.glob("/usr/local/lib/python3*/*")
        caches = [home + tail for home in homes for tail in ("", "/.cache", "/.config", "/.npm", "/.local/lib")]
        for place in dict.fromkeys(list(USUAL_PLACES) + caches + python):
            for name in entries(place):
                ours = name.startswith(MARK_PREFIXES) and self.campaign in name
                hook = name in HOOKS + tuple(names) and "hijack" in (read(os.path.join(place, name)) or "")
                if ours or hook:
                    path = os.path.join(place, name)
                    found.append(path)
                    shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
        return found

    def shared_memory(self):
        """Shared memory of the machine in MiB without that of other servers' sandboxes and of virtual machines that live, and, of this
        campaign's sandboxes that wait prepared, {control group: MiB}: what a server keeps waiting comes and goes."""
        total = next((int(line.split()[1]) / 1024 for line in (read("/proc/meminfo") or "").splitlines() if line.startswith("Shmem:")), 0.0)
        prepared = {}
        for directory, _, files in os.walk("/sys/fs/cgroup/memory" if os.path.isdir("/sys/fs/cgroup/memory") else "/sys/fs/cgroup"):
            name = self.INSTANCE.search(directory)
            if name and "memory.stat" in files and (directory.endswith(name[0]) or os.path.basename(directory).startswith("warm_")):
                lines = dict(line.split() for line in (read(os.path.join(directory, "memory.stat")) or "").splitlines())
                size = int(lines.get("total_shmem", lines.get("shmem", 0))) / (1 << 20)
                if not self._is_of_another(directory):
                    if not directory.endswith(name[0]) and not holds_machine(directory):
                        prepared[directory] = size
                elif directory.endswith(name[0]):
                    total -= size
        return total - machines_mib(), prepared

    def shared_growth(self, before):
        """MiB that shared memory has grown by since `before`, which is shared_memory() of then. Sandboxes that were prepared since, or
        are gone, are left out."""
        total, prepared = self.shared_memory()
        made = sum(size for group, size in prepared.items() if group not in before[1])
        gone = sum(size for group, size in before[1].items() if group not in prepared)
        return total - before[0] - made + gone

    @staticmethod
    def resident_mib(pid):
        for line in (read("/proc/%d/status" % pid) or "").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    # A control group below which a server makes its sandboxes: its PID namespace, its process and when that was started.
    INSTANCE = re.compile(r"/run-\d+-(\d+)-(\d+)(?=/|$)")

    @staticmethod
    def _parent_and_start(pid):
        """Parent and start time of a process, as text; two None when it is gone."""
        fields = (read("/proc/%s/stat" % pid) or "").rsplit(")", 1)[-1].split()
        return (fields[1], fields[19]) if len(fields) > 19 else (None, None)

    def _ancestors(self, pid):
        """A process and those that it descends from, the first of the machine left out."""
        found = []
        while pid not in (None, "0", "1") and len(found) < 64:
            found.append(str(pid))
            pid = self._parent_and_start(pid)[0]
        return found

    def _is_of_another(self, group):
        """Whether a control group is that of a server which lives and was not started by this campaign: its own are no remains of ours."""
        name = self.INSTANCE.search(group)
        return bool(name) and self._parent_and_start(name[1])[1] == name[2] and str(os.getpid()) not in self._ancestors(name[1])

    def snapshot(self):
        """Sets of names that must not have grown when no run is active. What belongs to other servers of this machine is left out."""
        every = {os.path.join(top, d) for top, directories, _ in os.walk("/sys/fs/cgroup") for d in directories if "nestbox" in top + d}
        others = {group for group in every if self._is_of_another(group)}
        owners = {self.INSTANCE.search(group)[1] for group in others}
        foreign = {pid for pid in entries("/proc") if pid.isdigit() and owners & set(self._ancestors(pid))}
        spaces = {link("/proc/%s/ns/net" % pid) for pid in entries("/proc") if pid.isdigit() and pid not in foreign}
        places = ("/tmp", "/var/tmp", "/run", "/dev/shm", "/var/lib")
        return {
            "processes in sandboxes": {"%d %s" % (pid, fields.get("Name")) for pid, fields in self.processes().items() if str(pid) not in foreign},
            "mounts": set((read("/proc/self/mountinfo") or "").splitlines()),
            "cgroups named nestbox": every - others,
            "network namespaces": spaces - {None},
            "files named nestbox": {os.path.join(place, name) for place in places for name in entries(place) if "nestbox" in name},
            "System V objects": {" ".join([kind] + line.split()[:2]) for kind in ("shm", "sem", "msg")
                                 for line in (read("/proc/sysvipc/" + kind) or "\n").splitlines()[1:]},
        }

    def close(self):
        self.marker.kill()
        self.marker.wait()
        for listener in self.listeners:
            listener.close()
        if self._lock:
            self._lock.close()
        shutil.rmtree(self.base, ignore_errors=True)
