# SPDX-License-Identifier: Apache-2.0
"""Clients of every kind, each answer judged: what `soak` sends through a server."""
import collections
import http.client
import json
import random
import socket
import threading
import time

import programs
from hostile import Hostile
from malformed import MALFORMED
from server import Client
from streams import SLEEPER, Busy, Stream


class Traffic:
    """Threads that each send one thing after the other, chosen by weight, until the time is up."""

    def __init__(self, port, seed):
        self.port, self.random, self.lock = port, random.Random(seed), threading.Lock()
        client = Client(port)
        languages = client.call("GET", "/v1/languages")[1]["languages"]
        available = {one["name"] for one in languages if one["available"]}
        self.hostile = Hostile(available, client.call("GET", "/v1/capabilities")[1]["limits_default"])
        every = programs.PROGRAMS + programs.LANGUAGES
        self.programs = programs.requests([one for one in every if one["language"] in available])
        self.numbers = iter(range(100_000_000, 1 << 60))
        self.done = collections.deque(maxlen=200)
        self.counts, self.latencies, self.wrong = collections.Counter(), collections.defaultdict(list), []
        self.kinds = {
            self.program: 55, self.hostile_program: 15, self.malformed: 8, self.disconnect: 7, self.watch_and_fetch: 5,
            self.leave_and_fetch: 4, self.cancel: 3, self.fetch_old: 2, self.half_a_request: 1,
        }

    def run(self, clients, seconds):
        deadline = time.monotonic() + seconds
        threads = [threading.Thread(target=self.work, args=(deadline,), daemon=True) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(1, deadline - time.monotonic()) + 150)
        if any(thread.is_alive() for thread in threads):
            self.wrong.append("a client still waits for its answer")

    def work(self, deadline):
        client = Client(self.port)
        while time.monotonic() < deadline:
            with self.lock:
                kind, nonce = self.random.choices(list(self.kinds), list(self.kinds.values()))[0], str(next(self.numbers))
            began = time.monotonic()
            try:
                outcome, complaint = kind(client, nonce)
            except Busy:
                outcome, complaint = "busy", None
                time.sleep(0.1)
            except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
                outcome, complaint, client = "broken", f"{kind.__name__}: {error!r}", Client(self.port)
            with self.lock:
                self.counts[kind.__name__, outcome] += 1
                self.latencies[kind.__name__].append((time.monotonic() - began) * 1000)
                if complaint:
                    self.wrong.append(complaint)

    def ask(self, client, body):
        status, report = client.run(**body)
        if status == 429:
            raise Busy
        if status == 200:
            self.done.append((report["id"], report["verdict"]))
        return status, report, report.get("verdict") or f"status {status}"

    # Each kind returns what came of it and what is wrong with that.

    def program(self, client, nonce):
        program = self.random.choice(self.programs)
        status, report, outcome = self.ask(client, programs.body(program, nonce))
        return outcome, programs.complaint(program, nonce, status, report)

    def hostile_program(self, client, nonce):
        check = self.random.choice(self.hostile.checks)
        status, report, outcome = self.ask(client, self.hostile.body(check, nonce))
        return outcome, self.hostile.complaint(check, status, report)

    def malformed(self, client, _):
        body, status, code = self.random.choice(MALFORMED)
        client.connection.request("POST", "/v1/run", body, {"Content-Type": "application/json"})
        answer = client.connection.getresponse()
        problem = json.loads(answer.read())
        right = (answer.status, problem["code"]) == (status, code)
        return problem["code"], None if right else f"{answer.status} {problem} for {body[:60]}"

    def disconnect(self, *_):
        """Goes away while the run waits, is made, or runs."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        body = json.dumps(SLEEPER).encode()
        head = f"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        sock.sendall(head.encode() + body)
        time.sleep(self.random.uniform(0, 0.4))
        sock.close()
        return "left", None

    def half_a_request(self, *_):
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as sock:
            sock.sendall(b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            time.sleep(self.random.uniform(0, 2))
        return "left", None

    def watch_and_fetch(self, client, nonce):
        """Reads the events to their end, and the same report again by its identifier."""
        stream = Stream(self.port, {"language": "python", "code": f"for n in range(200): print(n)\nprint('{nonce}')"})
        events = list(stream.events())
        stream.leave(reset=False)
        status, report = client.call("GET", f"/v1/runs/{stream.id}")
        text = "".join(event["text"] for event in events if event["event"] == "stdout")
        right = status == 200 and events[-1].get("report") == report and text == report["stdout"] and text.endswith(nonce + "\n")
        return report.get("verdict"), None if right else f"events and report differ: {status} {events[-2:]} {report}"

    def leave_and_fetch(self, client, _):
        """Leaves a run in its middle: it is cancelled, and its report is there soon."""
        stream = Stream(self.port, SLEEPER)
        time.sleep(self.random.uniform(0, 0.3))
        stream.leave(reset=self.random.random() < 0.5)
        return self.cancelled(client, stream.id)

    def cancel(self, client, _):
        stream = Stream(self.port, SLEEPER)
        status, answer = client.call("DELETE", f"/v1/runs/{stream.id}")
        last = list(stream.events())[-1]
        stream.leave(reset=False)
        if status != 202 or last["event"] not in ("report", "error"):
            return f"status {status}", f"cancelling: {status} {answer}, {last}"
        return self.cancelled(client, stream.id)

    @staticmethod
    def cancelled(client, run):
        for _ in range(200):
            status, report = client.call("GET", f"/v1/runs/{run}")
            if status == 200:
                return report["verdict"], None if report["verdict"] == "cancelled" else f"{report['verdict']} instead of cancelled"
            time.sleep(0.05)
        return f"status {status}", f"no report of the cancelled run {run}: {status}"

    def fetch_old(self, client, _):
        """One of the last 200 reports, which are fewer than the server keeps."""
        if not self.done:
            return "none", None
        run, verdict = self.random.choice(list(self.done))
        status, report = client.call("GET", f"/v1/runs/{run}")
        right = status == 200 and report["verdict"] == verdict
        return f"status {status}", None if right else f"{status} for the report of {run}: {report}"
