# SPDX-License-Identifier: Apache-2.0
"""Times of sandboxes through the SDK, and the memory of idle ones. Run by scripts/bench-e2b.

usage: bench.py SERVER   SERVER: process id of the server, whose memory is read
"""

import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from e2b_code_interpreter import Sandbox

ROUNDS = 30
IDLE = 50


def milliseconds(work):
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def bare():
    subprocess.run(["/usr/bin/python3", "-c", "print(1)"], stdout=subprocess.DEVNULL, check=True)


def first_command():
    sandbox = Sandbox.create("base", timeout=60)
    assert sandbox.commands.run("echo hi").stdout == "hi\n"
    return sandbox


def first_code():
    sandbox = Sandbox.create(timeout=60)
    assert sandbox.run_code("print(1)").logs.stdout == ["1\n"]
    return sandbox


def proportional(pid):
    """Bytes of memory that are a process's share (PSS, proc_pid_smaps_rollup(5))."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no Pss of {pid}")


def descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child)] + descendants(child)
    return found


def main():
    server = int(sys.argv[1])
    samples = {name: [] for name in ("bare-python", "create", "command", "e2b-first-command", "e2b-first-code", "kill")}
    bare(), first_command().kill(), first_code().kill()
    for _ in range(ROUNDS):
        samples["bare-python"].append(milliseconds(bare))
        kept = []
        samples["e2b-first-command"].append(milliseconds(lambda: kept.append(first_command())))
        samples["command"].append(milliseconds(lambda: kept[0].commands.run("true")))
        samples["kill"].append(milliseconds(kept[0].kill))
        samples["create"].append(milliseconds(lambda: kept.append(Sandbox.create("base", timeout=60))))
        kept[1].kill()
        samples["e2b-first-code"].append(milliseconds(lambda: kept.append(first_code())))
        kept[2].kill()
    base = statistics.median(samples["bare-python"])
    print(f"\n  {'through e2b ' + version('e2b') + ', ms':<28}{'p50':>8}{'p90':>8}{'runs':>7}{'x bare':>9}")
    for name, values in samples.items():
        p50, p90 = statistics.median(values), statistics.quantiles(values, n=10)[-1]
        print(f"  {name:<28}{p50:>8.1f}{p90:>8.1f}{len(values):>7}{p50 / base:>9.2f}")

    before = proportional(server)
    sandboxes = [Sandbox.create("base", timeout=300) for _ in range(IDLE)]
    for sandbox in sandboxes:
        sandbox.commands.run("true")
    # The share of the agents, and what the server keeps for each of them.
    agents = descendants(server)
    inside, grown = sum(proportional(pid) for pid in agents), proportional(server) - before
    for sandbox in sandboxes:
        sandbox.kill()
    print(f"\n  {IDLE} idle sandboxes, each:      {inside / IDLE / 1024:.0f} KiB PSS of {len(agents) / IDLE:.1f} processes, "
          f"{grown / IDLE / 1024:.0f} KiB more in the server")


if __name__ == "__main__":
    main()
