# SPDX-License-Identifier: Apache-2.0
"""Hostile programs of the containment corpus (Tests/Security), run for their effect on the server.

Only those which the corpus marks as safe even without a sandbox, which need nothing planted on the host and nothing but
limits in their request, and which must be contained here. Whether they are is the gate's business. Here each has to run to its
result line, or into a limit where the corpus expects that, and never to be our failure.
"""
import json
import pathlib
import sys

SECURITY = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Security"
sys.path.insert(0, str(SECURITY))
from harness import corpus  # noqa: E402

# Limits as the programs know them: name in the API, name in the configuration that they are given, unit.
LIMITS = (("memory_bytes", "mem_mb", 1 << 20), ("disk_bytes", "disk_mb", 1 << 20), ("processes", "pids", 1), ("wall_ms", "wall", 1000))
BY_LIMIT = {"wall_timeout", "cpu_timeout", "memory_limit", "output_limit", "process_limit", "disk_limit", "signaled"}


class Hostile:
    def __init__(self, available, defaults):
        self.defaults = defaults
        self.checks = [check for check in corpus.load(str(SECURITY / "corpus")) if self.fits(check, available)]

    @staticmethod
    def fits(check, available):
        return (check.safe_plain and not check.alone and not check.plant and check.runs == 1 and check.level == "sandbox"
                and set(check.request) <= {"limits"} and check.fields["tiers"]["ns"] == "required"
                and corpus.LANGUAGES[check.lang] in available)

    def body(self, check, nonce):
        """What is sent for a check."""
        limits = {**check.request.get("limits", {})}
        # Long enough for a machine with much else to do: the time is no finding here.
        limits.setdefault("wall_ms", 60_000)
        known = {**self.defaults, **limits}
        configuration = {"nonce": nonce, "sandboxed": True, "limits": {name: known[field] / unit for field, name, unit in LIMITS}}
        return {"language": corpus.LANGUAGES[check.lang], "code": check.program(configuration), "limits": limits}

    @staticmethod
    def complaint(check, status, report):
        """What is wrong with the answer; None when nothing is."""
        if status != 200:
            return f"status {status} for {check.id}: {report}"
        verdict = report["verdict"]
        wanted = check.outside.get("verdict", [verdict])
        if verdict not in wanted or verdict in ("internal_error", "cancelled", "compile_error"):
            return f"{verdict} for {check.id}: {report['error']}, stderr {report['stderr'][-300:]!r}"
        for line in reversed(report["stdout"].splitlines()):
            try:
                result = json.loads(line)
            except ValueError:
                continue
            if isinstance(result, dict) and result.get("id") == check.id:
                return None
        ended = check.killed_ok and verdict in BY_LIMIT
        return None if ended else f"{check.id} printed no result: {verdict}, stderr {report['stderr'][-300:]!r}"
