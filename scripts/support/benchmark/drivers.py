# SPDX-License-Identifier: Apache-2.0
"""The isolation drivers beside each other and beside what they stand on: a bare process, `runsc run`, a plain boot of QEMU.

Of each driver a server that keeps sandboxes ready (`NAME`), and one that makes each when it is asked for (`NAME-cold`; a machine of
`microvm` is restored then, it boots once for each server).
"""
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import time

import figures
from benchmark import footprint, latency, workloads
from benchmark.loop import settle
from benchmark.slots import Answer, Posted, Spawned, Wrong, judge_report
from server import Client, Server

DRIVERS = ["namespace", "crun", "runc", "gvisor", "microvm"]
BOOT = "qemu-boot"
QEMU = "/usr/bin/qemu-system-x86_64"
# Seconds that a server may take to start: `microvm` boots its machine before it answers.
PATIENCE = 90
# Seconds that a pool gets to fill again before each run; measured runs find it full or they are no warm starts.
SETTLE = {"namespace": 0.05, "crun": 0.3, "runc": 0.3, "gvisor": 1, "microvm": 2}


def kernel_directory():
    """Where the driver `microvm` finds its kernel: NESTBOX_MICROVM_KERNEL, or what `scripts/setup vm` unpacked. None without one."""
    built = pathlib.Path(__file__).resolve().parents[3] / ".build/vm"
    for path in (os.environ.get("NESTBOX_MICROVM_KERNEL"), built, "/var/lib/nestbox/microvm"):
        if path and (pathlib.Path(path) / "vmlinuz").is_file():
            return pathlib.Path(path)
    return None


def plain_boot(kernel, emulated, environment, errors):
    """Boots the same kernel in the same type of machine until it looks for a root file system, has none, and ends. No agent, no modules."""
    # An emulated kernel may lose its clock while it starts, and compute for ever.
    command = [
        "/usr/bin/timeout", "--signal=KILL", str(PATIENCE), QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "none", "-machine", "microvm,rtc=on,isa-serial=off",
        "-m", "384M", "-kernel", str(kernel / "vmlinuz"), "-append", "quiet panic=-1 reboot=t" + (" mitigations=off no_timer_check" if emulated else ""),
        "-accel", "tcg" if emulated else "kvm", "-cpu", "max" if emulated else "host"]

    def judge(code, output):
        if code != 0 or output:
            raise Wrong(f"exit code {code}, output {output[:60]!r}")
        return Answer()
    return lambda: Spawned(lambda number: command, environment, judge, errors)


def is_emulated(nestbox, kernel):
    """Whether the driver found that this machine has no KVM that works."""
    told = subprocess.run([nestbox, "doctor", "--json"], capture_output=True, text=True, timeout=120, check=False, env={
        "PATH": "/usr/bin:/bin", "NESTBOX_MICROVM_KERNEL": str(kernel)})
    findings = next(one["findings"] for one in json.loads(told.stdout)["drivers"] if one["driver"] == "microvm")
    return any(one["name"] == "processor" and one["level"] != "ok" for one in findings)


class Drivers:
    """Servers of every driver that works here. `missing`: the others, with the reason."""

    def __init__(self, stack, nestbox, names, port):
        self.servers, self.missing = {}, {}
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nestbox-bench.")))
        kernel = kernel_directory()
        for name in names:
            for way, warm in ((name, "true"), (f"{name}-cold", "false")):
                settings = f"isolation:\n  driver: {name}\n" + (f"  microvm:\n    kernel: {kernel}\n" if kernel else "")
                file = folder / f"{way}.yaml"
                file.write_text(f"{settings}warm:\n  enabled: {warm}\n")
                try:
                    self.servers[way] = stack.enter_context(Server(nestbox, "--config", str(file), port=port(), patience=PATIENCE))
                except SystemExit as failure:
                    self.missing[name] = str(failure)
                    break

    def makers(self, workload):
        def make(way):
            return lambda: Posted(self.servers[way].port, workload.request(), judge_report(workload.expected))
        return {way: make(way) for way in self.servers}


def measure(bench, seconds, names):
    """Rows of milliseconds by way, and of bytes: a kept sandbox's share, and the peak of a run by its report."""
    found = {"latency": {}, "memory": {}, "start_ms": {}}
    with contextlib.ExitStack() as stack:
        drivers = Drivers(stack, bench.nestbox, names, bench.port)
        for name, reason in drivers.missing.items():
            bench.note("drivers", name, reason)
        found["start_ms"] = {way: server.started_seconds * 1000 for way, server in drivers.servers.items()}
        baselines = bench.makers(workloads.PRINT, ["bare", "runsc"])
        kernel = kernel_directory()
        if "microvm" in drivers.servers and kernel:
            baselines[BOOT] = plain_boot(kernel, is_emulated(bench.nestbox, kernel), bench.ways.environment, bench.ways.errors)
        for group in [[], *([name, f"{name}-cold"] for name in names if name in drivers.servers)]:
            # A pool that fills again would be in the way of all the others, so each driver takes its turns beside the bare process alone.
            made = drivers.makers(workloads.PRINT)
            ways = {way: made[way] for way in group} or baselines
            makers = {"bare": baselines["bare"], **ways}
            pause = SETTLE[group[0]] if group else 0.05
            rows = latency.measure(makers, seconds, pause, bench.notes("drivers"), seldom=1)
            bare = figures.percentile(rows["bare"].times, 50)
            for way, row in rows.items():
                if way != "bare" or not group:
                    # The bare process of the same rounds: the machine may have another speed a minute later.
                    found["latency"][way] = {**row.summary(), "bare": bare}
        for way, server in drivers.servers.items():
            found["memory"][way] = {"peak": peak(server)}
            if not way.endswith("-cold"):
                settle(2)
                time.sleep(1)
                found["memory"][way].update(footprint.prepared(server))
    return found


def peak(server):
    """Bytes at the peak of a run of print(1), as its report says."""
    status, report = Client(server.port).run(**workloads.PRINT.request())
    if status != 200 or report["verdict"] != "ok":
        raise Wrong(f"{status}: {str(report)[:200]}")
    return report["memory_peak_bytes"]
