# SPDX-License-Identifier: Apache-2.0
"""A small HTTP client for TCP and unix sockets that keeps the raw bytes of an answer."""
import http.client
import json
import socket
import time

from . import pace


class Answer:
    """Status 0 means that no HTTP answer came; `body` then holds the error."""

    def __init__(self, status, body, headers=None, seconds=0.0):
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.seconds = seconds

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def code(self):
        """The stable error code of a problem document."""
        value = self.json
        return value.get("code") if isinstance(value, dict) else None

    def __repr__(self):
        return "%d %s" % (self.status, self.code or self.body[:60])


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Client:
    """`api` is HOST:PORT or unix:PATH."""

    def __init__(self, api, headers=()):
        self.api = api
        self.path = api[5:] if api.startswith("unix:") else None
        self.extra = dict(header.split(": ", 1) for header in headers)
        if not self.path:
            host, _, port = api.rpartition(":")
            self.address = (host.strip("[]"), int(port))

    @property
    def target(self):
        """(host, port), or the path of the socket."""
        return self.path or self.address

    def connection(self, timeout):
        return UnixConnection(self.path, timeout) if self.path else http.client.HTTPConnection(*self.address, timeout=timeout)

    def socket(self, timeout=20):
        """A raw connection, for requests that no library would send."""
        if not self.path:
            return socket.create_connection(self.address, timeout=timeout)
        channel = socket.socket(socket.AF_UNIX)
        channel.settimeout(timeout)
        channel.connect(self.path)
        return channel

    def request(self, method, path, body=None, headers=None, timeout=60):
        started = time.monotonic()
        connection = self.connection(timeout)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body).encode()
            merged = {"Content-Type": "application/json", **self.extra, **(headers or {})}
            connection.request(method, path, body, merged if body is not None else {**self.extra, **(headers or {})})
            response = connection.getresponse()
            data = response.read()
            return Answer(response.status, data, dict(response.getheaders()), time.monotonic() - started)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Answer(0, repr(error).encode(), seconds=time.monotonic() - started)
        finally:
            connection.close()

    def run(self, request, timeout=60, headers=None):
        return self.request("POST", "/v1/run", request, headers, timeout * pace.slowness)

    def raw(self, data, timeout=10):
        """Send bytes as they are; the status and the bytes of the answer, 0 when the server hung up without one."""
        received = b""
        try:
            with self.socket(timeout) as channel:
                try:
                    channel.sendall(data)
                except OSError:
                    pass
                while block := channel.recv(65536):
                    received += block
                    if len(received) > 1 << 20:
                        break
        except OSError:
            pass
        head = received.split(b"\r\n", 1)[0].split(b" ")
        status = int(head[1]) if len(head) > 1 and head[0].startswith(b"HTTP/") and head[1].isdigit() else 0
        return status, received

    def alive(self, timeout=20):
        """Whether an ordinary run still works, and how long it took."""
        answer = self.run({"language": "python", "code": "print('al' + 'ive')"}, timeout)
        report = answer.json if isinstance(answer.json, dict) else {}
        return answer.status == 200 and report.get("verdict") == "ok" and report.get("stdout") == "alive\n", answer.seconds
