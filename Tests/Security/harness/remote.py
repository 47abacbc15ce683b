# SPDX-License-Identifier: Apache-2.0
"""Running a check's program through the public API."""
import base64
import collections
import os
import subprocess
import tempfile
import threading

from . import pace
from .corpus import LANGUAGES
from .observe import Observation
from .runner import Runner

LIMIT_NAMES = {"memory_bytes": ("mem_mb", 1 << 20), "disk_bytes": ("disk_mb", 1 << 20), "processes": ("pids", 1),
               "wall_ms": ("wall", 1000)}


class Remote(Runner):
    """Sends programs to a server. `server_pid` enables the checks of its memory."""

    def __init__(self, client, host, overrides=None, server_pid=None, start_server=None):
        super().__init__(host)
        self.client = client
        self.server_pid = server_pid
        self.start_server = start_server
        # How runs started, (language, start): count.
        self.starts = collections.Counter()
        self.server_user = host.user_of(server_pid) if server_pid else str(os.geteuid())
        answer = client.request("GET", "/v1/capabilities", timeout=10).json or {}
        self.defaults = answer.get("limits_default", {})
        self.most = answer.get("limits_maximum", {})
        self.limits = {"inodes": 16000, "cpu": 1.0}
        for field, (key, unit) in LIMIT_NAMES.items():
            if field in self.defaults:
                self.limits[key] = self.defaults[field] / unit
        self.limits.update(overrides or {})
        languages = client.request("GET", "/v1/languages", timeout=10).json or []
        languages = languages.get("languages", []) if isinstance(languages, dict) else languages
        self.available = {each.get("name") for each in languages if each.get("available")}

    def limits_of(self, check):
        """What the program may use, as request fields and as a program reads them."""
        asked = dict(check.request.get("limits", {}))
        wall = 6000 if "wall_lt_limit" in check.outside else min(check.timeout_s, 30) * 1000
        if pace.slowness > 1:
            # Of limits that a check is about: a wall limit must end the program before that ends itself, after 40 s, and CPU time is as it is.
            about_time = "wall_ms" in asked or "wall_lt_limit" in check.outside
            wall = asked.get("wall_ms", wall)
            asked["wall_ms"] = max(wall, min(wall * pace.slowness, 30_000)) if about_time else wall * pace.slowness
            asked.setdefault("cpu_ms", self.defaults.get("cpu_ms", 10_000) * pace.slowness)
            for field in ("wall_ms", "cpu_ms"):
                asked[field] = min(int(asked[field]), self.most.get(field, 1 << 40))
        asked.setdefault("wall_ms", wall)
        known = dict(self.limits)
        for field, (key, unit) in LIMIT_NAMES.items():
            if field in asked:
                known[key] = asked[field] / unit
        return asked, known

    def request(self, check, nonce, limits, known):
        """The body of POST /v1/run for a check."""
        extra = check.request
        text = check.program(self.host.configuration(known, nonce, self.client.target))
        body = {"language": LANGUAGES[check.lang], "code": text, "limits": limits}
        if check.lang == "c" and "c" not in self.available and "language" not in extra:
            body = {**body, **self._compiled(text)}
            del body["code"]
        if "stdin" in extra:
            given = extra["stdin"]
            body["stdin"] = given if isinstance(given, str) else given["repeat"] * given["times"]
        for field in ("collect", "env"):
            if field in extra:
                body[field] = extra[field]
        if "args" in extra:
            body["args"] = [argument.replace("@@NONCE@@", nonce) for argument in extra["args"]]
        body.setdefault("files", []).extend(
            {"path": path, "content": content} for path, content in extra.get("extra_files", {}).items())
        if "stdin16m" in check.plant:
            body["stdin"] = "z" * (16 << 20)
        return body

    @staticmethod
    def _compiled(text):
        """A C program as a static executable with a shell script that starts it, for servers without a C compiler."""
        program = compile_c(text)
        return {"language": "bash", "entrypoint": "start.sh", "files": [
            {"path": "check", "content_base64": base64.b64encode(program).decode()},
            {"path": "start.sh", "content": "chmod +x check && exec ./check \"$@\"\n"}]}

    def beside(self, body):
        return self.client.run(body, 40)

    def before(self, check):
        self.resident = self.host.resident_mib(self.server_pid) if self.server_pid else None

    def finished(self, observation):
        if self.resident is not None:
            observation.server_growth = self.host.resident_mib(self.server_pid) - self.resident
        observation.server_user = self.server_user
        observation.server_alive = self.client.request("GET", "/healthz", timeout=10).status == 200

    def supervisor_kill(self, check, seconds):
        """SIGKILL a server of its own while the program runs: (program ran, what is left), or None without a way to start one."""
        if not self.start_server:
            return None
        process, client = self.start_server()
        nonce = "%s-kill-%s" % (check.id, os.urandom(4).hex())
        try:
            limits, known = self.limits_of(check)
            body = self.request(check, nonce, {**limits, "wall_ms": 60_000}, known)
            thread = threading.Thread(target=client.run, args=(body, 30), daemon=True)
            thread.start()
            for _ in range(100):
                if started := bool(self.host.with_nonce(nonce)):
                    break
                thread.join(0.1)
            inside, are_kernels = self.host.sandboxes_of(process.pid)
            # A program of gVisor or of a machine is no process of the host; that its answer is not there tells that it runs.
            started = started or (are_kernels and thread.is_alive())
            process.kill()
            process.wait()
            return started, self.host.wait_gone(nonce, seconds) or self.host.wait_ended(inside, seconds)
        finally:
            process.kill()

    def _one(self, check, nonce):
        limits, known = self.limits_of(check)
        body = self.request(check, nonce, limits, known)
        answer = self.client.run(body, check.timeout_s + 60)
        observation = Observation(check.id, nonce, known)
        observation.read_report(answer)
        self.starts[check.lang, observation.start] += 1
        return observation


def compile_c(text):
    """The bytes of a static executable; raises CalledProcessError with the compiler's words."""
    with tempfile.TemporaryDirectory() as directory:
        source, target = os.path.join(directory, "check.c"), os.path.join(directory, "check")
        with open(source, "w") as file:
            file.write(text)
        subprocess.run(["gcc", "-O1", "-static", "-pthread", "-o", target, source], check=True, capture_output=True)
        with open(target, "rb") as file:
            return file.read()
