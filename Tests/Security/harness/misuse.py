# SPDX-License-Identifier: Apache-2.0
"""Requests that no honest client sends. Each must be refused with a clear error, or do no harm."""
import json

from . import pace

CHECKS = []
PYTHON = {"language": "python"}


class MisuseCheck:
    """Looks like a corpus entry to the gate; `function(context)` returns (contained, detail)."""

    group, level, lang, file = "API", "server", "http", ""

    def __init__(self, identifier, title, anchors, severity, function):
        self.id, self.title, self.anchors, self.severity, self.function = identifier, title, anchors, severity, function
        self.what = function.__doc__
        self.judged = "outside"


def misuse(number, title, anchors="", severity="high"):
    def register(function):
        CHECKS.append(MisuseCheck("NB-API-%02d" % number, title, anchors, severity, function))
        return function
    return register


class Context:
    def __init__(self, client, host, server_pid=None, tier="ns"):
        self.client, self.host, self.server_pid, self.tier = client, host, server_pid, tier

    def bodies(self, bodies, codes=(), allow_ok=False, timeout=60):
        """Send each of {label: body}; what is wrong with the answers. A refusal is a 4xx problem document with a code."""
        wrong = {}
        for label, body in bodies.items():
            answer = self.client.run(body, timeout)
            if answer.status == 200 and allow_ok:
                verdict = (answer.json or {}).get("verdict")
                if verdict == "internal_error":
                    wrong[label] = "internal_error"
                continue
            if not 400 <= answer.status < 500:
                wrong[label] = repr(answer)
            elif not answer.code:
                wrong[label] = "%d without a code: %s" % (answer.status, answer.body[:60])
            elif codes and answer.code not in codes:
                wrong[label] = "code %s" % answer.code
            elif len(answer.body) > 8192 or b"\x1b" in answer.body:
                wrong[label] = "the error repeats the input: %d bytes" % len(answer.body)
        return not wrong, "%d of %d wrong: %s" % (len(wrong), len(bodies), dict(list(wrong.items())[:4])) if wrong \
            else "%d refused or harmless" % len(bodies)


def code(text, **fields):
    return {**PYTHON, "code": text, **fields}


@misuse(1, "uploaded files cannot leave the working directory", "Zip Slip; PROTO-10; Judge0 CVE-2024-28185", "critical")
def upload_paths(context):
    """Parent, absolute, empty, dotted, NUL and endless paths in files[]."""
    mark = "nb-left-%s-upload" % context.host.campaign
    names = ["../" * 12 + "tmp/" + mark, "/tmp/" + mark, "a/../../" * 8 + "tmp/" + mark, "..", ".", "", "/", "a/", "a//b", "./../x",
             "x\0y", "n" * 5000, "a/" * 3000 + "b", "a/./b/../../../c", "\0"]
    outcome = context.bodies({n[:24]: code("print(1)", files=[{"path": n, "content": "x"}]) for n in names},
                             ("invalid_path", "invalid_field"))
    left = context.host.marks()
    return outcome[0] and not left, "%s; on the host: %s" % (outcome[1], left)


@misuse(2, "uploaded files cannot collide with each other", "duplicate entries in archives (Android master key)", "medium")
def upload_collisions(context):
    """The same path twice, a file that is also a directory, an entry point that is not there or leads outside."""
    files = [{"path": "a", "content": "1"}, {"path": "a", "content": "2"}]
    nested = [{"path": "a", "content": "1"}, {"path": "a/b", "content": "2"}]
    good = [{"path": "main.py", "content": "print(1)"}]
    bodies = {"twice": code("print(1)", files=files), "file and directory": code("print(1)", files=nested),
              "missing entry point": {**PYTHON, "files": good, "entrypoint": "other.py"},
              "entry point outside": {**PYTHON, "files": good, "entrypoint": "../../../etc/passwd"},
              "entry point of the host": {**PYTHON, "files": good, "entrypoint": "/usr/bin/env"}}
    return context.bodies(bodies)


@misuse(3, "the content of a file is given once and is valid", severity="low")
def upload_contents(context):
    """Two contents, none, broken base64."""
    one = {"path": "a", "content": "x", "content_base64": "eA=="}
    bodies = {"both": code("1", files=[one]), "none": code("1", files=[{"path": "a"}]),
              "broken base64": code("1", files=[{"path": "a", "content_base64": "@@@"}]),
              "cut base64": code("1", files=[{"path": "a", "content_base64": "eA="}])}
    return context.bodies(bodies)


@misuse(4, "NUL bytes do not cut names and values short", "poison NUL byte (CWE-158)")
def nul_bytes(context):
    """NUL in arguments, variables, language, entry point and patterns; in code and input it is data."""
    bodies = {"argument": code("1", args=["a\0b"]), "variable": code("1", env={"A": "a\0b"}), "name": code("1", env={"A\0B": "x"}),
              "language": {"language": "python\0", "code": "1"}, "pattern": code("1", collect=["a\0b"]),
              "isolation": code("1", isolation="namespace\0")}
    refused = context.bodies(bodies)
    data = context.bodies({"code": code("print(1)\0"), "stdin": code("import sys; print(len(sys.stdin.read()))", stdin="a\0b")},
                          allow_ok=True)
    return refused[0] and data[0], "%s; as data: %s" % (refused[1], data[1])


@misuse(5, "names of variables are checked", "CVE-2014-6271 (shellshock) class; env injection")
def environment_names(context):
    """Empty names, names with '=', line breaks and control characters."""
    names = ["", "A=B", "=", "=A", "A\nB=C", "\x1b[2J"]
    return context.bodies({repr(n): code("1", env={n: "x"}) for n in names}, ("invalid_environment", "invalid_field"))


@misuse(6, "loader and interpreter variables cannot turn against the supervisor", "CVE-2023-4911 (Looney Tunables), GCONV_PATH")
def hostile_environment(context):
    """LD_PRELOAD, LD_AUDIT, GLIBC_TUNABLES, PYTHON*, BASH_ENV, IFS and PATH are refused or hit the program only."""
    values = {"LD_PRELOAD": "/tmp/evil.so", "LD_AUDIT": "/tmp/evil.so", "LD_LIBRARY_PATH": "/tmp", "GLIBC_TUNABLES": "glibc.malloc.check=3",
              "GCONV_PATH": "/tmp", "BASH_ENV": "/tmp/x", "IFS": "/", "PYTHONSTARTUP": "/tmp/x", "LOCPATH": "/tmp", "HOME": "/etc",
              "TMPDIR": "/etc", "PATH": "/tmp", "NESTBOX_GUEST": "x", "MALLOC_TRACE": "/tmp/trace"}
    wrong = {}
    for name, value in values.items():
        answer = context.client.run(code("import os; os._exit(5)", env={name: value}))
        exit_code = (answer.json or {}).get("exit_code")
        if not (400 <= answer.status < 500 and answer.code or answer.status == 200 and exit_code == 5):
            wrong[name] = "%r exit %s" % (answer, exit_code)
    return not wrong, "%s" % (wrong or "%d variables" % len(values))


@misuse(7, "too many or too long arguments are refused", "E2BIG from execve must not become our own failure")
def huge_arguments(context):
    """200,000 arguments, one argument of 3 MB, 4 MB of variables."""
    bodies = {"many": code("1", args=["x"] * 200_000), "long": code("1", args=["y" * 3_000_000]),
              "variables": code("1", env={"V%d" % n: "z" * 40_000 for n in range(100)})}
    return context.bodies(bodies)


@misuse(8, "arguments, variables and input arrive as they are", "shell injection in runners (CWE-78)")
def verbatim_arguments(context):
    """Shell syntax, options, line breaks, empty and Unicode arguments are passed without interpretation."""
    args = ["$(id)", "; id", "`id`", "-rf", "--", "", "a\nb", "'\"\\", "*", "~", "é\u202e", "-c", "%s%n", "$HOME", "\x1b[2J"]
    answer = context.client.run(code("import json, os, sys; print(json.dumps([sys.argv[1:], os.environ['X'], sys.stdin.read()]))",
                                     args=args, env={"X": "$(id)\n`id`"}, stdin="$(id)\n"))
    try:
        echoed = json.loads((answer.json or {}).get("stdout", ""))
    except ValueError:
        echoed = answer
    return echoed == [args, "$(id)\n`id`", "$(id)\n"], "echo: %s" % (echoed if echoed != [args] else "equal")


@misuse(9, "limits outside their range are refused", "integer wrap-around of limits (CWE-190): -1 means unlimited to the kernel")
def silly_limits(context):
    """Negative, zero, huge, fractional, textual and boolean values for each limit."""
    fields = ("wall_ms", "cpu_ms", "memory_bytes", "output_bytes", "processes", "disk_bytes")
    values = [-1, 0, 2 ** 31, 2 ** 53, 2 ** 63 - 1, 2 ** 64, 1.5, 1e308, "10", "-1; id", True, [], {}]
    bodies = {"%s=%r" % (f, v): code("print(1)", limits={f: v}) for f in fields for v in values}
    bodies = {label: body for label, body in bodies.items() if label not in ("memory_bytes=%d" % 2 ** 31, "disk_bytes=%d" % 2 ** 31)}
    return context.bodies(bodies)


@misuse(10, "tiny limits end the program, not the server", "limits below what a supervisor needs become internal errors")
def tiny_limits(context):
    """The least of each limit gives the limit's own verdict, an error of the program or a refusal; never an internal error."""
    cases = {"wall_ms": (1, "import time; time.sleep(9)", {"wall_timeout"}), "cpu_ms": (1, "while True: pass", {"cpu_timeout"}),
             "memory_bytes": (8 << 20, "b = 'x' * (64 << 20)", {"memory_limit", "runtime_error", "signaled"}),
             "output_bytes": (1, "print('y' * 100)", {"output_limit"}),
             "processes": (1, "import subprocess; subprocess.run(['/bin/true'], check=True)", {"process_limit", "runtime_error"}),
             "disk_bytes": (65536, "open('f', 'wb').write(b'x' * (1 << 20))", {"disk_limit", "runtime_error"})}
    if context.tier == "microvm":
        # Its kernel has the pages of the interpreter's files for this program alone: it drops and reads them again until the time is over.
        cases["memory_bytes"][2].add("wall_timeout")
    wrong = {}
    for field, (value, program, verdicts) in cases.items():
        answer = context.client.run(code(program, limits={"wall_ms": 10_000, field: value}))
        verdict = (answer.json or {}).get("verdict")
        if not (400 <= answer.status < 500 and answer.code or verdict in verdicts):
            wrong[field] = "%d %s" % (answer.status, verdict)
    return not wrong, "%s" % (wrong or "%d limits" % len(cases))


@misuse(11, "unknown fields are refused", "a mistyped limit must not silently mean the default")
def unknown_fields(context):
    """Unknown names at the top, in limits and in files, and names that other systems know."""
    bodies = {n: code("print(1)", **{n: v}) for n, v in (
        ("timeout", 5), ("id", "run_x"), ("user", "root"), ("privileged", True), ("mounts", ["/:/host"]), ("network", "host"),
        ("cap_add", ["ALL"]), ("__proto__", {}), ("$ref", "file:///etc/passwd"), ("Code", "x"), ("limit", {}))}
    bodies["limits.wall"] = code("print(1)", limits={"wall": 5})
    bodies["files.mode"] = code("print(1)", files=[{"path": "a", "content": "x", "mode": 0o4755}])
    bodies["files.owner"] = code("print(1)", files=[{"path": "a", "content": "x", "uid": 0}])
    return context.bodies(bodies, ("unknown_field", "invalid_field"))


@misuse(12, "values of the wrong type are refused", severity="medium")
def wrong_types(context):
    """Each field with a value of another type, and documents that are no object."""
    bodies = {"code": {**PYTHON, "code": 5}, "language": {"language": ["python"], "code": "1"}, "args": code("1", args="x"),
              "args of numbers": code("1", args=[1]), "env": code("1", env=["A=1"]), "env of numbers": code("1", env={"A": 1}),
              "files": code("1", files={"a": "x"}), "collect": code("1", collect="*"), "stdin": code("1", stdin=5),
              "limits": code("1", limits=[1]), "markdown": {"markdown": {}}, "array": [], "entrypoint": code("1", entrypoint=1)}
    wrong = context.bodies(bodies)
    literals = {b: context.client.request("POST", "/v1/run", b).status for b in (b"42", b"null", b'"x"', b"[]", b"true")}
    bad = {b: s for b, s in literals.items() if not 400 <= s < 500}
    return wrong[0] and not bad, "%s; literals %s" % (wrong[1], bad)


@misuse(13, "a request has exactly one program", severity="low")
def conflicting_fields(context):
    """None, two kinds at once, an entry point without files, an empty Markdown text."""
    bodies = {"none": {}, "language only": PYTHON, "code and markdown": code("1", markdown="```python\n1\n```"),
              "entry point only": {**PYTHON, "entrypoint": "a.py"}, "no blocks": {"markdown": "prose"}, "null": {"code": None}}
    return context.bodies(bodies)


@misuse(14, "a body of 100 MB is refused early", "memory exhaustion by buffering (CWE-770)")
def huge_body(context):
    """100 MB with a length, 100 MB in chunks without one; the server's memory stays flat."""
    before = context.host.resident_mib(context.server_pid) if context.server_pid else None
    block = b"a" * (1 << 20)
    results = {}
    for label, head in (("length", b"Content-Length: %d\r\n" % (100 << 20)), ("chunks", b"Transfer-Encoding: chunked\r\n")):
        sent, status = 0, 0
        try:
            with context.client.socket(20) as channel:
                channel.sendall(b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + head + b"\r\n")
                try:
                    for _ in range(100):
                        channel.sendall(b"100000\r\n" + block + b"\r\n" if label == "chunks" else block)
                        sent += 1
                except OSError:
                    pass
                answer = channel.recv(4096)
                status = int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/") else 0
        except OSError:
            pass
        results[label] = (status, sent)
    growth = context.host.resident_mib(context.server_pid) - before if before is not None else 0
    good = all(s == 413 or (s == 0 and n < 100) for s, n in results.values()) and growth < 96
    return good, "status and MiB sent %s, server grew by %.0f MiB" % (results, growth)


@misuse(15, "deep and broken JSON is refused", "stack exhaustion in recursive parsers (CVE-2022-42003 class)")
def json_bombs(context):
    """100,000 nested brackets, a million keys, 1 MB numbers, duplicate keys, invalid UTF-8, surrogates, trailing text."""
    documents = {
        "deep arrays": b'{"language":"python","code":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "unclosed": b"[" * 100_000,
        "million keys": b'{"language":"python","code":"1","env":{' + b",".join(b'"k%d":"v"' % n for n in range(300_000)) + b"}}",
        "huge number": b'{"language":"python","code":"1","limits":{"wall_ms":1' + b"0" * 1_000_000 + b"}}",
        "exponent": b'{"language":"python","code":"1","limits":{"wall_ms":1e999999999}}', "NaN": b'{"limits":{"wall_ms":NaN}}',
        "invalid UTF-8": b'{"language":"python","code":"\xff\xfe"}', "empty": b"", "cut": b'{"language":"python","code":"pri',
        "raw NUL": b'{"language":"python","code":"a\x00b"}', "trailing": b'{"language":"python","code":"1"} {"x":1}',
        "comment": b'{"language":"python" /* x */,"code":"1"}'}
    statuses = {label: context.client.request("POST", "/v1/run", body) for label, body in documents.items()}
    wrong = {label: repr(answer) for label, answer in statuses.items() if not 400 <= answer.status < 500}
    tolerated = {b'{"language":"python","code":"print(1)","code":"print(2)"}', b'{"language":"python","code":"print(\'\\ud800\')"}',
                 b'\xef\xbb\xbf{"language":"python","code":"print(1)"}'}
    wrong.update({body[:40]: s for body in tolerated if not 200 <= (s := context.client.request("POST", "/v1/run", body).status) < 500})
    return not wrong, "%s" % (wrong or "%d documents refused" % len(documents))


@misuse(16, "patterns of files to collect cannot lead outside", "path traversal in artifact patterns (CWE-22)", "critical")
def evil_patterns(context):
    """Absolute and parent patterns are refused or match nothing; broken and endless ones are refused or harmless."""
    path = context.host.canary
    outside = [path, "/etc/*", "/**", "../**", "../../../../../../" + path.lstrip("/"), "a/../../**", "..", "**/../../**", "~/**"]
    harmless = ["", "[", "[!", "[a-", "{a,b", "\\", "**" * 500, "a" * 100_000, "[" * 1000, "*\n", "(?R)", "$(id)"]
    leaked = []
    for pattern in outside:
        answer = context.client.run(code("open('mine.txt', 'w').write('x')", collect=[pattern]))
        files = (answer.json or {}).get("files") or []
        if answer.status >= 500 or answer.status == 0 or context.host.token.encode() in answer.body or \
                any(f["path"] != "mine.txt" for f in files):
            leaked.append((pattern[:30], repr(answer)))
    others = context.bodies({repr(p[:12]): code("1", collect=[p]) for p in harmless}, allow_ok=True)
    many = context.bodies({"10,000 patterns": code("1", collect=["p%d/**" % n for n in range(10_000)])}, allow_ok=True)
    return not leaked and others[0] and many[0], "outside: %s; broken: %s; many: %s" % (leaked, others[1], many[1])


@misuse(17, "patterns cannot be made slow", "exponential glob matching (CVE-2022-3517, minimatch)")
def slow_patterns(context):
    """Many stars over names that almost match, in a tree: bounded by seconds, and others run meanwhile."""
    program = "import os\nfor d in range(20):\n  os.makedirs('a'*50 + '/' + 'a'*50 + str(d))\nfor n in range(200): open('a' * 240 + str(n), 'w').close()"
    patterns = ["*a" * 60 + "b", "**/" * 60 + "b", "**/*a*" * 30 + "b", "[a-z]*" * 30 + "!", "?" * 90 + "*" * 50 + "z", "*a*a*a*a*a*b"]
    slow = {}
    for pattern in patterns:
        answer = context.client.run(code(program, collect=[pattern]), 40)
        if answer.status != 200 and not 400 <= answer.status < 500 or answer.seconds > 8 * pace.slowness or (answer.json or {}).get("verdict") == "internal_error":
            slow[pattern[:20]] = "%d in %.1f s" % (answer.status, answer.seconds)
    return not slow, "%s" % (slow or "%d patterns" % len(patterns))


@misuse(18, "languages, drivers and templates are names, not paths or options", "argument and path injection (CWE-88)")
def odd_names(context):
    """Paths, options, control characters, unknown and endless names."""
    odd = ["", "../python", "/usr/bin/python3", "python;id", "-c", "x" * 100_000, "\x1b]0;x\x07", "python\n", "none", "host"]
    wrong = {}
    for field, codes in (("language", "unknown_language"), ("isolation", "unknown_isolation"), ("template", "unknown_template")):
        good, detail = context.bodies({"%s=%.12r" % (field, v): {**code("print(1)"), field: v} for v in odd})
        if not good:
            wrong[field] = detail
    return not wrong, "%s" % (wrong or "all refused")


@misuse(19, "a hundred thousand uploaded files are bounded", "zip bombs by number of entries")
def many_files(context):
    """100,000 empty files in one request: refused, or ended by a limit, within seconds."""
    answer = context.client.run(code("print(1)", files=[{"path": "f%d" % n, "content": ""} for n in range(100_000)]), 60)
    verdict = (answer.json or {}).get("verdict")
    return (400 <= answer.status < 500 or verdict == "disk_limit") and answer.seconds < 20 * pace.slowness, "%r verdict %s" % (answer, verdict)


@misuse(20, "Markdown bombs are bounded", "regular expression and recursion bombs in Markdown parsers (CVE-2022-39209)")
def markdown_bombs(context):
    """Ten thousand blocks, megabytes of back-ticks, unclosed and nested fences, ten thousand quotes."""
    texts = {"back-ticks": "`" * 2_000_000, "fences": "```python\n" * 50_000, "nested quotes": ">" * 100_000 + "```python\n1\n```",
             "tildes": "~~~" * 300_000, "lists": "- " * 100_000, "blocks": "```python\npass\n```\n\n" * 10_000}
    wrong = {}
    for label, text in texts.items():
        answer = context.client.run({"markdown": text}, 60)
        if not (200 <= answer.status < 500) or answer.seconds > 30 * pace.slowness:
            wrong[label] = "%r after %.0f s" % (answer, answer.seconds)
    return not wrong, "%s" % (wrong or "%d texts" % len(texts))


