# SPDX-License-Identifier: Apache-2.0
"""Judging: a data set with its own answers through `nestbox eval` and a server, and a compiled problem with a hundred cases."""
import json
import os
import pathlib
import subprocess
import tempfile
import time

from benchmark.slots import Wrong
from server import Client

CASES = 100
PROGRAM = """#include <cstdio>
int main() { long a, b; if (std::scanf("%ld %ld", &a, &b) != 2) return 1; std::printf("%ld\\n", a + b); }
"""


def dataset():
    """HumanEval.jsonl: NESTBOX_HUMANEVAL, or shared/data beside the tree. None when it is not there."""
    root = pathlib.Path(__file__).resolve().parents[3]
    for path in (os.environ.get("NESTBOX_HUMANEVAL"), root.parent / "shared/data/HumanEval.jsonl"):
        if path and pathlib.Path(path).is_file():
            return pathlib.Path(path)
    return None


def human_eval(nestbox, port, path):
    """Seconds for all of the data set's own answers, which must all pass; by the server that is warm already."""
    with tempfile.TemporaryDirectory(prefix="nestbox-bench.") as folder:
        began = time.monotonic()
        done = subprocess.run(
            [nestbox, "eval", "--reference", "--dataset", str(path), "--out", f"{folder}/results.jsonl", "--json",
             "--server", f"http://127.0.0.1:{port}"], capture_output=True, text=True, timeout=300, check=False)
        seconds = time.monotonic() - began
    if done.returncode != 0:
        raise Wrong(f"nestbox eval ended with {done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}")
    summary = json.loads(done.stdout)
    if summary["pass_at_k"].get("1") != 1:
        raise Wrong(f"pass@1 is {summary['pass_at_k'].get('1')}: {summary['verdicts']}")
    return {"seconds": seconds, "answers": summary["answers"]["answers"], "per_second": summary["answers"]["answers"] / seconds}


def cases(port, submissions):
    """Judged cases per second of a C++ problem, each submission another program, compiled once."""
    problem = {"checker": "lines", "cases": [{"stdin": f"{number} {number * 7}\n", "expected": f"{number * 8}\n"} for number in range(CASES)]}
    mark = time.monotonic_ns()
    batch = {"problem": problem, "submissions": [
        {"language": "cpp", "code": f"// {mark} {number}\n{PROGRAM}"} for number in range(submissions)]}
    client = Client(port, timeout=120)
    began = time.monotonic()
    status, body = client.call("POST", "/v1/batches", batch)
    if status != 202:
        raise Wrong(f"POST /v1/batches: {status} {str(body)[:200]}")
    while not body["state"] in ("finished", "cancelled"):
        time.sleep(0.02)
        _, body = client.call("GET", f"/v1/batches/{body['id']}")
    seconds = time.monotonic() - began
    if body["verdicts"] != {"ok": submissions}:
        raise Wrong(f"verdicts of the batch: {body['verdicts']}")
    return {"seconds": seconds, "submissions": submissions, "cases": CASES, "per_second": submissions * CASES / seconds}
