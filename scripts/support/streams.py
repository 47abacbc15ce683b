# SPDX-License-Identifier: Apache-2.0
"""Runs whose events are watched as they come."""
import http.client
import json
import socket
import struct

SLEEPER = {"language": "python", "code": "import time; print('up', flush=True); time.sleep(60)"}
EVENTS = {"Content-Type": "application/json", "Accept": "application/x-ndjson"}


class Busy(Exception):
    """429: nothing ran."""


class Stream:
    """A streamed run: `id`, then `events()` to its end, unless it is left before."""

    def __init__(self, port, body):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.connection.request("POST", "/v1/run", json.dumps(body).encode(), EVENTS)
        self.answer = self.connection.getresponse()
        if self.answer.status == 429:
            raise Busy
        self.id = json.loads(self.answer.readline())["id"]

    def events(self):
        while line := self.answer.readline():
            yield json.loads(line)

    def leave(self, reset):
        sock = self.connection.sock
        if reset and sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.answer.close()
        self.connection.close()
