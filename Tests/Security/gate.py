#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The containment gate: runs corpora of hostile programs and requests, and judges from inside and from outside.

  gate.py --api 127.0.0.1:8686 --corpus corpus --corpus OTHER --table --out nestbox.json
  gate.py --server-cmd 'nestbox serve --listen 127.0.0.1:{port}' --corpus corpus       # starts, and may kill, servers itself
  gate.py --prefix 'timeout -s KILL {wall} bwrap ... --bind {work} /work --' --inside /work --peer bwrap --out bwrap.json
  gate.py --plain --peer plain                                                         # negative control
  gate.py --compare nestbox.json --compare bwrap.json                                  # one table from several campaigns

Ends with 0 when everything required is contained, 1 when not, 64 for wrong usage. README.md tells how a verdict is read.
"""
import argparse
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from harness import corpus, judge, misuse, misuse_server, pace, table
from harness.client import Client
from harness.host import Host
from harness.local import Local
from harness.remote import Remote

HERE = os.path.dirname(os.path.abspath(__file__))
WHOLE_HOST = {"posture", "host_uid_nonzero", "host_cpu_within_limit", "host_shmem_flat_mb", "server_growth_lt_mb",
              "distinct_host_uids", "supervisor_kill_cleans", "listener_untouched", "beside_ok"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = parser.add_argument_group("what is tested")
    target.add_argument("--api", help="HOST:PORT or unix:PATH of a running server")
    target.add_argument("--server-cmd", help="command that starts a server; {port} and {state} (a directory) are replaced")
    target.add_argument("--server-pid", type=int, help="process id of the server of --api, for checks of its memory")
    target.add_argument("--header", action="append", default=[], help="header of each request, such as 'Authorization: Bearer x'")
    target.add_argument("--prefix", help="command prefix instead of a server; {work} {wall} {mem_mb} {disk_mb} {pids} are replaced")
    target.add_argument("--inside", default="", help="path of {work} inside the sandbox of --prefix")
    target.add_argument("--plain", action="store_true", help="no sandbox at all: only programs marked safe_plain")
    target.add_argument("--peer", default="nestbox", help="name of what is tested, for the table")
    target.add_argument("--tier", default="ns", choices=["ns", "gvisor", "microvm", "k8s"])
    target.add_argument("--limits", default="", help="known limits, such as mem_mb=512,pids=128,disk_mb=256,inodes=16000,cpu=1,wall=10")
    choice = parser.add_argument_group("which checks")
    choice.add_argument("--corpus", action="append", help="folder with a manifest.json; may be repeated (default: corpus)")
    choice.add_argument("--group", default="", help="groups, comma-separated")
    choice.add_argument("--only", default="", help="ids, comma-separated")
    choice.add_argument("--skip", default="", help="ids, comma-separated")
    choice.add_argument("--jobs", type=int, default=1, help="programs at a time; checks of the whole host always run alone")
    choice.add_argument("--slow", type=float, default=1, help="how many times slower than a real machine this one may be")
    choice.add_argument("--starts", choices=["warm", "cold"], help="how the server must start Python programs: a campaign that was meant to be "
                        "warm fails when it was cold, and the other way round")
    output = parser.add_argument_group("output")
    output.add_argument("--out", help="write the results as JSON")
    output.add_argument("--table", action="store_true", help="print the whole table at the end")
    output.add_argument("--compare", action="append", default=[], help="JSON of another campaign as a further column; repeatable")
    other = parser.add_argument_group("instead of running")
    other.add_argument("--lint", action="store_true", help="check that manifests and programs agree")
    other.add_argument("--assemble", metavar="DIR", help="write all programs in one piece, for other runners")
    return parser.parse_args()


class Servers:
    """Starts servers from --server-cmd; they write to one log and are ended with the campaign."""

    def __init__(self, command, host, headers):
        self.command, self.host, self.headers = command, host, headers
        self.directory = tempfile.mkdtemp(prefix="gate-servers-")
        self.log = os.path.join(self.directory, "server.log")
        self.processes = []

    def start(self):
        """(process, client) of a fresh server that answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        state = os.path.join(self.directory, "state-%d" % len(self.processes))
        os.makedirs(state, mode=0o777)
        words = [w.replace("{port}", str(port)).replace("{state}", state) for w in shlex.split(self.command)]
        environment = {**os.environ, "SECRES_PLANTED_SECRET": self.host.secret, "NB_PLANTED_VALUE": self.host.secret}
        with open(self.log, "ab") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.processes.append(process)
        client = Client("127.0.0.1:%d" % port, self.headers)
        for _ in range(int(150 * pace.slowness)):
            if client.request("GET", "/healthz", timeout=2).status == 200:
                return process, client
            if process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit("the server did not start: %s\n%s" % (" ".join(words), open(self.log, errors="replace").read()[-2000:]))

    def end(self):
        """End every server as an operator does; what it kept must go with it."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def stop(self):
        self.end()
        subprocess.run(["rm", "-rf", self.directory], check=False)


def chosen(checks, options):
    only, skip, groups = (set(filter(None, text.split(","))) for text in (options.only, options.skip, options.group.upper()))
    return [c for c in checks if (not only or c.id in only) and c.id not in skip and (not groups or c.group in groups)]


def result(check, tier, state, detail, seconds):
    return {"id": check.id, "group": check.group, "title": check.title, "severity": check.severity, "level": check.level,
            "tier": tier, "judged": check.judged, "state": state, "detail": detail[:600], "seconds": round(seconds, 1)}


def unseen(state, detail):
    """Whether nothing is wrong but that the program was not seen: it ran in an interpreter that was there before, waiting for it, which
    nothing tells from others that wait. It runs again then, and must be seen."""
    return state == "not contained" and all(each.endswith("no process seen") for each in detail.split(" -- ")[0].split("; "))


def run_program(check, runner, host, options):
    """One result for one program."""
    tier = check.tiers[options.tier]
    if tier == "na":
        return result(check, tier, "n/a", "not applicable to this tier", 0)
    if options.plain and not check.safe_plain:
        return result(check, tier, "skipped", "not run without a sandbox", 0)
    if isinstance(runner, Local) and (check.level == "server" or "language" in check.request):
        return result(check, tier, "n/a", "needs the server", 0)
    started = time.monotonic()
    canary = host.canary_state()
    if "supervisor_kill_cleans" in check.outside:
        outcome = runner.supervisor_kill(check, check.outside["supervisor_kill_cleans"])
        state, detail = ("skipped", "needs --server-cmd") if outcome is None else (
            "contained" if outcome[0] and not outcome[1] else "not contained", "ran %s, left %s" % outcome)
    else:
        try:
            for _ in range(3):
                state, detail = judge.assess(check, runner.observe(check), host, canary)
                if not unseen(state, detail):
                    break
        except Exception as error:  # a defect of the gate must not hide the other results
            state, detail = "error", "gate: %r" % error
    if host.canary_state() != canary:
        host.reset_canary()
    return result(check, tier, state, detail, time.monotonic() - started)


# Requests that need to see the program as a process of the host.
NEED_HOST_PROCESSES = {"NB-API-25"}


def run_misuse(check, context, host, tier):
    if tier in ("gvisor", "microvm") and check.id in NEED_HOST_PROCESSES:
        return result(check, "na", "n/a", "programs of this tier are no processes of the host", 0)
    started = time.monotonic()
    canary = host.canary_state()
    try:
        contained, detail = check.function(context)
    except Exception as error:
        contained, detail = False, "gate: %r" % error
    alive, seconds = context.client.alive(30)
    if not alive:
        contained, detail = False, "%s; afterwards an ordinary run fails" % detail
    if host.canary_state() != canary:
        contained, detail = False, "%s; the host canary changed" % detail
        host.reset_canary()
    return result(check, "required", "contained" if contained else "not contained", detail, time.monotonic() - started)


class HostCheck:
    """What must be as before when everything is over."""

    group, level, judged, severity = "HOST", "server", "outside", "critical"

    def __init__(self, number, title):
        self.id, self.title = "NB-HOST-%02d" % number, title


def look_at_starts(starts, wanted):
    """Say how runs started; nothing else in the results tells a warm campaign from a cold one."""
    kinds = ("warm", "forked", "cold")
    print("starts: " + "; ".join("%s %s" % (language, ", ".join("%d %s" % (starts[language, kind], kind) for kind in kinds))
                                 for language in sorted({language for language, _ in starts})), flush=True)
    if wanted is None:
        return []
    count = {kind: starts["py", kind] for kind in kinds}
    if wanted == "cold":
        good = not any(number for (_, kind), number in starts.items() if kind != "cold")
    else:
        # The first programs find no zygote yet, and some ask for what only a cold start gives.
        good = count["warm"] > 0 and count["forked"] + count["warm"] >= 3 * count["cold"]
    check = HostCheck(0, "Python programs started %s" % wanted)
    each = result(check, "required", "contained" if good else "not contained", "starts of Python programs: %s" % count, 0)
    show(each)
    return [each]


def look_after(host, before, servers, client):
    """Compare the host with its state before the campaign: without servers where the gate starts them, as what a server keeps
    prepared is never the same twice; idle pools of another server are part of both."""
    alive = client.alive(30)[0]
    if servers:
        servers.end()
        # Empty control groups of a server that was killed are removed by the next one that starts; both are part of the promise.
        servers.start()
        servers.end()
    end = time.monotonic() + 10
    after = host.snapshot()
    while any(after[key] - before[key] for key in before) and time.monotonic() < end:
        time.sleep(0.5)
        after = host.snapshot()
    results = []
    for number, key in enumerate(before, 1):
        grown = sorted(after[key] - before[key])
        results.append(result(HostCheck(number, "after the campaign: %s" % key), "required",
                              "not contained" if grown else "contained", "%d before, %d after; new: %s" % (len(before[key]), len(after[key]), grown[:4]), 0))
    results.append(result(HostCheck(7, "after the campaign: the server works"), "required",
                          "contained" if alive else "not contained", "ordinary run ok: %s" % alive, 0))
    if servers:
        with open(servers.log, "rb") as file:
            log = file.read()
        raw = len(re.findall(rb"[\x00-\x08\x0b-\x1f\x7f]|\x9b", log))
        secret = host.secret.encode() in log or host.token.encode() in log
        results.append(result(HostCheck(8, "the log holds no control characters and no secret"), "required",
                              "not contained" if raw or secret else "contained", "%d control bytes, secret %s" % (raw, secret), 0))
    for each in results:
        show(each)
    return results


def show(each):
    print("%-13s %-14s %-9s %s %s" % (each["id"], table.mark(each), each["judged"], each["title"][:64],
                                      "" if table.passed(each) else "| " + each["detail"][:200]), flush=True)


def run_all(checks, runner, host, options):
    """Run the programs, the ones that look at the whole host alone, the others --jobs at a time."""
    results = {}
    lock = threading.Lock()

    def one(check):
        each = run_program(check, runner, host, options)
        with lock:
            results[check.id] = each
            show(each)

    def alone(check):
        return options.jobs == 1 or check.alone or bool(set(check.outside) & WHOLE_HOST) or check.id.startswith("NET-")

    waiting = iter([check for check in checks if not alone(check)])

    def work():
        while True:
            with lock:
                check = next(waiting, None)
            if check is None:
                return
            one(check)

    threads = [threading.Thread(target=work) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for check in filter(alone, checks):
        one(check)
    return [results[check.id] for check in checks]


def campaign(options, folders):
    """All results of a campaign."""
    limits = {k: float(v) for k, v in (pair.split("=") for pair in options.limits.split(",") if pair)}
    checks = chosen([check for folder in folders for check in corpus.load(folder)], options)
    host = Host()
    servers = None
    try:
        if options.prefix is not None or options.plain:
            runner = Local("" if options.plain else options.prefix, host, options.inside, limits, options.plain)
            return run_all(checks, runner, host, options)
        pid = options.server_pid
        if options.server_cmd:
            servers = Servers(options.server_cmd, host, options.header)
            # What the first server of a machine makes once stays.
            servers.start()[1].alive()
            servers.end()
            before = host.snapshot()
        if options.api:
            client = Client(options.api, options.header)
        else:
            process, client = servers.start()
            pid = process.pid
        if not client.alive()[0]:
            sys.exit("no answer of a server at %s" % client.api)
        for _ in range(3):
            client.alive()
        if not servers:
            before = host.snapshot()
        runner = Remote(client, host, limits, pid, servers.start if servers else None)
        results = run_all(checks, runner, host, options) + look_at_starts(runner.starts, options.starts)
        context = misuse.Context(client, host, pid, options.tier)
        for check in chosen(misuse.CHECKS, options):
            results.append(run_misuse(check, context, host, options.tier))
            show(results[-1])
        if not options.only:
            results += look_after(host, before, servers, client)
        return results
    finally:
        if servers:
            servers.stop()
        host.close()


def main():
    options = arguments()
    pace.slowness = options.slow * pace.TIER_SLOWNESS.get(options.tier, 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folders = options.corpus or [os.path.join(HERE, "corpus")]
    if options.lint:
        problems = [problem for folder in folders for problem in corpus.lint(folder)]
        print("\n".join(problems) or "manifests and programs agree")
        return 1 if problems else 0
    if options.assemble:
        for folder in folders:
            corpus.assemble(corpus.load(folder), options.assemble)
        return 0
    others = [table.load(path) for path in options.compare]
    if not (options.api or options.server_cmd or options.prefix is not None or options.plain):
        if not others:
            print("one of --api, --server-cmd, --prefix, --plain or --compare is needed", file=sys.stderr)
            return 64
        print("\n".join(table.render(others[0]["results"], others[1:])))
        return 0
    results = campaign(options, folders)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump({"peer": options.peer, "tier": options.tier, "prefix": options.prefix, "results": results}, file, indent=1)
    if options.table or others:
        print("\n".join(table.render(results, others)))
    print("\n".join(table.groups(results)))
    good, bad, skipped = table.counts(results)
    print("%d passed, %d failed, %d skipped" % (good, bad, skipped))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
