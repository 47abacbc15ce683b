# SPDX-License-Identifier: Apache-2.0
"""A `nestbox serve` of one's own: started on a free port with its own directories, spoken to, measured, stopped."""
import collections
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`with Server(nestbox) as server:`, which gives it `patience` seconds to answer. Everything the server writes goes below one directory, removed at the end."""

    def __init__(self, nestbox, *arguments, port=None, patience=20):
        self.patience = patience
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nestbox-server."))
        self.port = port or free_port()
        self.log = self.folder / "server.log"
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder), "TMPDIR": str(self.temporary),
            "XDG_STATE_HOME": str(self.folder / "state"), "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CONFIG_HOME": str(self.folder / "config"), "LANG": "C.UTF-8",
            "NESTBOX_DATABASE": str(self.folder / "nestbox.sqlite"), "NESTBOX_COMPUTERS": str(self.folder / "computers"),
        }
        self.began = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [nestbox, "serve", "--listen", f"127.0.0.1:{self.port}", *arguments], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=environment, start_new_session=True)

    def __enter__(self):
        while time.monotonic() - self.began < self.patience:
            if self.process.poll() is not None:
                break
            try:
                status, _ = Client(self.port, timeout=2).call("GET", "/healthz")
                if status == 200:
                    self.started_seconds = time.monotonic() - self.began
                    return self
            except OSError:
                time.sleep(0.002)
        text = self.log.read_text(errors="replace")[-2000:]
        self.__exit__()
        raise SystemExit(f"nestbox serve did not become ready:\n{text}")

    def stop(self):
        """SIGTERM, and SIGKILL when that does not help. Sets `exit_code`, which is negative for a signal."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(45)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.exit_code = self.process.returncode

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def errors(self):
        """Messages of the log at level `error` or worse, with how often each occurs."""
        found = collections.Counter()
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # words on standard error that are no log line
            if entry["level"] in ("error", "critical"):
                found[entry["message"]] += 1
        return found

    @property
    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Client:
    """One keep-alive connection."""

    def __init__(self, port, timeout=120):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def call(self, method, path, body=None):
        """Status and decoded body."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        self.connection.request(method, path, data, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, {"text": text.decode(errors="replace")}

    def run(self, **request):
        return self.call("POST", "/v1/run", request)
