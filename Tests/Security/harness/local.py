# SPDX-License-Identifier: Apache-2.0
"""Running a check's program under a command prefix: the comparison with other sandboxes, and the negative controls."""
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time

from .observe import Observation
from .remote import compile_c
from .runner import Runner

INTERPRETERS = {"py": ["/usr/bin/python3"], "sh": ["/bin/bash"], "js": ["/usr/bin/node"]}
KEEP_BYTES = 4 << 20


class Local(Runner):
    """Placeholders in the prefix: {work} directory of the run on the host, {wall} seconds, {mem_mb}, {disk_mb}, {pids}."""

    def __init__(self, prefix, host, inside="", limits=None, plain=False):
        super().__init__(host)
        self.prefix = prefix
        self.inside = inside
        self.limits = limits or {}
        self.plain = plain
        self.running = {}
        self.sandboxed = not plain

    def limits_of(self, check):
        """Declared limits, lowered to what the check asks for."""
        known = dict(self.limits)
        asked = check.request.get("limits", {})
        for field, key, unit in (("memory_bytes", "mem_mb", 1 << 20), ("disk_bytes", "disk_mb", 1 << 20), ("wall_ms", "wall", 1000)):
            if key in known and field in asked:
                known[key] = min(known[key], asked[field] / unit)
        return known

    def finished(self, observation):
        shutil.rmtree(os.path.join(self.host.base, "work", observation.nonce), ignore_errors=True)

    def supervisor_kill(self, check, seconds):
        """SIGKILL the command of the prefix while the program runs: (program ran, what is left)."""
        nonce = "%s-kill-%s" % (check.id, os.urandom(4).hex())
        thread = threading.Thread(target=self._one, args=(check, nonce), daemon=True)
        thread.start()
        for _ in range(100):
            if started := bool(self.host.with_nonce(nonce)):
                break
            thread.join(0.1)
        if process := self.running.get(nonce):
            process.kill()
        left = self.host.wait_gone(nonce, seconds)
        self.host.kill(left)
        thread.join(10)
        return started, left

    def _one(self, check, nonce):
        known = self.limits_of(check)
        observation = Observation(check.id, nonce, known)
        work = os.path.join(self.host.base, "work", nonce)
        os.makedirs(work)
        os.chmod(work, 0o777)
        inside = self.inside or work
        text = check.program(self.host.configuration(known, nonce, None, self.sandboxed))
        name = "check" if check.lang == "c" else "check." + check.lang
        try:
            data = compile_c(text) if check.lang == "c" else text.encode()
        except subprocess.CalledProcessError as error:
            observation.error = "gcc: %s" % error.stderr[-200:]
            return observation
        with open(os.path.join(work, name), "wb") as file:
            file.write(data)
        os.chmod(os.path.join(work, name), 0o755)
        values = {key: int(known[key]) for key in ("mem_mb", "disk_mb", "pids") if key in known}
        values.update(work=work, wall=known.get("wall", 30))
        prefix = shlex.split(self.prefix)
        for key, value in values.items():
            prefix = [word.replace("{%s}" % key, str(value)) for word in prefix]
        arguments = [argument.replace("@@NONCE@@", nonce) for argument in check.request.get("args", [])]
        command = prefix + INTERPRETERS.get(check.lang, []) + [inside + "/" + name] + arguments
        self._execute(check, command, work, observation)
        return observation

    def _execute(self, check, command, work, observation):
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp" if self.plain else "/"}
        environment.update(check.request.get("env", {}))
        options = {}
        if "env" in check.plant:
            environment["NB_PLANTED_VALUE"] = self.host.secret
        descriptors = []
        if "fd" in check.plant:
            descriptors = [os.open(os.path.dirname(self.host.canary), os.O_RDONLY | os.O_DIRECTORY)]
            options["pass_fds"] = descriptors
        if "extra_groups" in check.plant and os.geteuid() == 0:
            options["extra_groups"] = [4, 27]
        given = check.request.get("stdin")
        feed = given if isinstance(given, str) else given["repeat"] * given["times"] if given else None
        process = subprocess.Popen(command, stdin=subprocess.PIPE if feed else subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True, cwd=work, env=environment, **options)
        self.running[observation.nonce] = process
        for descriptor in descriptors:
            os.close(descriptor)
        kept = {1: bytearray(), 2: bytearray()}
        readers = [threading.Thread(target=drain, args=(pipe, kept[number]), daemon=True)
                   for number, pipe in ((1, process.stdout), (2, process.stderr))]
        if feed:
            readers.append(threading.Thread(target=write, args=(process.stdin, feed.encode()), daemon=True))
        for thread in readers:
            thread.start()
        started = time.monotonic()
        try:
            process.wait(check.timeout_s)
        except subprocess.TimeoutExpired:
            observation.timed_out = True
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except OSError:
                pass
            process.wait()
        del self.running[observation.nonce]
        observation.seconds = time.monotonic() - started
        for thread in readers:
            thread.join(0.5)
        status = process.returncode
        observation.stdout, observation.stderr = bytes(kept[1]), bytes(kept[2])
        observation.raw = observation.stdout + observation.stderr
        observation.exit_code = status if status >= 0 else None
        observation.signal = -status if status < 0 else status - 128 if 128 < status < 160 else 0


def drain(pipe, kept):
    """Read a pipe to its end, keeping its head and the last 64 KiB."""
    try:
        while block := os.read(pipe.fileno(), 1 << 16):
            kept += block
            if len(kept) > KEEP_BYTES:
                del kept[KEEP_BYTES // 2:-65536]
    except (OSError, ValueError):
        pass


def write(pipe, data):
    try:
        pipe.write(data)
        pipe.close()
    except (OSError, ValueError):
        pass
