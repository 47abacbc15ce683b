# SPDX-License-Identifier: Apache-2.0
"""The ways to run `print(1)` that the benchmark compares."""
import os

from server import Client

PYTHON = ["/usr/bin/python3", "-c", "print(1)"]
# What a careful person would type: every namespace, no capability, nothing writable but a small /tmp, no environment.
BUBBLEWRAP = [
    "/usr/bin/bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv",
    "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "box", "--ro-bind", "/usr", "/usr",
    "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
    "--proc", "/proc", "--dev", "/dev", "--size", str(64 << 20), "--tmpfs", "/tmp", "--remount-ro", "/",
    "--setenv", "PATH", "/usr/bin", "--chdir", "/tmp", *PYTHON,
]
REQUEST = {"language": "python", "code": "print(1)"}


def spawn(command, environment):
    """Runs a command with as little around it as possible; output to /dev/null, failure ends the benchmark."""
    null = [(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (0, 1)]
    pid = os.posix_spawn(command[0], command, environment, file_actions=null)
    if os.waitpid(pid, 0)[1] != 0:
        raise SystemExit(f"bench: this failed: {' '.join(command)}")


class Ways:
    """The ways to run the program; each call is one run and returns the report where there is one."""

    def __init__(self, nestbox, server):
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(server.folder), "TMPDIR": str(server.temporary)}
        self.port = server.port
        command = [nestbox, "run", "--language", "python", "--code", "print(1)"]
        self.latency = {
            "bare-python": lambda: spawn(PYTHON, environment),
            "bwrap-python": lambda: spawn(BUBBLEWRAP, environment),
            "nestbox-run": lambda: spawn(command, environment),
            "nestbox-http": self.client(),
        }
        self.throughput = {
            "bare-python": lambda: self.latency["bare-python"],
            "bwrap-python": lambda: self.latency["bwrap-python"],
            "nestbox-http": self.client,
        }

    def client(self):
        connection = Client(self.port)

        def call():
            status, report = connection.run(**REQUEST)
            if status != 200 or report["verdict"] != "ok" or report["stdout"] != "1\n":
                raise SystemExit(f"bench: not the answer that was expected: {status} {report}")
            return report
        return call
