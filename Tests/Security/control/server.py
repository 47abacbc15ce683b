#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the server that validates the gate itself; it is no part of Nestbox and safe on loopback only.

  server.py --listen 127.0.0.1:PORT --mode careful    checks requests and runs programs through hard.py: checks should pass
  server.py --listen 127.0.0.1:PORT --mode naive      what first drafts do: believes requests, follows links, reads exit
                                                      codes from text, waits for pipes: checks of the server should fail
"""
import argparse
import base64
import glob
import http.server
import json
import math
import os
import re
import secrets
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
LIMITS = {"wall_ms": (30_000, 1, 600_000), "cpu_ms": (10_000, 1, 600_000), "memory_bytes": (512 << 20, 8 << 20, 8 << 30),
          "output_bytes": (1 << 20, 1, 64 << 20), "processes": (128, 1, 4096), "disk_bytes": (256 << 20, 65536, 4 << 30)}
FIELDS = {"code": str, "files": list, "entrypoint": str, "markdown": str, "language": str, "stdin": str, "args": list, "env": dict,
          "limits": dict, "collect": list, "isolation": str, "template": str}
COMMANDS = {"python": ("main.py", ["/usr/bin/python3"]), "bash": ("main.sh", ["/bin/bash"]), "javascript": ("main.js", ["/usr/bin/node"]),
            "c": ("main.c", ["/bin/sh", "-c", "gcc -O1 -pthread -o main main.c 1>&2 || exit 99; exec ./main \"$@\"", "sh"])}
SLOW_PARSER = "--slow-parser" in sys.argv
REPORTS, ACTIVE, PLACES = {}, {}, threading.Semaphore(4)


class Refusal(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


def need(condition, code, message, status=400):
    if not condition:
        raise Refusal(code, message, status)


def check_path(path):
    parts = path.split("/")
    need(path and "\0" not in path and len(path) < 1000 and not path.startswith("/") and len(parts) < 64 and
         all(p not in ("", ".", "..") and len(p) < 256 for p in parts), "invalid_path", "path must be relative and plain")


def validated(body):
    """A request that cannot be invalid, or a Refusal."""
    need(isinstance(body, dict), "invalid_field", "the body must be an object")
    for key, value in body.items():
        need(key in FIELDS, "unknown_field", "unknown field")
        need(value is None or isinstance(value, FIELDS[key]), "invalid_field", "wrong type of %s" % key)
    body = {k: v for k, v in body.items() if v is not None}
    need(sum(k in body for k in ("code", "markdown")) <= 1, "conflicting_fields", "code or markdown")
    need("markdown" not in body or "```" in body["markdown"], "no_code_blocks", "no fenced block")
    need("markdown" not in body or len(body["markdown"]) < 50_000, "payload_too_large", "text too long")
    need(any(k in body for k in ("code", "files", "markdown")), "missing_code", "code, files or markdown is needed")
    seen = set()
    need(len(body.get("files", [])) <= 1000, "payload_too_large", "at most 1000 files", 413)
    for entry in body.get("files", []):
        need(isinstance(entry, dict) and set(entry) <= {"path", "content", "content_base64"}, "unknown_field", "unknown field of a file")
        need(isinstance(entry.get("path"), str), "invalid_field", "path is needed")
        check_path(entry["path"])
        need(entry["path"] not in seen, "invalid_path", "path occurs twice")
        seen.add(entry["path"])
        need(("content" in entry) != ("content_base64" in entry), "invalid_field", "one content is needed")
        try:
            base64.b64decode(entry.get("content_base64", ""), validate=True)
        except ValueError:
            raise Refusal("invalid_field", "broken base64") from None
    need(not any(a != b and b.startswith(a + "/") for a in seen for b in seen), "invalid_path", "file and directory")
    if "entrypoint" in body:
        need(body["entrypoint"] in seen, "invalid_path", "entrypoint is not in files")
    need("code" in body or "markdown" in body or "entrypoint" in body or len(seen) == 1, "missing_code", "entrypoint is needed")
    language = body.get("language")
    need(language is None or language in COMMANDS, "unknown_language", "unknown language")
    need(body.get("isolation", "namespace") == "namespace", "unknown_isolation", "unknown isolation")
    need("template" not in body, "unknown_template", "unknown template")
    need(sum(map(len, map(str, body.get("args", [])))) < 100_000, "invalid_argument", "arguments too long")
    for argument in body.get("args", []):
        need(isinstance(argument, str) and "\0" not in argument, "invalid_argument", "arguments are text without NUL")
    for name, value in body.get("env", {}).items():
        need(isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and "\0" not in value,
             "invalid_environment", "variables are NAME and text")
    need(sum(len(k) + len(v) for k, v in body.get("env", {}).items()) < 100_000, "invalid_environment", "variables too long")
    for pattern in body.get("collect", []):
        need(isinstance(pattern, str) and pattern and len(pattern) < 200 and "\0" not in pattern and not pattern.startswith("/") and
             ".." not in pattern.split("/"), "invalid_pattern", "patterns are relative")
    need(len(body.get("collect", [])) <= 64, "invalid_pattern", "at most 64 patterns")
    for name, value in body.get("limits", {}).items():
        need(name in LIMITS, "unknown_field", "unknown limit")
        need(value is None or type(value) is int and LIMITS[name][1] <= value <= LIMITS[name][2], "invalid_limit", "limit out of range")
    return body


def limits_of(body):
    return {k: (body.get("limits") or {}).get(k) or default for k, (default, _, _) in LIMITS.items()}


def program(body):
    """(files as {path: bytes}, command)"""
    files = {e["path"]: base64.b64decode(e["content_base64"]) if "content_base64" in e else e["content"].encode("utf-8", "replace")
             for e in body.get("files", [])}
    name, command = COMMANDS[body.get("language") or "python"]
    if "code" in body:
        files[name] = body["code"].encode("utf-8", "replace")
    else:
        name = body.get("entrypoint") or next(iter(files))
    return files, command + ([] if name == "main.c" else ["/box/" + name]) + body.get("args", [])


def report(identifier, verdict, **fields):
    return {"id": identifier, "verdict": verdict, "exit_code": None, "signal": None, "stdout": "", "stderr": "", "stdout_truncated": False,
            "stderr_truncated": False, "wall_ms": 0.0, "cpu_ms": 0.0, "memory_peak_bytes": 0, "compile": None, "warnings": [], "error": None,
            "language": {"name": "python", "version": None, "detected_by": "explicit", "confidence": 1}, "files": [],
            "isolation": {"driver": "namespace", "start": "cold", "limits_enforced_by": "cgroup-v1"},
            "timings": {"queue_ms": 0.0, "sandbox_ms": 0.0, "run_ms": 0.0, "collect_ms": 0.0}, **fields}


def streams(out, err):
    fields = {}
    for name, data in (("stdout", out), ("stderr", err)):
        fields[name] = data.decode("utf-8", "replace")
        try:
            data.decode()
        except UnicodeDecodeError:
            fields[name + "_base64"] = base64.b64encode(data).decode()
    return fields


def careful(identifier, body, gone):
    """Run through hard.py; `gone` tells whether the client went away."""
    limits = limits_of(body)
    files, command = program(body)
    job = {"files": [{"path": p, "data": base64.b64encode(d).decode()} for p, d in files.items()], "command": command,
           "env": body.get("env", {}), "stdin": base64.b64encode(body.get("stdin", "").encode("utf-8", "replace")).decode(),
           "collect": body.get("collect", []),
           "limits": {"mem_mb": limits["memory_bytes"] >> 20, "disk_mb": max(1, limits["disk_bytes"] >> 20), "inodes": 16000,
                      "pids": limits["processes"] + 4, "cpu": 1.0, "wall": limits["wall_ms"] / 1000, "cpu_ms": limits["cpu_ms"],
                      "output_bytes": limits["output_bytes"]}}
    process = subprocess.Popen([sys.executable, os.path.join(HERE, "hard.py"), "--job"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    ACTIVE[identifier] = process
    answer = {}
    reader = threading.Thread(target=lambda: answer.update(text=process.communicate(json.dumps(job))[0]))
    reader.start()
    while reader.is_alive():
        reader.join(0.05)
        if gone():
            process.terminate()
            break
    reader.join(10)
    ACTIVE.pop(identifier, None)
    try:
        outcome = json.loads(answer["text"])
    except (KeyError, ValueError):
        return report(identifier, "cancelled" if gone() or process.returncode == -15 else "internal_error")
    status = outcome["status"]
    if "shell" not in body and status > 128 and body.get("language") in ("c", None):
        status = 128 - status if status - 128 in (6, 8, 9, 11, 24) and body.get("language") == "c" else status
    if status is not None and status > 128 and not outcome["reason"] and status - 128 in (11, 9, 24, 6):
        # bwrap tells a signal as 128 + number; the program's own 137 cannot be told apart without looking inside
        status = 128 - status if status != 137 else status
    verdict = outcome["reason"] or ("compile_error" if status == 99 and body.get("language") == "c" else
                                    "signaled" if status < 0 else "ok" if status == 0 else "runtime_error")
    name = {-9: "SIGKILL", -11: "SIGSEGV", -24: "SIGXCPU", -6: "SIGABRT"}.get(status)
    return report(identifier, verdict, exit_code=status if status >= 0 and not outcome["reason"] else None, signal=name,
                  wall_ms=outcome["wall_ms"], cpu_ms=outcome["cpu_ms"], memory_peak_bytes=outcome["peak"], files=outcome["files"],
                  stdout_truncated=outcome["cut"][0], stderr_truncated=outcome["cut"][1],
                  **streams(base64.b64decode(outcome["stdout"]), base64.b64decode(outcome["stderr"])))


def naive(identifier, body, gone):
    """Believe everything, clean up nothing."""
    top = tempfile.mkdtemp(prefix="gate-naive-")
    work = os.path.join(top, "box")
    os.mkdir(work)
    os.chmod(top, 0o777)
    os.chmod(work, 0o777)
    files, command = program(body)
    for path, data in files.items():
        os.makedirs(os.path.dirname(os.path.join(work, path)), exist_ok=True)
        with open(os.path.join(work, path), "wb") as file:
            file.write(data)
        os.chmod(os.path.join(work, path), 0o777)
    if body.get("language") == "c":  # compiled outside, with the directory in front of the search path
        path = work + ":" + os.environ["PATH"] if os.path.exists(work + "/gcc") else os.environ["PATH"]
        built = subprocess.run(["gcc", "-pthread", "-o", "main", "main.c"], cwd=work, capture_output=True, env={**os.environ, "PATH": path},
                               timeout=200, preexec_fn=small)
        if built.returncode or not os.path.exists(work + "/main"):
            return report(identifier, "runtime_error", exit_code=built.returncode or 1, **streams(built.stdout, built.stderr))
        command = ["/box/main"] + body.get("args", [])
    box = ["bwrap", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
           "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--bind", top, "/top", "--symlink", "top/box", "/box", "--chdir", "/top/box",
           "--unshare-pid", "--unshare-net"]
    if body.get("language") != "c":
        command = ["/bin/sh", "-c", " ".join(command)]
    started = time.monotonic()
    process = subprocess.Popen(box + ["--"] + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=work,
                               env={**os.environ, "HOME": "/box", **body.get("env", {})})
    ACTIVE[identifier] = process
    out, err = bytearray(), bytearray()
    try:
        process.stdin.write(body.get("stdin", "").encode("utf-8", "replace"))
        process.stdin.close()
    except OSError:
        pass
    for pipe, kept in ((process.stdout, out), (process.stderr, err)):
        threading.Thread(target=hoard, args=(process, pipe, kept), daemon=True).start()
    try:
        status = process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait()
    found = []
    matches = [p for pattern in body.get("collect", []) for p in glob.glob(os.path.join(work, pattern), recursive=True, include_hidden=True)]
    for path in dict.fromkeys(matches):
        if not os.path.isdir(path) and os.path.exists(path):
            with open(path, "rb") as file:
                data = file.read(1 << 20)
            found.append({"path": os.fsencode(os.path.relpath(path, work)).decode("utf-8", "replace"),
                          "size_bytes": os.path.getsize(path), "content_base64": base64.b64encode(data).decode(), "skipped": None})
    text = err.decode("utf-8", "replace")
    pattern = r"(\w+\s?)+Warning$" if SLOW_PARSER else r"Warning$"
    warnings = [{"kind": "warning", "message": line} for line in text.split("\n") if re.search(pattern, line)]
    verdict = "memory_limit" if "MemoryError" in text or status in (137, -9) else "wall_timeout" if status == 124 or "Time" in text else \
        "ok" if status == 0 else "runtime_error"
    return report(identifier, verdict, exit_code=status, files=found, warnings=warnings, wall_ms=(time.monotonic() - started) * 0, **streams(bytes(out), bytes(err)))


def small():
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 30, 2 << 30))


def hoard(process, pipe, kept):
    while block := pipe.read1(65536):
        kept += block
        if len(kept) > 200 << 20:
            process.kill()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    mode = "careful"

    def log_message(self, *_):
        pass

    def send(self, status, value, kind="application/json"):
        data = json.dumps(value).encode() if not isinstance(value, bytes) else value
        self.send_response(status)
        self.send_header("Content-Type", kind if status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(data)))
        if status in (429, 503):
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, code):
        self.close_connection = True
        self.send(status, {"status": status, "code": code, "title": code})

    def gone(self):
        try:
            readable = select.select([self.connection], [], [], 0)[0]
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def do_GET(self):
        if self.path == "/healthz":
            return self.send(200, {"status": "ok"})
        if self.path == "/v1/capabilities":
            return self.send(200, {"limits_default": {k: v[0] for k, v in LIMITS.items()}})
        if self.path == "/v1/languages":
            return self.send(200, [{"name": name, "available": True} for name in COMMANDS])
        if self.path.startswith("/v1/runs/") and self.path[9:] in REPORTS:
            return self.send(200, REPORTS[self.path[9:]])
        if self.mode == "naive":
            return self.file_or_echo(urllib.parse.unquote(self.path))
        self.refuse(404, "not_found")

    def file_or_echo(self, path):
        """What naive servers do with a path: open it, and repeat it in the answer."""
        try:
            with open("/tmp/" + path.replace("/v1/runs/", ""), "rb") as file:
                return self.send(200, file.read())
        except (OSError, ValueError):
            self.send_response(404)
            self.send_header("X-Path", path)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_DELETE(self):
        if self.mode == "naive":
            for process in list(ACTIVE.values()):
                process.terminate()
        identifier = self.path[9:]
        if identifier in ACTIVE:
            ACTIVE[identifier].terminate()
        self.refuse(404, "not_found") if identifier not in REPORTS else self.send(409, {"code": "conflict"})

    def do_POST(self):
        if self.mode == "naive":
            with PLACES:  # a place is held while the body is still on its way
                return self.post(False)
        self.post(True)

    def post(self, careful_mode):
        origin, host = self.headers.get("Origin"), self.headers.get("Host", "")
        if careful_mode and (origin or self.headers.get_all("Content-Length") and len(self.headers.get_all("Content-Length")) > 1
                             or not re.match(r"(localhost|127\.0\.0\.1)(:\d+)?$", host)):
            return self.refuse(403, "forbidden_origin")
        if careful_mode and not self.headers.get("Content-Type", "").startswith("application/json"):
            return self.refuse(415, "unsupported_media_type")
        length = self.headers.get("Content-Length", "")
        if careful_mode and (self.headers.get("Transfer-Encoding") or not length.isdigit()):
            return self.refuse(411 if not self.headers.get("Transfer-Encoding") else 413, "payload_too_large")
        if careful_mode and int(length) > 64 << 20:
            return self.refuse(413, "payload_too_large")
        try:
            raw = self.rfile.read(int(length or 0))
            body = json.loads(raw, parse_constant=lambda _: math.nan, parse_int=lambda t: int(t) if len(t) < 100 else math.nan)
            body = validated(body) if careful_mode else {k: v for k, v in body.items() if v is not None}
        except Refusal as refusal:
            return self.refuse(refusal.status, refusal.code)
        except (ValueError, RecursionError, OSError):
            return self.refuse(400, "invalid_json")
        identifier = "run_" + (base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26] if careful_mode else "%026d" % (len(REPORTS) + 1))
        if careful_mode:
            with PLACES:
                result = careful(identifier, body, self.gone)
            REPORTS[identifier] = result
        else:
            result = naive(identifier, body, self.gone)
            REPORTS[identifier] = {k: v for k, v in result.items() if not k.endswith("_base64")}
        if "ndjson" in self.headers.get("Accept", ""):
            output = [{"event": "stdout", "data": line} for line in result["stdout"].split("\n")]
            lines = [json.dumps(each) for each in output + [{"event": "report", "report": result}]]
            if not careful_mode:
                lines[:-1] = result["stdout"].split("\n")
            return self.send(200, "\n".join(lines).encode() + b"\n", "application/x-ndjson")
        self.send(200, result)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", default="127.0.0.1:8686")
    parser.add_argument("--mode", choices=["careful", "naive"], default="careful")
    parser.add_argument("--slow-parser", action="store_true", help="naive mode: look for warnings with an exponential pattern")
    options = parser.parse_args()
    Handler.mode = options.mode
    host, _, port = options.listen.rpartition(":")
    Server((host, int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
