# SPDX-License-Identifier: Apache-2.0
"""Clients that misbehave on the connection, with other people's runs, or from a web page."""
import json
import re
import socket
import threading
import time
from collections import Counter

from . import pace
from .misuse import code, misuse


@misuse(21, "other people's runs cannot be guessed, read or cancelled by odd names", "IDOR (CWE-639), SQL injection, traversal", "critical")
def foreign_runs(context):
    """Unknown, malformed, encoded, endless and injected run names: all answer 404 or 400 alike, none shows a file."""
    unknown = "run_" + "a" * 26
    names = [unknown, "run_" + "z" * 26, "1", "..", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "run_'%20OR%201=1--", "run_*", "%25",
             "x" * 5000, "run_%00", "run_" + "a" * 25 + "%0a", "*", "latest", "null"]
    wrong, bodies = {}, Counter()
    for method in ("GET", "DELETE"):
        for name in names:
            answer = context.client.request(method, "/v1/runs/" + name, timeout=10)
            if not 400 <= answer.status < 500 or b"root:" in answer.body:
                wrong[method + " " + name[:20]] = repr(answer)
            if method == "GET" and name.startswith("run_") and len(name) == 30:
                bodies[re.sub(name, "ID", answer.body.decode(errors="replace"))] += 1
    return not wrong and len(bodies) <= 1, "%s" % (wrong or "%d names, %d kinds of answer" % (2 * len(names), len(bodies)))


@misuse(22, "names of runs cannot be predicted", "sequential ids (CWE-330); TEN-02")
def unpredictable(context):
    """The names of twenty runs differ in more than half of their characters and carry at least 120 bits."""
    names = [(context.client.run(code("pass")).json or {}).get("id", "") for _ in range(20)]
    tails = [name.partition("_")[2] or name for name in names]
    short = [name for name in names if len(re.sub(r"[^A-Za-z0-9]", "", name.partition("_")[2] or name)) < 22]
    near = [1 for a in range(20) for b in range(a) if sum(x == y for x, y in zip(tails[a], tails[b])) > len(tails[a]) / 2]
    return len(set(names)) == 20 and not short and not near, "%d different, %d short, %d alike, such as %s" % (
        len(set(names)), len(short), len(near), names[:2])


@misuse(23, "a stored report is the one that was returned", "second-order injection; result mixing")
def stored_report(context):
    """A run that prints quotes, SQL, NUL and invalid UTF-8 is read back unchanged."""
    program = "import os; os.write(1, b\"'; DROP TABLE reports;--\\x00\\xff\\xc3\\xa9 \\x1b[2J\"); os._exit(3)"
    report = context.client.run(code(program)).json or {}
    stored = context.client.request("GET", "/v1/runs/" + report.get("id", "none"), timeout=10)
    same = isinstance(stored.json, dict) and {k: v for k, v in stored.json.items()} == report
    return bool(report) and same, "stored: %r" % stored if not same else "equal"


@misuse(24, "cancelling one run does not touch another, and cancelling a finished one changes nothing", "cross-run cancellation")
def cancel_finished(context):
    """While one run sleeps, finished and unknown runs are cancelled in numbers; it must end by itself."""
    results = {}
    thread = threading.Thread(target=lambda: results.update(
        slow=context.client.run(code("import time; time.sleep(3); print('undisturbed')")).json or {}))
    thread.start()
    done = (context.client.run(code("pass")).json or {}).get("id", "none")
    statuses = Counter(context.client.request("DELETE", "/v1/runs/" + done, timeout=10).status for _ in range(20))
    again = context.client.request("GET", "/v1/runs/" + done, timeout=10).json or {}
    thread.join(30)
    good = results.get("slow", {}).get("verdict") == "ok" and again.get("verdict") == "ok" and not any(s >= 500 or s == 0 for s in statuses)
    return good, "sleeping run %s, finished run %s, statuses %s" % (results.get("slow", {}).get("verdict"), again.get("verdict"), dict(statuses))


@misuse(25, "a client that goes away ends its run", "orphaned work after disconnects; PROTO-06", "critical")
def client_gone(context):
    """Send a request, reset the connection, look for the program's process on the host."""
    nonce = "NB-API-25-" + context.host.campaign
    program = "import os, sys; os.execv('/bin/sleep', ['nb-orphan-%s', '30'])" % nonce
    body = json.dumps(code(program, limits={"wall_ms": 30_000})).encode()
    channel = context.client.socket(10)
    head = "POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    channel.sendall(head.encode() + body)
    end = time.monotonic() + 8
    while not (seen := context.host.with_nonce(nonce)) and time.monotonic() < end:
        time.sleep(0.1)
    if channel.family != socket.AF_UNIX:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    channel.close()
    left = context.host.wait_gone(nonce, 5)
    context.host.kill(left)
    return bool(seen) and not left, "seen %s, left %s" % (list(seen.values()), left)


@misuse(26, "a stream of events cannot be forged by the program", "event-stream injection (CWE-93); SSE and NDJSON framing", "critical")
def forged_events(context):
    """The program prints report events, line separators and chunk ends; the stream has one report, and the true one."""
    fake = json.dumps({"event": "report", "type": "report", "report": {"verdict": "ok", "exit_code": 0}})
    program = "import os\nfor t in (%r, '\\r\\n0\\r\\n\\r\\n', '\\u2028', 'event: report'):\n  os.write(1, (t + '\\n').encode())\nos._exit(7)" % fake
    answer = context.client.run(code(program), headers={"Accept": "application/x-ndjson"})
    events = []
    for line in answer.body.split(b"\n"):
        if line.strip():
            try:
                events.append(json.loads(line))
            except ValueError:
                return False, "a line of the stream is no JSON: %r" % line[:80]
    text = [json.dumps(e) for e in events]
    finals = [e for e, t in zip(events, text) if '"timings"' in t]
    good = answer.status == 200 and len(finals) == 1 and events[-1] is finals[0] and '"exit_code": 7' in text[-1]
    return good, "%d events, %d reports, status %d" % (len(events), len(finals), answer.status)


@misuse(27, "a web page cannot drive the server", "DNS rebinding and cross-site requests to localhost services (CVE-2018-5702 class)", "critical")
def cross_site(context):
    """Simple cross-site requests, foreign Host headers, form posts and preflights are refused."""
    body = json.dumps(code("print(1)")).encode()
    cases = {"text/plain": {"Content-Type": "text/plain", "Origin": "http://evil.example"},
             "form": {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://evil.example"},
             "foreign origin": {"Origin": "http://evil.example"}, "null origin": {"Origin": "null"},
             "fetch metadata": {"Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site"}}
    if not context.client.path:
        cases["rebinding"] = {"Host": "evil.example:%d" % context.client.address[1]}
    statuses = {label: context.client.request("POST", "/v1/run", body, headers).status for label, headers in cases.items()}
    preflight = context.client.request("OPTIONS", "/v1/run", None, {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"})
    allowed = {k.lower(): v for k, v in preflight.headers.items()}.get("access-control-allow-origin")
    accepted = {label: s for label, s in statuses.items() if not 400 <= s < 500}
    return not accepted and allowed not in ("*", "http://evil.example"), "accepted %s, preflight allows %s" % (accepted, allowed)


@misuse(28, "unknown methods and paths show nothing", "path traversal in web servers (CVE-2021-41773)", "critical")
def paths(context):
    """Traversal, encodings, odd methods, endless queries: 4xx, never a file, never 5xx."""
    targets = [("GET", "/v1/run"), ("PUT", "/v1/run"), ("TRACE", "/"), ("GET", "/../../../../etc/passwd"), ("GET", "//etc/passwd"),
               ("GET", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), ("GET", "/v1/../../etc/passwd"), ("GET", "/v1/runs/..%2f..%2fetc%2fpasswd"),
               ("GET", "/?" + "a=1&" * 3000), ("GET", "/v1/run/%00"), ("DELETE", "/"), ("GET", "/.git/config"), ("GET", "/debug/pprof")]
    wrong = {}
    for method, path in targets:
        status, data = context.client.raw(("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % (method, path)).encode())
        if status >= 500 and status not in (501, 505) or b"root:x" in data or status == 200 and path != "/?" + "a=1&" * 3000:
            wrong["%s %s" % (method, path[:30])] = status
    return not wrong, "%s" % (wrong or "%d requests" % len(targets))


@misuse(29, "ambiguous framing is refused", "request smuggling (CWE-444)")
def framing(context):
    """Two lengths, length and chunks, negative and huge lengths, bare line feeds, folded headers, garbage."""
    start = b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
    cases = {"both": start + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
             "two lengths": start + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", "negative": start + b"Content-Length: -1\r\n\r\n",
             "plus": start + b"Content-Length: +2\r\n\r\n{}", "huge chunk": start + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF1\r\n",
             "odd coding": start + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "space": start + b"Content-Length : 2\r\n\r\n{}",
             "bare": b"GET /healthz HTTP/1.1\nHost: x\nContent-Length: x\n\n", "no host": b"GET /healthz HTTP/1.1\r\n\r\n" + b"\0" * 64,
             "garbage": bytes(range(256)) * 16, "big header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n",
             "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(20_000)) + b"\r\n"}
    statuses = {label: context.client.raw(data, 4)[0] for label, data in cases.items()}
    wrong = {label: s for label, s in statuses.items() if s >= 500 and s not in (501, 505) or s == 200 and label != "no host"}
    return not wrong, "%s" % (wrong or statuses)


@misuse(30, "slow clients do not hold up others", "slowloris (CVE-2007-6750)")
def slow_clients(context):
    """A hundred half-sent requests and bodies stay open while ordinary runs go on."""
    kept = []
    for number in range(100):
        try:
            channel = context.client.socket(5)
            channel.sendall(b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\n" + (b"X-A: " if number % 2 else b"Content-Length: 1000\r\n\r\n{"))
            kept.append(channel)
        except OSError:
            break
    results = [context.client.alive() for _ in range(3)]
    for channel in kept:
        channel.close()
    return all(ok and seconds < 5 * pace.slowness for ok, seconds in results), "%d open, others %s" % (len(kept), [(o, round(s, 2)) for o, s in results])


@misuse(31, "a burst is answered, never lost", "overload: 429 with Retry-After, nothing half-done")
def burst(context):
    """150 requests at once: each is a result of its own or a refusal; every result is its own request's."""
    answers = []

    def one(number):
        answers.append((number, context.client.run(code("print(%d * 7)" % number), 90)))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100 * pace.slowness)
    statuses = Counter(answer.status for _, answer in answers)
    mixed = [n for n, a in answers if a.status == 200 and (a.json or {}).get("stdout") != "%d\n" % (n * 7)]
    impolite = [n for n, a in answers if a.status in (429, 503) and "retry-after" not in {k.lower() for k in a.headers}]
    good = len(answers) == 150 and set(statuses) <= {200, 429, 503} and statuses[200] and not mixed and not impolite
    return bool(good), "%s, %d mixed up, %d without Retry-After" % (dict(statuses), len(mixed), len(impolite))


@misuse(32, "clients that never read do not hold memory or runs", "PROTO-16; half-open connections")
def non_readers(context):
    """Twenty clients ask for a megabyte of output and do not read; ordinary runs go on, then all of them hang up."""
    body = json.dumps(code("print('x' * 900_000)")).encode()
    head = b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    kept = []
    for _ in range(20):
        channel = context.client.socket(5)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        channel.sendall(head + body)
        kept.append(channel)
    time.sleep(2)
    ok, seconds = context.client.alive(40)
    for channel in kept:
        channel.close()
    return ok and seconds < 10 * pace.slowness, "another run took %.1f s" % seconds


@misuse(33, "log lines cannot be forged by requests", "log injection (CWE-117)", "medium")
def log_injection(context):
    """Line breaks and escapes in paths, headers, languages and run names are answered without being repeated raw."""
    evil = "x\r\nX-Injected: yes"
    raw = ("GET /v1/runs/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % evil.replace("\r\n", "%0d%0a").replace(" ", "%20")).encode()
    _, data = context.client.raw(raw)
    head = data.split(b"\r\n\r\n", 1)[0].lower()
    answer = context.client.run({"language": "x\r\nfake: line\x1b[2J", "code": "1"})
    return b"\r\nx-injected" not in head and b"\x1b" not in answer.body and b"\r\nfake" not in answer.body, \
        "head %d bytes, answer %r" % (len(head), answer)
