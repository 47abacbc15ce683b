# SPDX-License-Identifier: Apache-2.0
"""The server under test, and a WebSocket in a few lines: its bytes are what is tested, so no library hides them."""

import base64
import json
import os
import socket
import struct
import urllib.error
import urllib.request
from urllib.parse import urlsplit

URL = os.environ["NESTBOX_URL"]
KEYED_URL = os.environ["NESTBOX_KEYED_URL"]
KEY = os.environ["NESTBOX_KEY"]
# Denies `json`, and has 5 s of wall-clock time at most.
RULED_KEY = os.environ["NESTBOX_RULED_KEY"]


def call(method, path, body=None, headers=None, url=URL):
    """Status and decoded body."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers or {}, method=method)
    if data is not None and "Content-type" not in request.headers:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


class WebSocket:
    """A client of RFC 6455, as far as the tests need one."""

    def __init__(self, path, url=URL, headers=()):
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=30)
        lines = [
            f"GET {path} HTTP/1.1", f"Host: {address.netloc}", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers,
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.stream = self.socket.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        self.headers = {}
        while line := self.stream.readline().strip():
            name, _, value = line.partition(b":")
            self.headers[name.decode().lower()] = value.strip().decode()
        self.close_code = None
        self.close_reason = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def frame(self, opcode, payload, fin=True, masked=True):
        head = bytes([(0x80 if fin else 0) | opcode])
        bit = 0x80 if masked else 0
        length = len(payload)
        if length < 126:
            head += bytes([bit | length])
        elif length < 1 << 16:
            head += bytes([bit | 126]) + struct.pack(">H", length)
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", length)
        if not masked:
            self.socket.sendall(head + payload)
            return
        mask = os.urandom(4)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def send(self, message):
        self.frame(1, (message if isinstance(message, str) else json.dumps(message)).encode())

    def read_frame(self):
        head = self.stream.read(2)
        if len(head) < 2:
            return None
        length = head[1] & 0x7F
        if length == 126:
            length = struct.unpack(">H", self.stream.read(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.stream.read(8))[0]
        return head[0] & 0x0F, self.stream.read(length)

    def next(self):
        """The next message; None when the server has closed, which `close_code` then explains."""
        while frame := self.read_frame():
            opcode, payload = frame
            if opcode == 8:
                self.close_code = struct.unpack(">H", payload[:2])[0]
                self.close_reason = payload[2:].decode()
                self.frame(8, payload[:2])
            elif opcode == 1:
                return json.loads(payload)
        return None

    def rest(self):
        messages = []
        while (message := self.next()) is not None:
            messages.append(message)
        return messages


def encoded(text):
    return base64.b64encode(text.encode()).decode()
