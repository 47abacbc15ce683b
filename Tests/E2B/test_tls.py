# SPDX-License-Identifier: Apache-2.0
"""A proxy with a private authority and a wildcard certificate in front of the server, as docs/e2b.md describes it."""

import http.client
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from pathlib import Path

from support import URL, SandboxCase, since

SERVER = urllib.parse.urlsplit(URL)


def make_certificates(place):
    """ca.pem, and cert.pem with key.pem for localhost and everything below sb.test."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=place, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=Tests of Nestbox", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.csr", "-subj", "/CN=localhost")
    Path(place, "names").write_text("subjectAltName=DNS:localhost,DNS:*.sb.test\n")
    openssl("x509", "-req", "-in", "cert.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "cert.pem")


class Proxy:
    """Ends TLS and passes bytes on, in both directions."""

    def __init__(self, place):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(Path(place, "cert.pem"), Path(place, "key.pem"))
        self.context.set_alpn_protocols(["http/1.1"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[client], daemon=True).start()

    def serve(self, client):
        try:
            with self.context.wrap_socket(client, server_side=True) as outside, \
                    socket.create_connection((SERVER.hostname, SERVER.port)) as inside:
                back = threading.Thread(target=self.copy, args=[inside, outside], daemon=True)
                back.start()
                self.copy(outside, inside)
                back.join()
        except OSError:
            pass

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class TLSTests(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        make_certificates(cls.place.name)
        cls.authority = str(Path(cls.place.name, "ca.pem"))
        cls.proxy = Proxy(cls.place.name)
        cls.addClassCleanup(cls.proxy.listener.close)

    @since("2.45.0", "SSL_CERT_FILE")
    def test_a_private_authority(self):
        url = f"https://localhost:{self.proxy.port}"
        code = "\n".join([
            "from e2b import Sandbox",
            "s = Sandbox.create(timeout=60)",
            "s.files.write('a.txt', 'through TLS')",
            "print(s.commands.run('cat a.txt; whoami').stdout, end='')",
            "s.kill()",
        ])
        environment = os.environ | {"E2B_API_URL": url, "E2B_SANDBOX_URL": url, "SSL_CERT_FILE": self.authority}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(run.stdout, "through TLSuser\n", run.stderr)
        del environment["SSL_CERT_FILE"]
        stranger = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
        self.assertNotEqual(stranger.returncode, 0)

    def test_names_of_a_wildcard_lead_to_ports(self):
        self.sandbox.files.write("served/index.html", "inside")
        self.sandbox.commands.run("cd served && python3 -m http.server 8000 --bind 127.0.0.1", background=True, timeout=0)
        context = ssl.create_default_context(cafile=self.authority)
        name = f"8000-{self.sandbox.sandbox_id}.sb.test"
        for _ in range(100):
            raw = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=20)
            with context.wrap_socket(raw, server_hostname=name) as secured:
                secured.sendall(f"GET /index.html HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
                response = http.client.HTTPResponse(secured)
                response.begin()
                body = response.read()
            if response.status != 502:
                break
        self.assertEqual((response.status, body), (200, b"inside"))
