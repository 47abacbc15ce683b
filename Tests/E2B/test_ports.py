# SPDX-License-Identifier: Apache-2.0
import base64
import http.client
import os
import socket
import time
import urllib.parse

import e2b
from e2b import Sandbox

from support import URL, SandboxCase, fetch, since, to_port

ADDRESS = urllib.parse.urlsplit(URL)

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body[::-1])
    def do_GET(self):
        self.send_response(200); self.send_header("X-Path", self.path)
        self.send_header("X-Host", self.headers["Host"]); self.end_headers()
        self.wfile.write(b"hello"); self.close_connection = True
http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
"""

ECHO = """
import socket
server = socket.create_server(("127.0.0.1", 8001))
while True:
    client, _ = server.accept()
    head = b""
    while b"\\r\\n\\r\\n" not in head and (data := client.recv(4096)): head += data
    if not head: continue
    client.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n")
    while data := client.recv(4096): client.sendall(data)
    client.close()
"""


class PortTests(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, program, port in [("server.py", SERVER, 8000), ("echo.py", ECHO, 8001)]:
            cls.sandbox.files.write(name, program)
            cls.sandbox.commands.run(f"python3 {name}", background=True, timeout=0)
            deadline = time.monotonic() + 20
            while True:
                try:
                    cls.sandbox.commands.run(f"python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}))'")
                    break
                except Exception:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.1)

    def test_by_header(self):
        self.assertEqual(fetch(URL + "/x?y=1", headers=to_port(self.sandbox, 8000)), (200, b"hello"))
        status, body = fetch(URL + "/", data=b"abc" * 1000, headers=to_port(self.sandbox, 8000))
        self.assertEqual((status, body), (201, b"cba" * 1000))

    def test_by_host(self):
        self.assertTrue(self.sandbox.get_host(8000).startswith(f"8000-{self.sandbox.sandbox_id}."))
        connection = http.client.HTTPConnection(ADDRESS.hostname, ADDRESS.port)
        connection.request("GET", "/deep/path", headers={"Host": f"8000-{self.sandbox.sandbox_id}.localhost"})
        response = connection.getresponse()
        self.assertEqual((response.status, response.headers["X-Path"], response.read()), (200, "/deep/path", b"hello"))
        connection.close()

    def test_websocket(self):
        with socket.create_connection((ADDRESS.hostname, ADDRESS.port), timeout=20) as client:
            key = base64.b64encode(os.urandom(16)).decode()
            client.sendall(
                f"GET / HTTP/1.1\r\nHost: 8001-{self.sandbox.sandbox_id}.localhost\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.assertTrue(head.startswith(b"HTTP/1.1 101"), head)
            sent = os.urandom(100_000)
            client.sendall(sent)
            received = b""
            while len(received) < len(sent):
                piece = client.recv(65536)
                self.assertTrue(piece)
                received += piece
            self.assertEqual(received, sent)

    @since("2.38.0", "private traffic")
    def test_private_ports_need_their_token(self):
        sandbox = self.new(network={"allow_public_traffic": False})
        self.assertTrue(sandbox.traffic_access_token)
        status, body = fetch(URL + "/", headers=to_port(sandbox, 8000))
        self.assertEqual(status, 403)
        self.assertIn(b"e2b-traffic-access-token", body)
        token = {"e2b-traffic-access-token": sandbox.traffic_access_token}
        status, body = fetch(URL + "/", headers=to_port(sandbox, 8000) | token)
        self.assertEqual(status, 502)
        self.assertIn(b"port is not open", body)
        self.assertEqual(sandbox.commands.run("echo envd").stdout, "envd\n")

    @since("2.45.0", "mask_request_host")
    def test_servers_see_the_host_that_was_asked_for(self):
        sandbox = self.new(network={"mask_request_host": "${PORT}-x.example.com"})
        sandbox.files.write("server.py", SERVER)
        sandbox.commands.run("python3 server.py", background=True, timeout=0)
        connection = http.client.HTTPConnection(ADDRESS.hostname, ADDRESS.port)
        deadline = time.monotonic() + 20
        while True:
            connection.request("GET", "/", headers={"Host": f"8000-{sandbox.sandbox_id}.localhost"})
            response = connection.getresponse()
            response.read()
            if response.status == 200:
                break
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(response.headers["X-Host"], "8000-x.example.com")
        with self.assertRaises(e2b.SandboxException):
            Sandbox.create(network={"mask_request_host": "a b\r\nX: y"})

    def test_what_is_not_there_says_so(self):
        key = {"X-API-KEY": os.environ["E2B_API_KEY"], "Content-Type": "application/json"}
        for method, path in [("POST", "/v3/templates"), ("GET", "/volumes"), ("GET", "/secrets"), ("POST", "/templates/tags")]:
            status, body = fetch(URL + path, data=b"{}" if method == "POST" else None, headers=key, method=method)
            self.assertEqual(status, 501, path)
            self.assertIn(b'"code":501', body)

    def test_connected_sandboxes_work_the_same(self):
        again = Sandbox.connect(self.sandbox.sandbox_id)
        again.files.write("again.txt", "x")
        self.assertEqual(again.commands.run("cat again.txt").stdout, "x")
        self.assertTrue(again.is_running())
