# SPDX-License-Identifier: Apache-2.0
"""The sections of scripts/bench: which ways take part, and what of theirs is measured."""
import itertools
import pathlib
import time

import figures
from benchmark import drivers, footprint, judging, latency, throughput, transfer, workloads
from benchmark.sdk import Told, Worker
from benchmark.slots import Wrong
from benchmark.ways import Ways
from server import Server


class Bench:
    """One run: servers, ways and results. `measure_NAME` does the section NAME."""

    def __init__(self, stack, nestbox, plan, port):
        self.nestbox, self.plan, self.results, self.not_measured, self.failed = nestbox, plan, {}, [], False
        self.ports = itertools.count(port) if port else None
        self.server = stack.enter_context(Server(nestbox, port=self.port()))
        servers = {"nestbox-http": self.server.port}
        if cold := self.cold_server(stack):
            servers["nestbox-http-cold"] = cold.port
        self.ways = stack.enter_context(Ways(nestbox, servers))
        for way, reason in self.ways.skipped.items():
            self.note("all", way, reason)
        self.workers = {}
        for way, server in (("e2b", self.server), ("e2b-cold", cold)):
            if server:
                try:
                    self.workers[way] = Worker(server.port, self.ways.errors)
                    stack.callback(self.workers[way].close)
                except Wrong as failure:
                    self.note("all", way, f"{failure}; {self.ways.last_error()}")

    def port(self):
        return next(self.ports) if self.ports else None

    def cold_server(self, stack):
        """A second server that makes every sandbox when it is asked for."""
        file = pathlib.Path(self.server.folder) / "cold.yaml"
        file.write_text("warm:\n  enabled: false\n")
        try:
            return stack.enter_context(Server(self.nestbox, "--config", str(file), port=self.port()))
        except SystemExit as failure:
            if "unknown key" not in str(failure):
                raise
            self.note("all", "nestbox-http-cold, e2b-cold", "this build has no warm starts to switch off: nestbox-http and e2b are cold")
            return None

    def note(self, section, way, reason):
        reason = " ".join(reason.split())[:200]
        self.not_measured.append({"section": section, "way": way, "reason": reason})
        print(f"  not measured: {way} ({section}): {reason}", flush=True)

    def notes(self, section):
        def told(way, reason):
            # What others cannot do is worth a line; what Nestbox cannot do is a failure.
            self.failed = self.failed or way.startswith("nestbox")
            self.note(section, way, f"{reason} {self.ways.last_error() if way in self.ways else ''}")
        return told

    def makers(self, workload, names):
        return {name: lambda name=name: self.ways[name](workload) for name in names if name in self.ways}

    def measure_latency(self):
        clocks = {}
        for name, seconds in self.plan["latency"].items():
            workload = workloads.ALL[name]
            makers = self.makers(workload, self.ways)
            if name == "pandas":
                makers["bare-import"] = lambda: self.ways["bare"](workloads.IMPORT)
            for way, worker in self.workers.items():
                makers[way] = lambda worker=worker: Told(worker, {"do": "new", **workload.sdk()})
            if "e2b" in self.workers:
                makers["e2b-again"] = lambda: Told(self.workers["e2b"], {"do": "again", **workload.sdk()})
            makers = {way: make for way, make in makers.items() if self.plan["ways"] is None or way in self.plan["ways"]}
            rows = latency.measure(makers, seconds, workload.settle, self.notes(name))
            self.results.setdefault("latency", {})[name] = {way: row.summary() for way, row in rows.items()}
            for way in ("nestbox-http", "nestbox-http-cold"):
                if way in rows and name == "print":
                    clocks[way] = latency.engine(rows[way])
            if "e2b" in self.workers:
                self.workers["e2b"].ask(do="release")
        self.results["engine"] = clocks

    def measure_sdk(self):
        if not (worker := self.workers.get("e2b")):
            return
        parts = {}
        makers = {**self.makers(workloads.PRINT, ["bare"]), **{way: lambda request=request: Told(worker, request, parts) for way, request in {
            "e2b-first-command": {"do": "new", "kind": "command", "text": "echo hi", "expected": "hi\n"},
            "e2b-first-code": {"do": "new", "kind": "code", "text": "1+1", "expected": "2"},
            "e2b-command": {"do": "again", "kind": "command", "text": "echo hi", "expected": "hi\n"},
        }.items()}}
        rows = latency.measure(makers, self.plan["sdk"], 0.3, self.notes("sdk"), seldom=1)
        self.results["sdk"] = {way: row.summary() for way, row in rows.items()}
        self.results["sdk"].update({f"e2b-{name}": {**figures.summary(times), "warm": None} for name, times in parts.items()})
        self.results["versions"] = worker.versions

    def measure_throughput(self):
        clients, seconds, slices, names = self.plan["throughput"]
        self.results["throughput"] = throughput.closed(
            self.makers(workloads.PRINT, names), clients, seconds, slices, self.notes("throughput"))

    def measure_burst(self):
        size, times, names = self.plan["burst"]
        self.results["burst"] = throughput.burst(self.makers(workloads.PRINT, names), size, times, self.notes("burst"))

    def measure_sustained(self):
        clients, seconds, window = self.plan["sustained"]
        make = self.makers(workloads.PRINT, ["nestbox-http"])["nestbox-http"]
        self.results["sustained"] = throughput.sustained(make, clients, seconds, window)

    def measure_memory(self):
        # Of a server that nobody has asked for anything: no sandbox of it is anybody's.
        with Server(self.nestbox, port=self.port()) as fresh:
            time.sleep(2)
            self.results["memory"] = {"prepared": footprint.prepared(fresh)}
        if "e2b" in self.workers:
            self.results["memory"]["idle"] = footprint.idle(self.server, self.workers["e2b"], self.plan["memory"])

    def measure_server(self):
        bare = self.makers(workloads.PRINT, ["bare"])["bare"]
        self.results["server"] = footprint.start(self.nestbox, self.plan["server"], self.port, bare)

    def measure_transfer(self):
        size, times = self.plan["transfer"]
        self.results["transfer"] = transfer.measure(
            self.ways, self.server.port, self.workers.get("e2b"), size, times, self.notes("transfer"))

    def measure_judging(self):
        found = self.results["judging"] = {}
        found["cases"] = judging.cases(self.server.port, self.plan["judging"])
        if path := judging.dataset():
            found["humaneval"] = judging.human_eval(self.nestbox, self.server.port, path)
        else:
            self.note("judging", "humaneval", "HumanEval.jsonl is not there; name it in NESTBOX_HUMANEVAL")

    def measure_drivers(self):
        self.results["drivers"] = drivers.measure(self, *self.plan["drivers"])
