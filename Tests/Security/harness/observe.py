# SPDX-License-Identifier: Apache-2.0
"""What is known about one run of one program, whoever ran it."""
import base64
import json
import signal
import time

from . import pace

ENDED_BY_SANDBOX = ("memory_limit", "process_limit", "disk_limit", "output_limit", "cpu_timeout", "wall_timeout", "signaled")


def signal_number(name):
    if isinstance(name, int):
        return name
    try:
        return int(signal.Signals[name if name.startswith("SIG") else "SIG" + name])
    except (KeyError, AttributeError, TypeError):
        return 0


class Observation:
    """`verdict` is None where nothing but an exit status is known (a command prefix)."""

    def __init__(self, identifier, nonce, limits):
        self.id = identifier
        self.nonce = nonce
        self.limits = limits
        self.http = None
        self.report = {}
        self.raw = b""
        self.verdict = None
        self.exit_code = None
        self.signal = 0
        self.stdout = b""
        self.stderr = b""
        # Of a report; anything else starts its program itself.
        self.start = "cold"
        self.seconds = 0.0
        self.timed_out = False
        self.error = None
        self.files = []
        self.leftovers = {}
        self.watch = None
        self.canary = None
        self.connections = []
        self.ipc = []
        self.marks = []
        self.marker_alive = True
        self.server_alive = True
        self.server_growth = None
        self.server_user = None
        self.shared_growth = None

    def read_report(self, answer):
        """Take over the answer of POST /v1/run."""
        self.http = answer.status
        self.raw = answer.body
        self.seconds = answer.seconds
        report = answer.json
        if answer.status != 200 or not isinstance(report, dict) or "verdict" not in report:
            self.error = "no report: %r" % answer
            return
        self.report = report
        self.verdict = report["verdict"]
        self.start = (report.get("isolation") or {}).get("start", "cold")
        self.exit_code = report.get("exit_code")
        self.signal = signal_number(report.get("signal"))
        for stream in ("stdout", "stderr"):
            encoded = report.get(stream + "_base64")
            text = report.get(stream) or ""
            setattr(self, stream, base64.b64decode(encoded) if encoded else text.encode("utf-8", "surrogatepass"))
        for entry in report.get("files") or []:
            content = entry.get("content_base64")
            self.files.append({**entry, "content": base64.b64decode(content) if content is not None else None})

    def after(self, check, host, watch, hits):
        """Look at the host when the run is over; the seconds a check grants for it are part of the check."""
        self.watch = watch
        grace = check.outside.get("no_leftovers", 0)
        if "cleanup_ok" in check.outside or "no_host_marks" in check.outside:
            grace = max(grace, 3)
        if grace:
            self.leftovers = host.wait_gone(self.nonce, grace)
            host.kill(self.leftovers)
        self.canary = host.canary_state()
        self.connections = host.hits[hits:]
        self.ipc = host.ipc_left()
        if "no_host_marks" in check.outside or "no_host_files" in check.outside or check.compare == "no_found":
            self.marks = host.marks(check.outside.get("no_host_files", ()))
        self.marker_alive = host.marker.poll() is None
        if "host_shmem_flat_mb" in check.outside:
            self.shared_growth = self._settle(host, watch.shared, check.outside["host_shmem_flat_mb"])

    @staticmethod
    def _settle(host, before, slack):
        end = time.monotonic() + 5 * pace.slowness
        while abs(host.shared_growth(before)) > slack and time.monotonic() < end:
            time.sleep(0.2)
        return host.shared_growth(before)

    @property
    def line(self):
        """The last result line that the program printed itself, or None."""
        for text in reversed(self.stdout.split(b"\n")):
            position = text.find(b'{"id"')
            if position >= 0 and b'"contained"' in text:
                try:
                    value = json.loads(text[position:])
                except ValueError:
                    continue
                if value.get("id") == self.id:
                    return value
        return None

    @property
    def progress(self):
        amounts = [int(text[2:]) for text in self.stderr.split(b"\n") if text.startswith(b"P ") and text[2:].isdigit()]
        return amounts[-1] if amounts else None

    def contains(self, token):
        """Whether a text is anywhere in the answer, in collected files too."""
        wanted = token.encode() if isinstance(token, str) else token
        places = [self.raw, self.stdout, self.stderr] + [entry["content"] for entry in self.files if entry["content"]]
        return any(wanted in place for place in places)
